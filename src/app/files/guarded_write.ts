import { AccessDeniedError, PreconditionFailedError, S3SourceError } from "../../errors.ts";
import type { Conditions } from "../../types/file_attributes.ts";
import type { SignalOptions } from "../../types/files.ts";
import type { S3Source } from "../../types/source.ts";
import { RequestRefusal } from "../failure.ts";

/** A file to write, if a condition holds. */
export interface GuardedFile extends SignalOptions {
  /** Relative to the source. */
  readonly path: string;
  /** Under which it is written. */
  readonly condition: Conditions;
  /** Look before writing, as the store may ignore the condition. Default `false`: only if it is known to. */
  readonly looksFirst?: boolean;
}

/**
 * Writes a file under a condition. Where the store is known to ignore it, looks before what is there, and writes
 * without it. Pages announce this: of two who write at the same moment, the last one wins.
 *
 * @throws {PreconditionFailedError} If the condition does not hold.
 */
export async function writeGuarded<T>(
  source: S3Source,
  { looksFirst = false, ...file }: GuardedFile,
  write: (condition: Conditions) => Promise<T>,
): Promise<T> {
  const isChecked = looksFirst && await checkCondition(source, file);
  try {
    return await write(file.condition);
  } catch (error) {
    if (!isIgnored(error)) throw error;
  }
  if (isChecked || await checkCondition(source, file)) return await write({});
  throw new RequestRefusal(
    403,
    "The credentials of this source cannot see which files exist, and its store would replace them. " +
      "Nothing was stored.",
  );
}

/** Whether an operation was refused because the store ignores its condition. Then nothing was sent. */
export function isIgnored(error: unknown): boolean {
  return error instanceof S3SourceError && error.code === "ConditionIgnored";
}

/**
 * @returns `false` if the credentials cannot see whether the condition holds.
 * @throws {PreconditionFailedError} If it does not.
 */
async function checkCondition(source: S3Source, { path, condition, signal }: GuardedFile): Promise<boolean> {
  try {
    const file = await source.stat(path, { signal });
    const holds = condition.ifMatch === undefined ? file === null : file?.etag === condition.ifMatch;
    if (holds) return true;
  } catch (error) {
    if (error instanceof AccessDeniedError) return false;
    throw error;
  }
  throw new PreconditionFailedError(`Cannot store "${path}": another file is there`, { path });
}
