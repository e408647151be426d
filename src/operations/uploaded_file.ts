import { IntegrityError } from "../errors.ts";
import { guardCallback } from "../options/callback.ts";
import type { TransferProgress } from "../types/files.ts";
import { toHex } from "../hash/hash.ts";
import { tooLarge } from "./file_purpose.ts";
import { quote } from "./operation_context.ts";
import { DIGEST_HEADER } from "../s3/headers.ts";
import { isSha256Hex } from "./stored_checksum.ts";

/** A file being uploaded. */
export interface UploadedFile {
  readonly path: string;
  /** What follows `Cannot` in messages. */
  readonly action: string;
  /** Bytes; `undefined` if unknown until the end. */
  readonly size: number | undefined;
  /** Whether to compute the SHA-256 of the whole file. */
  readonly isHashed: boolean;
  /** Headers to store with the object. */
  readonly headers: Readonly<Record<string, string>>;
  /** Headers that make the final request conditional. */
  readonly conditions: Readonly<Record<string, string>>;
  readonly signal: AbortSignal | undefined;
  readonly progress: ProgressMeter;
}

/** A file that has been stored. */
export interface StoredFile {
  readonly size: number;
  readonly etag: string | null;
  /** `undefined` if the file was not hashed. */
  readonly sha256: Uint8Array | undefined;
}

/**
 * The size of a file if known beforehand, from the body or from the caller.
 *
 * @throws {IntegrityError} If the two differ.
 * @throws {FileTooLargeError} If it is over `maxBytes`, or over what the store can hold.
 */
export function knownSize(
  path: string,
  { ofBody, declared, limit, maxBytes = limit }: {
    ofBody: number | undefined;
    declared: number | undefined;
    limit: number;
    maxBytes: number | undefined;
  },
): number | undefined {
  if (ofBody !== undefined && declared !== undefined && ofBody !== declared) throw sizeMismatch(path, ofBody, declared);
  const size = ofBody ?? declared;
  const most = Math.min(maxBytes, limit);
  if (size !== undefined && size > most) {
    throw tooLarge({ action: `upload ${quote(path)}`, path }, most);
  }
  return size;
}

/**
 * Compares the number of bytes with the declared size.
 *
 * @param actual Bytes so far.
 * @param options `isComplete`: no more bytes follow.
 * @throws {IntegrityError} If they differ.
 */
export function assertSize(
  { path, size }: UploadedFile,
  actual: number,
  { isComplete }: { isComplete: boolean },
): void {
  if (size !== undefined && (isComplete ? actual !== size : actual > size)) throw sizeMismatch(path, actual, size);
}

/**
 * Checks the metadata `sha256`, by which downloads are verified; a value that is not a digest is ignored.
 *
 * @throws {IntegrityError} If it is the digest of other bytes, as the file could never be read.
 */
export function assertDigest({ path, headers }: UploadedFile, sha256: Uint8Array): void {
  const declared = headers[DIGEST_HEADER] ?? "";
  if (!isSha256Hex(declared) || declared.toLowerCase() === toHex(sha256)) return;
  throw new IntegrityError(`Cannot upload ${quote(path)}: the metadata "sha256" is the digest of other bytes`, {
    code: "BadDigest",
    path,
  });
}

function sizeMismatch(path: string, actual: number, declared: number): IntegrityError {
  const found = actual > declared ? "more" : `only ${actual}`;
  return new IntegrityError(
    `Cannot upload ${quote(path)}: it should have ${declared} bytes, but the body has ${found}`,
    { code: "SizeMismatch", path },
  );
}

/** Adds up the progress of an upload's requests. */
export interface ProgressMeter {
  /**
   * A function that takes how many bytes of one request have been sent, counted from 0 in each try; bytes sent again
   * count once. `undefined` without an `onProgress`.
   */
  follow(): ((byteLength: number) => void) | undefined;
  /** Sets the size when the body has ended. */
  learnTotal(byteLength: number): void;
}

/** Reports 0 bytes at first, then increasing numbers up to the total. */
export function createProgressMeter(
  size: number | undefined,
  callback: ((progress: TransferProgress) => void) | undefined,
): ProgressMeter {
  const onProgress = guardCallback(callback);
  if (onProgress === undefined) return SILENT;
  let totalBytes = size;
  let transferredBytes = 0;
  const report = () => onProgress({ transferredBytes, ...totalBytes !== undefined && { totalBytes } });
  report();
  return {
    follow() {
      let most = 0;
      return (byteLength) => {
        if (byteLength <= most) return;
        transferredBytes += byteLength - most;
        most = byteLength;
        report();
      };
    },
    learnTotal(byteLength) {
      if (totalBytes !== undefined) return;
      totalBytes = byteLength;
      report();
    },
  };
}

const SILENT: ProgressMeter = { follow: () => undefined, learnTotal: () => {} };
