import { readEtag } from "../s3/etag.ts";
import { toHex } from "../s3/hash.ts";
import { baseName } from "../s3/keys.ts";
import type { FileInfo } from "../types.ts";

/** Asks the store for the checksum it keeps. https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html */
export const WITH_CHECKSUM: Readonly<Record<string, string>> = { "x-amz-checksum-mode": "ENABLED" };

/** A file's facts from the headers of HEAD or GET; `size` is that of the whole file. */
export function readFileInfo(path: string, headers: Headers, size: number): FileInfo {
  const contentType = headers.get("content-type");
  const etag = readEtag(headers.get("etag"));
  const lastModified = new Date(headers.get("last-modified") ?? NaN);
  const sha256 = readSha256(headers);
  const metadata = readMetadata(headers);
  return {
    path,
    name: baseName(path),
    size,
    ...contentType !== null && { contentType },
    ...etag !== undefined && { etag },
    ...!Number.isNaN(lastModified.getTime()) && { lastModified },
    ...sha256 !== undefined && { contentHash: toContentHash(sha256) },
    ...metadata !== undefined && { metadata },
  };
}

/** The SHA-256 of a whole file; that of a multipart upload (`…-N`) is one of its parts' hashes, and of no use here. */
export function readSha256(headers: Headers): Uint8Array | undefined {
  const checksum = headers.get("x-amz-checksum-sha256");
  if (checksum === null || !/^[A-Za-z0-9+/]{43}=$/.test(checksum)) return undefined;
  return Uint8Array.from(atob(checksum), (char) => char.charCodeAt(0));
}

/** A digest as `contentHash` shows it. */
export function toContentHash(sha256: Uint8Array): string {
  return `sha256:${toHex(sha256)}`;
}

/** Header names of user metadata. https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html */
export const METADATA_PREFIX = "x-amz-meta-";

function readMetadata(headers: Headers): Record<string, string> | undefined {
  const metadata = [...headers].flatMap(([name, value]) =>
    name.startsWith(METADATA_PREFIX) ? [[name.slice(METADATA_PREFIX.length), value]] : []
  );
  return metadata.length === 0 ? undefined : Object.fromEntries(metadata);
}
