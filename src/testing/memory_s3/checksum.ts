import { S3Failure } from "./failure.ts";
import { digest, toBase64 } from "./hash.ts";
import type { XmlNode } from "./xml.ts";

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html */
export interface Checksum {
  /** Algorithm. */
  readonly algorithm: ChecksumAlgorithm;
  /** Base64, followed by `-N` if it is of the digests of N parts. */
  readonly value: string;
}

/** The checksum of an object. */
export interface ObjectChecksum extends Checksum {
  /** Whether it is of the whole content or of the parts' digests. */
  readonly type: ChecksumType;
}

/** Types of checksums of multipart uploads. */
export type ChecksumType = "FULL_OBJECT" | "COMPOSITE";

/** The algorithms of the in-memory S3. */
export type ChecksumAlgorithm = (typeof ALGORITHMS)[number];
const ALGORITHMS = ["SHA256", "SHA1", "CRC64NVME", "CRC32C", "CRC32"] as const;

/** The checksum of bytes. */
export function checksumOf(algorithm: ChecksumAlgorithm, bytes: Uint8Array): Checksum {
  if (algorithm === "SHA256") return { algorithm, value: toBase64(digest("sha256", bytes)) };
  if (algorithm === "SHA1") return { algorithm, value: toBase64(digest("sha1", bytes)) };
  return { algorithm, value: toBase64(crc(bytes, POLYNOMIALS[algorithm])) };
}

/** Reads the name of an algorithm, e.g. in `x-amz-checksum-algorithm`. */
export function readAlgorithm(name: string | null): ChecksumAlgorithm | undefined {
  if (name === null) return undefined;
  const algorithm = ALGORITHMS.find((known) => known === name.toUpperCase());
  if (algorithm !== undefined) return algorithm;
  throw new S3Failure("InvalidRequest", "Checksum algorithm provided is unsupported. Please try again with another.");
}

/** The checksum in the headers of a request. */
export function readChecksum(headers: Headers): Checksum | undefined {
  for (const algorithm of ALGORITHMS) {
    const value = headers.get(headerOf(algorithm));
    if (value !== null) return { algorithm, value };
  }
  return undefined;
}

/** Adds a checksum to the headers of a response. */
export function setChecksum(headers: Headers, checksum: Checksum | ObjectChecksum | undefined): void {
  if (checksum === undefined) return;
  headers.set(headerOf(checksum.algorithm), checksum.value);
  if ("type" in checksum) headers.set("x-amz-checksum-type", checksum.type);
}

/** The element for a checksum; without one, it has no content. */
export function checksumNode(checksum: Checksum | undefined): XmlNode {
  return [`Checksum${checksum?.algorithm}`, checksum?.value];
}

function headerOf(algorithm: ChecksumAlgorithm): string {
  return `x-amz-checksum-${algorithm.toLowerCase()}`;
}

/** With reflected bits. Those of 32 bits have no upper half. */
const POLYNOMIALS: Record<"CRC32" | "CRC32C" | "CRC64NVME", readonly [high: number, low: number]> = {
  CRC32: [0, 0xedb88320],
  CRC32C: [0, 0x82f63b78],
  CRC64NVME: [0x9a6c9329, 0xac4bc9b5],
};

/** One byte at a time: simple, and independent of the code under test. */
function crc(bytes: Uint8Array, [polynomialHigh, polynomialLow]: readonly [number, number]): Uint8Array {
  const [highs, lows] = [new Int32Array(256), new Int32Array(256)];
  for (let byte = 0; byte < 256; byte++) {
    let [high, low] = [0, byte];
    for (let bit = 0; bit < 8; bit++) {
      const mask = -(low & 1);
      low = ((low >>> 1) | (high << 31)) ^ (polynomialLow & mask);
      high = (high >>> 1) ^ (polynomialHigh & mask);
    }
    [highs[byte], lows[byte]] = [high, low];
  }
  const isWide = polynomialHigh !== 0;
  let high = isWide ? -1 : 0;
  let low = -1;
  // `for…of` takes several times as long.
  for (let at = 0; at < bytes.byteLength; at++) {
    const index = (low ^ (bytes[at] ?? 0)) & 255;
    low = ((low >>> 8) | (high << 24)) ^ (lows[index] ?? 0);
    high = (high >>> 8) ^ (highs[index] ?? 0);
  }
  const view = new DataView(new ArrayBuffer(8));
  view.setInt32(0, ~high);
  view.setInt32(4, ~low);
  return new Uint8Array(view.buffer, isWide ? 0 : 4);
}
