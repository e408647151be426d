import { DIGEST_HEADER, readEtag } from "../s3/headers.ts";
import { fromBase64, toHex } from "../hash/hash.ts";
import { baseName } from "../s3/keys.ts";
import type { FileInfo } from "../types/files.ts";
import { decodeHeaderText } from "./header_text.ts";
import { DEFAULT_CONTENT_TYPE } from "./media_type.ts";
import { type HeaderValues, isSha256Hex, readStoredChecksum } from "./stored_checksum.ts";

/** The facts in the headers of HEAD or GET; `size` is the size of the whole file. */
export function readFileInfo(path: string, headers: Headers, size: number): FileInfo {
  const values = valuesOf(headers);
  return {
    path,
    name: baseName(path),
    size,
    etag: readEtag(values.get("etag")),
    lastModified: readTime(values.get("last-modified")),
    contentType: values.get("content-type") || DEFAULT_CONTENT_TYPE,
    contentHash: readContentHash(values),
    metadata: readMetadata(values),
  };
}

/** The facts about a file of which the store has returned only the tag. */
export function bareFileInfo(path: string, { size, etag }: Pick<FileInfo, "size" | "etag">): FileInfo {
  return {
    path,
    name: baseName(path),
    size,
    etag,
    lastModified: null,
    contentType: DEFAULT_CONTENT_TYPE,
    contentHash: null,
    metadata: {},
  };
}

/** A time in a response; `null` if there is none, or no valid one. */
export function readTime(text: string | null | undefined): Date | null {
  const timeMs = Date.parse(text ?? "");
  return Number.isNaN(timeMs) ? null : new Date(timeMs);
}

/** A digest in the format of `contentHash`. */
export function toContentHash(sha256: Uint8Array): string {
  return `sha256:${toHex(sha256)}`;
}

/** Only of a whole file: the SHA-256 of parts' hashes is useless without the parts. */
function readContentHash(headers: HeaderValues): string | null {
  const { algorithm, digest, partCount } = readStoredChecksum(headers) ?? {};
  if (algorithm === "sha256" && digest !== undefined && partCount === undefined) {
    return toContentHash(fromBase64(digest));
  }
  // Our own uploads have it here if the store takes only weaker checksums.
  const declared = headers.get(DIGEST_HEADER) ?? "";
  return isSha256Hex(declared) ? `sha256:${declared.toLowerCase()}` : null;
}

/**
 * The names of user metadata headers begin with this.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html
 */
export const METADATA_PREFIX = "x-amz-meta-";

/** The user metadata in headers with lower-case names. */
export function readMetadata(headers: Iterable<[name: string, value: string]>): Record<string, string> {
  const metadata: [string, string][] = [];
  for (const [name, value] of headers) {
    if (name.startsWith(METADATA_PREFIX)) metadata.push([name.slice(METADATA_PREFIX.length), decodeHeaderText(value)]);
  }
  return Object.fromEntries(metadata);
}

/** All headers by their lower-case names: in Deno, copying all is faster than getting a few. */
function valuesOf(headers: Headers): Map<string, string> {
  const values = new Map<string, string>();
  // `for … of` is ten times slower in Deno.
  headers.forEach((value, name) => values.set(name, value));
  return values;
}
