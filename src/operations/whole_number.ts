import { InvalidArgumentError, show } from "../errors.ts";
import { whole } from "../options/checks.ts";
import type { Purpose } from "../s3/purpose.ts";

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
