import type { S3Source } from "../s3_source.ts";
import { assertFilePath } from "../s3/keys.ts";
import { RequestRefusal } from "./failure.ts";

/** Something that could not be done to one of many files. */
export interface PathFailure {
  /** Relative to the source. */
  readonly path: string;
  /** Why, for people. */
  readonly message: string;
}

/** What {@link deletePaths} did. */
export interface Deletion {
  /** Which of the paths are gone; of a folder, only if all in it is. */
  readonly deleted: string[];
  /** Every file that is still there. */
  readonly errors: PathFailure[];
}

/** Deletes files, and folders with all that is in them: those are the paths that end in `/`. */
export async function deletePaths(source: S3Source, paths: readonly string[], signal?: AbortSignal): Promise<Deletion> {
  if (paths.length === 0) throw new RequestRefusal(400, "Nothing was chosen.");
  for (const path of paths) assertFilePath(path);
  const files = new Set<string>();
  for (const path of paths) {
    if (path.endsWith("/")) { for await (const file of source.walk({ prefix: path, signal })) files.add(file.path); }
    files.add(path);
  }
  const { errors } = await source.deleteMany(markersLast([...files]), { signal });
  const kept = new Set(errors.flatMap(({ path }) => [path, ...foldersOf(path)]));
  return {
    deleted: paths.filter((path) => !kept.has(path)),
    errors: errors.map(({ path, code }) => ({ path, message: describe(code) })),
  };
}

/** SeaweedFS 4.48 keeps a folder that is not empty yet when its marker is deleted: markers come last, the innermost first. */
export function markersLast(paths: readonly string[]): string[] {
  const markers = paths.filter((path) => path.endsWith("/"));
  return [...paths.filter((path) => !path.endsWith("/")), ...markers.toSorted((a, b) => b.length - a.length)];
}

/** Every folder a path is in. */
function foldersOf(path: string): string[] {
  return [...path.matchAll(/\//g)].map(({ index }) => path.slice(0, index + 1));
}

function describe(code: string): string {
  return code === "AccessDenied"
    ? "The credentials of this source do not allow to delete this."
    : "The store did not delete this. Try again in a moment.";
}
