import type { Checksum, ObjectChecksum } from "./checksum.ts";
import { S3Failure } from "./failure.ts";
import { digest, fromHex, toHex } from "./hash.ts";

/** What the in-memory S3 holds. */
export interface MemoryStore {
  /** By name. */
  readonly buckets: Map<string, Bucket>;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** A bucket. */
export interface Bucket {
  /** By key. */
  readonly objects: Map<string, StoredObject>;
  /** Multipart uploads that were neither completed nor aborted, by upload id. */
  readonly uploads: Map<string, StoredUpload>;
}

/** An object. Never changed, only replaced. */
export interface StoredObject extends ObjectFacts {
  /** Content. */
  readonly body: Uint8Array<ArrayBuffer>;
  /** With its quotes. */
  readonly etag: string;
  /** Epoch milliseconds. */
  readonly lastModified: number;
  /** What `x-amz-checksum-mode: ENABLED` returns. */
  readonly checksum?: ObjectChecksum | undefined;
  /** Bytes of each part, if it came in parts. */
  readonly partSizes?: readonly number[];
}

/** What is stored with the content. */
export interface ObjectFacts {
  /** Content headers, e.g. `content-type`; names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** User metadata; names in lower case, without `x-amz-meta-`. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** A multipart upload in progress. */
export interface StoredUpload extends ObjectFacts {
  /** Key it will have. */
  readonly key: string;
  /** Epoch milliseconds. */
  readonly initiated: number;
  /** What checksum the object will have, of parts that carry theirs. */
  readonly checksum?: Pick<ObjectChecksum, "algorithm" | "type"> | undefined;
  /** By part number. */
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
  /** If the part came with one. */
  readonly checksum?: Checksum | undefined;
}

/** The bucket, or `NoSuchBucket`. */
export function getBucket(store: MemoryStore, name: string): Bucket {
  const bucket = store.buckets.get(name);
  if (bucket === undefined) {
    throw new S3Failure("NoSuchBucket", "The specified bucket does not exist", { details: { BucketName: name } });
  }
  return bucket;
}

/** The object, or `NoSuchKey`. */
export function getObject(store: MemoryStore, bucket: string, key: string): StoredObject {
  const object = getBucket(store, bucket).objects.get(key);
  if (object === undefined) {
    throw new S3Failure("NoSuchKey", "The specified key does not exist.", { details: { Key: key } });
  }
  return object;
}

/** What S3 takes as the tag of content that was sent in one piece: its MD5. */
export function contentEtag(body: Uint8Array): string {
  return `"${toHex(digest("md5", body))}"`;
}

/** The tag of content that was sent in parts: the MD5 of the parts' MD5s, and how many there were. */
export function multipartEtag(partEtags: readonly string[]): string {
  const digests = Uint8Array.from(partEtags.flatMap((etag) => [...fromHex(etag.replaceAll('"', ""))]));
  return `"${toHex(digest("md5", digests))}-${partEtags.length}"`;
}

/** Compares as their UTF-8 bytes do, which is S3's order. */
export function compareUtf8(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const difference = utf8Rank(a.charCodeAt(index)) - utf8Rank(b.charCodeAt(index));
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Surrogates stand for what comes after U+FFFF. */
function utf8Rank(unit: number): number {
  return unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit;
}
