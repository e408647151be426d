import { DIGEST_HEADER } from "../s3/headers.ts";
import { fromHex, type HashAlgorithm, toBase64 } from "../hash/hash.ts";

/** `Headers`, or a map. */
export interface HeaderValues {
  /** @param name In lower case. */
  get(name: string): string | null | undefined;
}

/** The checksum of an object that the store keeps. */
export interface StoredChecksum {
  readonly algorithm: HashAlgorithm;
  /** Base64. */
  readonly digest: string;
  /** The header that has it. */
  readonly header: string;
  /** How many parts the object has, if `digest` is the digest of their digests; absent if it is that of the content. */
  readonly partCount?: number;
}

/**
 * The strongest checksum in the headers of HEAD or GET; `undefined` without one, or if it is malformed. If the store
 * returns none, the metadata `sha256`, which our own uploads set on stores that reject checksums.
 */
export function readStoredChecksum(headers: HeaderValues): StoredChecksum | undefined {
  for (const [algorithm, length] of BASE64_LENGTHS) {
    const header = `x-amz-checksum-${algorithm}`;
    const value = headers.get(header);
    if (value) return parseChecksum(value, { algorithm, header, length, type: headers.get("x-amz-checksum-type") });
  }
  const sha256 = headers.get(DIGEST_HEADER) ?? "";
  if (!isSha256Hex(sha256)) return undefined;
  return { algorithm: "sha256", digest: toBase64(fromHex(sha256)), header: DIGEST_HEADER };
}

/** Whether text is a SHA-256 in hexadecimal. */
export function isSha256Hex(text: string): boolean {
  return /^[0-9a-f]{64}$/i.test(text);
}

/** The length of each kind of checksum in Base64, strongest first. */
const BASE64_LENGTHS: readonly (readonly [HashAlgorithm, number])[] = [
  ["sha256", 44],
  ["sha1", 28],
  ["crc64nvme", 12],
  ["crc32c", 8],
  ["crc32", 8],
];

/** A composite checksum ends in the number of parts; one whose type contradicts that is ignored. */
function parseChecksum(
  value: string,
  { algorithm, header, length, type }: {
    algorithm: HashAlgorithm;
    header: string;
    length: number;
    type: string | null | undefined;
  },
): StoredChecksum | undefined {
  const [, digest, count] = /^([A-Za-z0-9+/]+={0,2})(?:-([1-9]\d{0,4}))?$/.exec(value) ?? [];
  const isComposite = count !== undefined;
  if (digest?.length !== length || (type && isComposite !== (type === "COMPOSITE"))) return undefined;
  return { algorithm, digest, header, ...isComposite && { partCount: Number(count) } };
}
