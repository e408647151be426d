import type { S3Source } from "../../types/source.ts";
import { assertFilePath } from "../../s3/keys.ts";
import { createRemover, type PathFailure } from "./delete_tree.ts";
import { RequestRefusal } from "../failure.ts";

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
  const remover = createRemover(source, { signal });
  for (const path of new Set(paths)) {
    await (path.endsWith("/") ? remover.removeFolder(path) : remover.removeFile(path));
  }
  const errors = await remover.finish();
  return { deleted: paths.filter((path) => !remover.isKept(path)), errors };
}
