import { readEtag } from "../s3/headers.ts";
import { fromBase64, toHex } from "../hash/hash.ts";
import { baseName } from "../s3/keys.ts";
import type { FileInfo } from "../types/files.ts";
import { type HeaderValues, readStoredChecksum } from "./stored_checksum.ts";

/** Asks the store for the checksum it keeps. https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html */
export const WITH_CHECKSUM: Readonly<Record<string, string>> = { "x-amz-checksum-mode": "ENABLED" };

/** A file's facts from the headers of HEAD or GET; `size` is that of the whole file. */
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
  const metadata = metadataIn(values);
  if (metadata !== undefined) info.metadata = metadata;
  return info;
}

/** A digest as `contentHash` shows it. */
export function toContentHash(sha256: Uint8Array): string {
  return `sha256:${toHex(sha256)}`;
}

/** Of a whole file only: the SHA-256 of its parts' hashes is of no use to anybody but who knows the parts. */
function readContentHash(headers: HeaderValues): string | undefined {
  const { algorithm, digest, partCount } = readStoredChecksum(headers) ?? {};
  if (algorithm !== "sha256" || digest === undefined || partCount !== undefined) return undefined;
  return toContentHash(fromBase64(digest));
}

/** Header names of user metadata. https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html */
export const METADATA_PREFIX = "x-amz-meta-";

/** The user metadata in headers; `undefined` if there is none. */
export function readMetadata(headers: Headers): Record<string, string> | undefined {
  return metadataIn(valuesOf(headers));
}

function metadataIn(values: ReadonlyMap<string, string>): Record<string, string> | undefined {
  const metadata: [string, string][] = [];
  for (const [name, value] of values) {
    if (name.startsWith(METADATA_PREFIX)) metadata.push([name.slice(METADATA_PREFIX.length), value]);
  }
  return metadata.length === 0 ? undefined : Object.fromEntries(metadata);
}

/** All headers at once, by their names in lower case: under Deno that costs less than asking for a few of them. */
function valuesOf(headers: Headers): Map<string, string> {
  const values = new Map<string, string>();
  // Not `for … of`, which is ten times as slow there.
  headers.forEach((value, name) => values.set(name, value));
  return values;
}
