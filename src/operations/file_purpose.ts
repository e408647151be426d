import { FileTooLargeError, InvalidArgumentError, show } from "../errors.ts";
import { whole } from "../options/checks.ts";
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

/** @throws {InvalidArgumentError} If the argument is not a whole number from `least` to `most`. */
export function assertWholeNumber(
  value: number,
  { name, least, most }: { name: string; least: number; most?: number },
  { action, path }: Purpose,
): void {
  const problem = whole(least, most).check(value);
  if (problem === undefined) return;
  throw new InvalidArgumentError(`Cannot ${action}: "${name}": ${problem}, not ${show(value)}`, { path });
}
