import type { S3SourceError } from "../../errors.ts";
import { foldersOf, markerOf } from "../../operations/delete_tree.ts";

/** A failure with one of many files. */
export interface PathFailure {
  /** Relative to the source. */
  readonly path: string;
  /** The reason, for people. */
  readonly message: string;
}

/** What to show of errors of a source. */
export function toFailures(errors: readonly S3SourceError[]): PathFailure[] {
  return errors.map(({ path = "", code }) => ({ path, message: describe(code) }));
}

function describe(code: string): string {
  if (code === "TooManyErrors") return "Too many files could not be deleted. The rest of this folder was skipped.";
  if (code === "UnusableKey") return "It has content whose names cannot be used here, and which stayed.";
  return code === "AccessDenied"
    ? "The credentials of this source do not allow deleting this."
    : "The store did not delete this. Try again in a moment.";
}

/** The same failures by the requested paths, without the names of files in folders. */
export function summarizeFailures(paths: readonly string[], errors: readonly PathFailure[]): PathFailure[] {
  const failed = new Map(errors.map((error) => [error.path, error]));
  const counts = new Map<string, number>();
  for (const { path } of errors) {
    for (const folder of [...foldersOf(path), ...markerOf(path)]) counts.set(folder, (counts.get(folder) ?? 0) + 1);
  }
  return paths.flatMap((path) => {
    if (!path.endsWith("/")) return failed.get(path) ?? [];
    const count = counts.get(path) ?? 0;
    return count === 0 ? [] : [{ path, message: `${count} of the files in it failed and stayed.` }];
  });
}

/** Failures in a sentence, for the audit. */
export function problemOf(errors: readonly PathFailure[]): string {
  return `${errors.length} failed, the first: ${errors[0]?.message ?? ""}`;
}
