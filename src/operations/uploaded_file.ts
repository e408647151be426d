import { FileTooLargeError, IntegrityError, InvalidArgumentError } from "../errors.ts";
import { guardCallback } from "../options/callback.ts";
import type { UploadProgress } from "../types/files.ts";
import { toHex } from "../hash/hash.ts";
import { quote } from "./context.ts";
import { MAX_FILE_SIZE_BYTES } from "./part_plan.ts";
import { DIGEST_HEADER, isSha256Hex } from "./stored_checksum.ts";

/** What is being stored. */
export interface UploadedFile {
  readonly path: string;
  /** Bytes, where they are known beforehand. */
  readonly size: number | undefined;
  /** Stored with the object. */
  readonly headers: Readonly<Record<string, string>>;
  /** What the request that commits the file depends on. */
  readonly conditions: Readonly<Record<string, string>>;
  readonly signal: AbortSignal | undefined;
  readonly progress: ProgressMeter;
}

/** What has been stored. */
export interface StoredFile {
  readonly size: number;
  readonly etag: string | undefined;
  readonly sha256: Uint8Array;
}

/**
 * The size of a file, where it is known beforehand: from the body itself, or from what the caller declares.
 *
 * @throws {IntegrityError} If the two differ.
 * @throws {FileTooLargeError} If the store cannot hold it.
 */
export function knownSize(
  path: string,
  { ofBody, declared }: { ofBody: number | undefined; declared: number | undefined },
): number | undefined {
  if (declared !== undefined && (!Number.isSafeInteger(declared) || declared < 0)) {
    throw new InvalidArgumentError(`Cannot upload ${quote(path)}: "size" must be a whole number of at least 0`, {
      path,
    });
  }
  if (ofBody !== undefined && declared !== undefined && ofBody !== declared) throw sizeMismatch(path, ofBody, declared);
  const size = ofBody ?? declared;
  if (size !== undefined && size > MAX_FILE_SIZE_BYTES) throw tooLarge(path);
  return size;
}

/**
 * Compares the bytes that came with those that were declared.
 *
 * @param isComplete `false`: more may follow, so that only too many are wrong.
 * @throws {IntegrityError} If they differ.
 */
export function assertSize(
  { path, size }: UploadedFile,
  actual: number,
  { isComplete }: { isComplete: boolean },
): void {
  if (size !== undefined && (isComplete ? actual !== size : actual > size)) throw sizeMismatch(path, actual, size);
  if (actual > MAX_FILE_SIZE_BYTES) throw tooLarge(path);
}

/**
 * Compares the metadata `sha256`, which downloads are verified against, with the bytes that came. Other texts than digests mean nothing.
 *
 * @throws {IntegrityError} If it is the digest of other bytes: the file could never be read.
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
  const came = actual > declared ? "more" : `only ${actual}`;
  return new IntegrityError(
    `Cannot upload ${quote(path)}: it should have ${declared} bytes, but the body has ${came}`,
    {
      code: "SizeMismatch",
      path,
    },
  );
}

function tooLarge(path: string): FileTooLargeError {
  return new FileTooLargeError(`Cannot upload ${quote(path)}: it has more than ${MAX_FILE_SIZE_BYTES} bytes`, { path });
}

/** Adds up how far the requests of one upload are. */
export interface ProgressMeter {
  /**
   * Follows a request: told how many bytes of its body have gone, from the start of each try. What a try sends again counts once.
   * `undefined` if nobody wants to know.
   */
  follow(): ((byteLength: number) => void) | undefined;
  /** The size, once the end of the body has come. */
  learnTotal(byteLength: number): void;
}

/** Begins at 0, never goes backwards, and is at the total when everything has gone. */
export function createProgressMeter(
  size: number | undefined,
  callback: ((progress: UploadProgress) => void) | undefined,
): ProgressMeter {
  const onProgress = guardCallback(callback);
  if (onProgress === undefined) return SILENT;
  let totalBytes = size;
  let sentBytes = 0;
  const report = () => onProgress({ sentBytes, ...totalBytes !== undefined && { totalBytes } });
  report();
  return {
    follow() {
      let most = 0;
      return (byteLength) => {
        if (byteLength <= most) return;
        sentBytes += byteLength - most;
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
