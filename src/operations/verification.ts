import { IntegrityError, S3SourceError } from "../errors.ts";
import { createHash, hash, type HashAlgorithm, toBase64 } from "../s3/hash.ts";
import type { IncrementalHash } from "../s3/incremental_hash.ts";
import { type OperationContext, quote } from "./context.ts";
import type { BegunRead } from "./get_object.ts";
import { findPartLayout, type PartLayout } from "./part_layout.ts";
import { readStoredChecksum } from "./stored_checksum.ts";

/** Compares bytes with the checksum that is kept of them. */
export interface Verification {
  /** Takes the next bytes; they may be altered once this has resolved. */
  update(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** @throws {IntegrityError} With the code `"BadDigest"`, if the bytes taken are not those that were stored. */
  finish(): Promise<void>;
  /** Gives up what is still being asked for. */
  stop(): void;
}

/**
 * Begins to verify a whole file, beside the reading of its body. Where its checksum is one of its parts' and they are not to be
 * found out, it goes unverified: other bytes than were stored must be certain.
 *
 * @returns `undefined` if only some of the file's bytes come, or there is no checksum.
 */
export function beginVerification(
  context: OperationContext,
  begun: BegunRead,
  signal?: AbortSignal,
): Verification | undefined {
  const { path, exchange, answered: { offset, length, size } } = begun;
  const checksum = offset === 0 && length === size ? readStoredChecksum(exchange.headers) : undefined;
  if (checksum === undefined) return undefined;
  const { algorithm, digest, partCount } = checksum;
  const stopped = new AbortController();
  const layout = partCount === undefined ? Promise.resolve(WHOLE) : findParts(partCount);
  const digests = layout.then((parts) => parts && createDigests(algorithm, parts, size));

  function findParts(partCount: number): Promise<PartLayout | undefined> {
    const combined = signal === undefined ? stopped.signal : AbortSignal.any([signal, stopped.signal]);
    return findPartLayout(context, begun, { partCount, signal: combined }).catch((error) => {
      if (combined.aborted) return undefined;
      const reason = error instanceof S3SourceError ? error.message : "the request failed";
      const message = `${quote(path)} is read without verifying it, as its parts are not known: ${reason}`;
      context.emit({ type: "warning", code: "NotVerified", message });
    });
  }

  return {
    async update(bytes) {
      (await digests)?.update(bytes);
    },
    async finish() {
      const parts = await (await digests)?.finish();
      if (parts === undefined) return;
      const [whole = new Uint8Array()] = partCount === undefined ? parts : [await hashOfHashes(algorithm, parts)];
      if (toBase64(whole) !== digest && await (await layout)?.isConfirmed()) throw badDigest(path);
    },
    stop() {
      // An abort costs more than the verification of a small file, where there is nothing to give up.
      if (partCount !== undefined) stopped.abort();
    },
  };
}

const WHOLE: PartLayout = { sizeOf: () => Infinity, isConfirmed: () => Promise.resolve(true) };

/** Hashes parts one after another: at once where a whole one comes, otherwise piece by piece. */
function createDigests(algorithm: HashAlgorithm, parts: PartLayout, size: number) {
  const digests: (Uint8Array | Promise<Uint8Array>)[] = [];
  let begun: IncrementalHash | undefined;
  let leftOfFile = size;
  let leftOfPart = Math.min(parts.sizeOf(1), size);

  function take(bytes: Uint8Array<ArrayBuffer>): void {
    leftOfFile -= bytes.byteLength;
    const isWhole = begun === undefined && bytes.byteLength === leftOfPart;
    if (!isWhole) begun = (begun ?? createHash(algorithm)).update(bytes);
    leftOfPart -= bytes.byteLength;
    if (leftOfPart > 0) return;
    digests.push(begun?.digest() ?? hash(algorithm, bytes));
    begun = undefined;
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
    finish(): Promise<Uint8Array[]> {
      if (size === 0) take(new Uint8Array());
      return Promise.all(digests);
    },
  };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html */
function hashOfHashes(algorithm: HashAlgorithm, hashes: readonly Uint8Array[]): Promise<Uint8Array> {
  return hash(algorithm, Uint8Array.from(hashes.flatMap((one) => [...one])));
}

function badDigest(path: string): IntegrityError {
  return new IntegrityError(`Cannot read ${quote(path)}: other bytes arrived than the store keeps a checksum of`, {
    code: "BadDigest",
    path,
  });
}
