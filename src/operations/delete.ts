import { InvalidArgumentError, S3SourceError, show } from "../errors.ts";
import { forPath } from "../s3/failure.ts";
import type { Grant } from "../s3/grant.ts";
import { assertFilePath } from "../s3/keys.ts";
import type { DeleteManyResult, SignalOptions } from "../types/files.ts";
import { deleteObject, deleteOneByOne } from "./delete_object.ts";
import { actionOf, deleteAtOnce } from "./delete_objects.ts";
import { keyOf, type OperationContext, withGrant } from "./operation_context.ts";
import type { PathList } from "./path_list.ts";

/** Deletes a file. */
export async function deleteFile(
  context: OperationContext,
  path: string,
  { signal }: SignalOptions = {},
): Promise<void> {
  assertFilePath(path);
  await withGrant(context, (grant) => deleteObject(context, grant, { path, signal }), signal);
}

/**
 * Deletes files, 1,000 per request, all in the folder of the initial grant.
 *
 * @param initial Default: the newest grant.
 */
export async function deleteMany(
  context: OperationContext,
  listed: PathList,
  { signal }: SignalOptions = {},
  initial?: Grant,
): Promise<DeleteManyResult> {
  // All known paths are checked before anything is deleted.
  if (Array.isArray(listed)) listed.forEach(assertPath);
  const first = initial ?? await context.grants.get({ signal });
  const check = (path: string) => keyOf(context, first, assertPath(path));
  if (Array.isArray(listed)) listed.forEach(check);
  let deletedCount = 0;
  const errors: S3SourceError[] = [];
  for await (const batch of toBatches(listed, check)) {
    try {
      const [path = ""] = batch;
      const failed = hasNoXml(path) || !context.traits.known.bulkDelete
        ? await deleteOneByOne(context, first, batch, signal)
        : await deleteAtOnce(context, first, batch, signal);
      deletedCount += batch.length - failed.length;
      errors.push(...failed);
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof S3SourceError)) throw error;
      const whole = actionOf(batch);
      errors.push(...batch.map((path) => forPath(error, { action: actionOf([path]), path }, whole)));
    }
  }
  return { deletedCount, errors };
}

function assertPath(path: unknown): string {
  if (typeof path === "object" && path !== null && "path" in path) {
    throw new InvalidArgumentError("Cannot delete: these are files, not paths; pass the `path` of each");
  }
  if (typeof path !== "string") throw new InvalidArgumentError(`Cannot delete: a path is a string, not ${show(path)}`);
  assertFilePath(path);
  return path;
}

/** Batches of up to 1,000 paths, each once; a path that XML cannot represent is a batch of its own. */
async function* toBatches(paths: PathList, check: (path: string) => void): AsyncGenerator<string[]> {
  const batch = new Set<string>();
  for await (const path of paths) {
    check(path);
    if (hasNoXml(path)) yield [path];
    else if (batch.add(path).size === MAX_KEYS) {
      yield [...batch];
      batch.clear();
    }
  }
  if (batch.size > 0) yield [...batch];
}

const MAX_KEYS = 1000;

/** Whether a path has characters that are allowed in keys but not in XML. https://www.w3.org/TR/xml/#charsets */
function hasNoXml(path: string): boolean {
  return /[\ufffe\uffff]/.test(path);
}
