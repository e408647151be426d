import { FileTooLargeError, InvalidArgumentError } from "../errors.ts";
import type { Purpose } from "../s3/purpose.ts";
import { isHeaderValue } from "../s3/headers.ts";

/** The purpose of an operation on one file, for error messages. */
export interface FilePurpose extends Purpose {
  readonly path: string;
}

/** The error for an argument that cannot be used. */
export function refusal({ action, path }: FilePurpose, reason: string): InvalidArgumentError {
  return new InvalidArgumentError(`Cannot ${action}: ${reason}`, { path });
}

/** The error for a file over a limit. */
export function tooLarge({ action, path }: FilePurpose, maxBytes: number): FileTooLargeError {
  return new FileTooLargeError(`Cannot ${action}: it has more than ${maxBytes} bytes`, { path });
}

/** @throws {InvalidArgumentError} If the value is not printable ASCII. */
export function assertHeaderValue(name: string, value: string, purpose: FilePurpose): void {
  if (!isHeaderValue(value)) {
    throw refusal(purpose, `the value of ${name} must be printable ASCII; encode it`);
  }
}
