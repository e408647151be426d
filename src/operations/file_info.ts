import { readEtag } from "../s3/headers.ts";
import { fromBase64, toHex } from "../hash/hash.ts";
import { baseName } from "../s3/keys.ts";
import type { FileInfo } from "../types/files.ts";
import { type HeaderValues, readStoredChecksum } from "./stored_checksum.ts";

/**
 * Asks the store for the checksum it keeps.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
 */
export const WITH_CHECKSUM: Readonly<Record<string, string>> = { "x-amz-checksum-mode": "ENABLED" };

/** The facts in the headers of HEAD or GET; `size` is the size of the whole file. */
export function readFileInfo(path: string, headers: Headers, size: number): FileInfo {
  const info: { -readonly [name in keyof FileInfo]: FileInfo[name] } = { path, name: baseName(path), size };
  const values = valuesOf(headers);
  const contentType = values.get("content-type");
  if (contentType !== undefined) info.contentType = contentType;
  const etag = readEtag(values.get("etag"));
  if (etag !== undefined) info.etag = etag;
  const lastModified = new Date(values.get("last-modified") ?? NaN);
  if (!Number.isNaN(lastModified.getTime())) info.lastModified = lastModified;
  const contentHash = readContentHash(values);
  if (contentHash !== undefined) info.contentHash = contentHash;
  const metadata = readMetadata(values);
  if (metadata !== undefined) info.metadata = metadata;
  return info;
}

/** A digest in the format of `contentHash`. */
export function toContentHash(sha256: Uint8Array): string {
  return `sha256:${toHex(sha256)}`;
}

/** Only of a whole file: the SHA-256 of parts' hashes is useless without the parts. */
function readContentHash(headers: HeaderValues): string | undefined {
  const { algorithm, digest, partCount } = readStoredChecksum(headers) ?? {};
  if (algorithm !== "sha256" || digest === undefined || partCount !== undefined) return undefined;
  return toContentHash(fromBase64(digest));
}

/**
 * The names of user metadata headers begin with this.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html
 */
export const METADATA_PREFIX = "x-amz-meta-";

/** The user metadata in headers with lower-case names; `undefined` if there is none. */
export function readMetadata(headers: Iterable<[name: string, value: string]>): Record<string, string> | undefined {
  const metadata: [string, string][] = [];
  for (const [name, value] of headers) {
    if (name.startsWith(METADATA_PREFIX)) metadata.push([name.slice(METADATA_PREFIX.length), value]);
  }
  return metadata.length === 0 ? undefined : Object.fromEntries(metadata);
}

/** All headers by their lower-case names: in Deno, copying all is faster than getting a few. */
function valuesOf(headers: Headers): Map<string, string> {
  const values = new Map<string, string>();
  // `for … of` is ten times slower in Deno.
  headers.forEach((value, name) => values.set(name, value));
  return values;
}
