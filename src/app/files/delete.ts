import type { S3Source } from "../../types/source.ts";
import { assertFilePath } from "../../s3/keys.ts";
import { createRemover } from "../../operations/delete_tree.ts";
import { RequestRefusal } from "../failure.ts";
import { type PathFailure, toFailures } from "./path_failure.ts";
import { thumbnailPath } from "./thumbnails.ts";

/** The result of {@link deletePaths}. */
export interface Deletion {
  /** Paths that are deleted; a folder only if all of it is. */
  readonly deleted: string[];
  /** Files that could not be deleted. */
  readonly errors: PathFailure[];
}

/** Deletes files, and folders with their content; paths of folders end in `/`. */
export async function deletePaths(source: S3Source, paths: readonly string[], signal?: AbortSignal): Promise<Deletion> {
  if (paths.length === 0) throw new RequestRefusal(400, "Nothing is selected.");
  for (const path of paths) assertFilePath(path);
  const remover = createRemover(source, { signal });
  const thumbnails = new Set<string | undefined>();
  for (const path of new Set(paths)) {
    await (path.endsWith("/") ? remover.removeFolder(path) : remover.removeFile(path));
    const thumbnail = thumbnailPath(path);
    if (thumbnail === undefined) continue;
    thumbnails.add(thumbnail);
    await remover.removeFile(thumbnail);
  }
  const { errors } = await remover.finish();
  return {
    deleted: paths.filter((path) => !remover.isKept(path)),
    errors: toFailures(errors.filter(({ path }) => !thumbnails.has(path))),
  };
}
