import { hash, type HashAlgorithm } from "../hash/hash.ts";
import type { IncrementalHash } from "../hash/incremental_hash.ts";
import type { PartLayout } from "./part_layout.ts";

/**
 * Hashes parts one after another, a part that arrives whole at once, others in pieces, and at the end their hashes.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
 */
export function createDigests(
  algorithm: HashAlgorithm,
  parts: PartLayout,
  { size, create }: { size: number; create: () => IncrementalHash },
) {
  const digests: (Uint8Array | Promise<Uint8Array>)[] = [];
  let current: IncrementalHash | undefined;
  let leftOfFile = size;
  let leftOfPart = Math.min(parts.sizeOf(1), size);

  function take(bytes: Uint8Array<ArrayBuffer>): void {
    leftOfFile -= bytes.byteLength;
    const isWhole = current === undefined && bytes.byteLength === leftOfPart;
    if (!isWhole) current = (current ?? create()).update(bytes);
    leftOfPart -= bytes.byteLength;
    if (leftOfPart > 0) return;
    digests.push(current?.digest() ?? hash(algorithm, bytes));
    current = undefined;
    if (leftOfFile > 0) leftOfPart = Math.min(parts.sizeOf(digests.length + 1), leftOfFile);
  }

  return {
    update(bytes: Uint8Array<ArrayBuffer>): void {
      while (bytes.byteLength > 0 && leftOfFile > 0) {
        const piece = bytes.subarray(0, leftOfPart);
        bytes = bytes.subarray(piece.byteLength);
        take(piece);
      }
    },
    finish: async (): Promise<Uint8Array> => await hash(algorithm, bytesOf(await Promise.all(digests))),
  };
}

function bytesOf(hashes: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(hashes.flatMap((one) => [...one]));
}
