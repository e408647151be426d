import { FileNotFoundError, S3SourceError } from "../errors.ts";
import { withTaskPool } from "../async/task_pool.ts";
import type { Grant } from "../s3/grant.ts";
import { strongTag } from "../s3/headers.ts";
import { continueWithGrant, keyOf, type OperationContext, quote } from "./operation_context.ts";

/**
 * DeleteObject; a file that is not there is deleted.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html
 */
export async function deleteObject(
  context: OperationContext,
  grant: Grant,
  { path, signal, ifMatch }: { path: string; signal: AbortSignal | undefined; ifMatch?: string | undefined },
): Promise<void> {
  try {
    await context.client.sendForHeaders({
      operation: "DeleteObject",
      action: `delete ${quote(path)}`,
      path,
      method: "DELETE",
      grant,
      key: keyOf(context, grant, path),
      ...ifMatch !== undefined && { headers: { "if-match": strongTag(ifMatch) } },
      signal,
    }, () => {});
  } catch (error) {
    if (!(error instanceof FileNotFoundError)) throw error;
  }
}

/** Deletes files with a request each, several at a time. Returns the failures, in the order of the paths. */
export async function deleteOneByOne(
  context: OperationContext,
  initial: Grant,
  paths: readonly string[],
  signal: AbortSignal | undefined,
): Promise<S3SourceError[]> {
  const failures = new Map<string, S3SourceError>();
  await withTaskPool(context.upload.concurrency, signal, async (pool) => {
    for (const path of paths) {
      await pool.add(async () => {
        const operate = (grant: Grant) => deleteObject(context, grant, { path, signal: pool.signal });
        try {
          await continueWithGrant(context, initial, operate, pool.signal);
        } catch (error) {
          if (pool.signal.aborted || !(error instanceof S3SourceError)) throw error;
          failures.set(path, error);
        }
      });
    }
  });
  return paths.flatMap((path) => failures.get(path) ?? []);
}
