import type { S3Source } from "../../types/source.ts";
import { toPrefix } from "../../s3/keys.ts";
import { collision, looksTaken } from "./collision.ts";
import { folderExists, settlePath } from "./namesakes.ts";
import { assertNewFolder } from "./new_path.ts";

/**
 * Creates an empty folder: an empty object whose key ends in `/`, as S3's own console does.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-folders.html
 *
 * @returns Its path, which ends in `/`.
 * @throws {RequestRefusal} If the folder or a file of this name exists, or the name is empty.
 */
export async function createFolder(source: S3Source, folder: string, signal?: AbortSignal): Promise<string> {
  assertNewFolder(folder);
  const { path, namesake } = await settlePath(source, toPrefix(folder), signal);
  if (namesake !== undefined) throw looksTaken(namesake);
  const [isFolder, file] = await Promise.all([
    folderExists(source, path, signal),
    source.stat(path.slice(0, -1), { signal }),
  ]);
  if (isFolder) throw collision("There is already a folder of this name.", { kind: "folder" });
  if (file) throw collision("There is already a file of this name.", { kind: "file" });
  await source.upload(path, "", { contentType: FOLDER_TYPE, signal });
  return path;
}

/** The media type of a folder's marker. */
export const FOLDER_TYPE = "application/x-directory";
