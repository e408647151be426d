import { fromHex, type HashAlgorithm, toBase64 } from "../s3/hash.ts";

/** Headers, or a map of them. */
export interface HeaderValues {
  /** @param name In lower case. */
  get(name: string): string | null | undefined;
}

/** A checksum that is kept with an object. */
export interface StoredChecksum {
  readonly algorithm: HashAlgorithm;
  /** Base64. */
  readonly digest: string;
  /** How many parts there are, if it is the digest of their digests; absent if it is that of the whole content. */
  readonly partCount?: number;
}

/**
 * The strongest checksum in the headers of HEAD or GET; `undefined` if there is none, or none that is understood. Where the store
 * has none at all, it is the metadata `sha256`, which our own uploads leave with stores that take no checksums.
 */
export function readStoredChecksum(headers: HeaderValues): StoredChecksum | undefined {
  for (const { algorithm, name, length } of KINDS) {
    const value = headers.get(name);
    if (value) return parseChecksum(value, { algorithm, length, type: headers.get("x-amz-checksum-type") });
  }
  const sha256 = headers.get("x-amz-meta-sha256");
  if (!sha256 || !/^[0-9a-f]{64}$/i.test(sha256)) return undefined;
  return { algorithm: "sha256", digest: toBase64(fromHex(sha256)) };
}

/** Header and number of characters of each kind of checksum, the strongest first. */
const KINDS: readonly { readonly algorithm: HashAlgorithm; readonly name: string; readonly length: number }[] = [
  { algorithm: "sha256", name: "x-amz-checksum-sha256", length: 44 },
  { algorithm: "sha1", name: "x-amz-checksum-sha1", length: 28 },
  { algorithm: "crc64nvme", name: "x-amz-checksum-crc64nvme", length: 12 },
  { algorithm: "crc32c", name: "x-amz-checksum-crc32c", length: 8 },
  { algorithm: "crc32", name: "x-amz-checksum-crc32", length: 8 },
];

/** A composite one ends in the number of parts; a type that contradicts that makes it something unknown. */
function parseChecksum(
  value: string,
  { algorithm, length, type }: { algorithm: HashAlgorithm; length: number; type: string | null | undefined },
): StoredChecksum | undefined {
  const [, digest, count] = /^([A-Za-z0-9+/]+={0,2})(?:-([1-9]\d{0,4}))?$/.exec(value) ?? [];
  const isComposite = count !== undefined;
  if (digest?.length !== length || (type && isComposite !== (type === "COMPOSITE"))) return undefined;
  return { algorithm, digest, ...isComposite && { partCount: Number(count) } };
}
