import type { Checksum, ObjectChecksum } from "./checksum.ts";
import { S3Failure } from "./failure.ts";
import { digest, fromHex, toHex } from "./hash.ts";
import type { MemoryS3Quirk } from "./quirks.ts";

/** The data of an in-memory S3. */
export interface MemoryStore {
  /** Buckets by name. */
  readonly buckets: Map<string, Bucket>;
  /** How it differs from AWS. */
  readonly quirks: ReadonlySet<MemoryS3Quirk>;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** A bucket. */
export interface Bucket {
  /** Objects by key. */
  readonly objects: Map<string, StoredObject>;
  /** Multipart uploads in progress, by upload id. */
  readonly uploads: Map<string, StoredUpload>;
}

/** An immutable object. */
export interface StoredObject extends ObjectFacts {
  /** Content. */
  readonly body: Uint8Array<ArrayBuffer>;
  /** With its quotes. */
  readonly etag: string;
  /** Epoch milliseconds. */
  readonly lastModified: number;
  /** For `x-amz-checksum-mode: ENABLED`. */
  readonly checksum?: ObjectChecksum | undefined;
  /** Sizes of its parts, if it was uploaded in parts. */
  readonly partSizes?: readonly number[];
}

/** Headers and metadata of an object. */
export interface ObjectFacts {
  /** Content headers, e.g. `content-type`; names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** User metadata; names in lower case, without `x-amz-meta-`. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** A multipart upload in progress. */
export interface StoredUpload extends ObjectFacts {
  /** Key of the object. */
  readonly key: string;
  /** Epoch milliseconds. */
  readonly initiated: number;
  /** The kind of checksum of the object; the parts must have checksums too. */
  readonly checksum?: Pick<ObjectChecksum, "algorithm" | "type"> | undefined;
  /** Parts by number. */
  readonly parts: Map<number, StoredPart>;
}

/** A part of a multipart upload. */
export interface StoredPart {
  /** Content. */
  readonly body: Uint8Array<ArrayBuffer>;
  /** With its quotes. */
  readonly etag: string;
  /** Epoch milliseconds. */
  readonly lastModified: number;
  /** Checksum in the part's request, if any. */
  readonly checksum?: Checksum | undefined;
}

/** Returns a bucket. @throws {S3Failure} `NoSuchBucket`. */
export function getBucket(store: MemoryStore, name: string): Bucket {
  const bucket = store.buckets.get(name);
  if (bucket === undefined) {
    throw new S3Failure("NoSuchBucket", "The specified bucket does not exist", { details: { BucketName: name } });
  }
  return bucket;
}

/** Returns an object. @throws {S3Failure} `NoSuchKey`. */
export function getObject(store: MemoryStore, bucket: string, key: string): StoredObject {
  const object = getBucket(store, bucket).objects.get(key);
  if (object === undefined) throw noSuchKey(key);
  return object;
}

/** The failure for a key that does not exist. */
export function noSuchKey(key: string): S3Failure {
  return new S3Failure("NoSuchKey", "The specified key does not exist.", { details: { Key: key } });
}

/** The ETag of content that was sent at once: its MD5. */
export function contentEtag(body: Uint8Array): string {
  return `"${toHex(digest("md5", body))}"`;
}

/** The ETag of content that was sent in parts: the MD5 of the parts' MD5s, and their number. */
export function multipartEtag(partEtags: readonly string[]): string {
  const digests = Uint8Array.from(partEtags.flatMap((etag) => [...fromHex(etag.replaceAll('"', ""))]));
  return `"${toHex(digest("md5", digests))}-${partEtags.length}"`;
}

/** The ETag for an XML response; `undefined` on a store that returns none. */
export function shownEtag({ quirks }: MemoryStore, etag: string): string | undefined {
  return quirks.has("noEtags") ? undefined : etag;
}

/** Compares by UTF-8 bytes, which is S3's order. */
export function compareUtf8(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const difference = utf8Rank(a.charCodeAt(index)) - utf8Rank(b.charCodeAt(index));
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Surrogates stand for characters above U+FFFF. */
function utf8Rank(unit: number): number {
  return unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit;
}
