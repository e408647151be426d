import { InvalidArgumentError, show } from "../errors.ts";
import type { Purpose } from "../s3/failure.ts";

/** @throws {InvalidArgumentError} If the argument is not a whole number from `least` to `most`. */
export function assertWholeNumber(
  value: number,
  { name, least, most = Infinity }: { name: string; least: number; most?: number },
  { action, path }: Purpose,
): void {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return;
  const range = most === Infinity ? `of at least ${least}` : `from ${least} to ${most}`;
  throw new InvalidArgumentError(
    `Cannot ${action}: "${name}" must be a whole number ${range}, not ${show(value)}`,
    path === undefined ? {} : { path },
  );
}
