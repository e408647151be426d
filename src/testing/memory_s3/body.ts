import { type Checksum, checksumOf, readChecksum } from "./checksum.ts";
import { S3Failure } from "./failure.ts";
import type { ParsedRequest } from "./request.ts";
import { digest, toBase64, toHex } from "./hash.ts";
import type { MemoryStore, ObjectFacts } from "./store.ts";

/**
 * Checks a body against the digests in the headers.
 *
 * @returns The checksum, if there is one.
 * @throws {S3Failure} If one does not match.
 */
export function verifyBody({ headers, body }: ParsedRequest, { quirks }: MemoryStore): Checksum | undefined {
  const md5 = headers.get("content-md5");
  if (md5 !== null && md5 !== toBase64(digest("md5", body))) {
    throw new S3Failure("BadDigest", "The Content-MD5 you specified did not match what we received.");
  }
  const payloadHash = headers.get("x-amz-content-sha256") ?? UNSIGNED;
  if (payloadHash !== UNSIGNED && payloadHash !== toHex(digest("sha256", body))) {
    throw new S3Failure("XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match.");
  }
  const sent = readChecksum(headers);
  if (sent === undefined || quirks.has("unverifiedChecksums")) return sent;
  const { algorithm } = sent;
  const { value } = checksumOf(algorithm, body);
  if (sent.value.length !== value.length || !/^[A-Za-z0-9+/]+={0,2}$/.test(sent.value)) {
    throw new S3Failure("InvalidRequest", `Value for x-amz-checksum-${algorithm.toLowerCase()} header is invalid.`);
  }
  if (sent.value !== value) {
    throw new S3Failure("BadDigest", `The ${algorithm} you specified did not match the calculated checksum.`);
  }
  return sent;
}

/** Fails for signed chunks, and for signatures that do not cover the body. */
export function assertKnownPayload({ headers }: ParsedRequest, isPresigned: boolean): void {
  const payloadHash = headers.get("x-amz-content-sha256");
  if (payloadHash === null && !isPresigned) {
    throw new S3Failure("InvalidRequest", "Missing required header for this request: x-amz-content-sha256");
  }
  if (payloadHash?.startsWith("STREAMING-")) {
    throw new S3Failure("NotImplemented", "The in-memory S3 does not support signed chunks.");
  }
}

/** Headers and metadata to store with the content. */
export function objectFacts({ headers }: ParsedRequest): ObjectFacts {
  const kept: Record<string, string> = { "content-type": "binary/octet-stream" };
  const metadata: Record<string, string> = {};
  for (const [name, value] of headers) {
    if (CONTENT_HEADERS.has(name) || STORAGE_HEADERS.has(name)) kept[name] = value;
    if (name.startsWith("x-amz-meta-")) metadata[name.slice("x-amz-meta-".length)] = value;
  }
  return { headers: kept, metadata };
}

const UNSIGNED = "UNSIGNED-PAYLOAD";

/** Whether a header, or a field of a form, is stored with the content. */
export function isStoredHeader(name: string): boolean {
  return CONTENT_HEADERS.has(name) || STORAGE_HEADERS.has(name) || name.startsWith("x-amz-meta-");
}

/** How the store keeps the content. Copies do not take these from their original. */
export const STORAGE_HEADERS: ReadonlySet<string> = new Set([
  "x-amz-server-side-encryption",
  "x-amz-server-side-encryption-aws-kms-key-id",
  "x-amz-storage-class",
]);

const CONTENT_HEADERS = new Set([
  "cache-control",
  "content-disposition",
  "content-encoding",
  "content-language",
  "content-type",
  "expires",
]);
