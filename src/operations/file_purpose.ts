import { FileTooLargeError, InvalidArgumentError } from "../errors.ts";
import type { Purpose } from "../s3/failure.ts";

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
