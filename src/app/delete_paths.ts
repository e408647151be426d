import type { S3Source } from "../s3_source.ts";
import type { DeleteManyResult } from "../types.ts";

/** Deletes files, and whole folders: paths that end in `/`. What fails is told per path, and the rest goes on. */
export async function deletePaths(
  source: S3Source,
  paths: readonly string[],
  { signal }: { signal: AbortSignal },
): Promise<DeleteManyResult> {
  const result: DeleteManyResult = { deleted: [], errors: [] };
  let batch: string[] = [];
  const flush = async () => {
    const { deleted, errors } = await source.deleteMany(batch, { signal });
    result.deleted.push(...deleted);
    result.errors.push(...errors);
    batch = [];
  };
  for (const path of paths) {
    batch.push(path);
    if (path.endsWith("/")) {
      for await (const file of source.walk({ prefix: path, signal })) {
        batch.push(file.path);
        if (batch.length >= BATCH_SIZE) await flush();
      }
    }
    if (batch.length >= BATCH_SIZE) await flush();
  }
  if (batch.length > 0) await flush();
  return result;
}

/** As many as the store deletes with one request. */
const BATCH_SIZE = 1_000;
