import { createTaskPool, type TaskPool } from "../async/task_pool.ts";

/**
 * Does work whose tasks share a pool, and waits for all of them. After a failure, stops the other tasks and throws the
 * first error.
 */
export async function withTaskPool<T>(
  concurrency: number,
  signal: AbortSignal | undefined,
  work: (pool: TaskPool) => Promise<T>,
): Promise<T> {
  const pool = createTaskPool(concurrency, signal);
  try {
    const result = await work(pool);
    await pool.finish();
    return result;
  } catch (error) {
    const firstError = pool.signal.aborted ? pool.signal.reason : error;
    await pool.stop(firstError);
    throw firstError;
  }
}
