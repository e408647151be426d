import { eitherSignal } from "./abort.ts";

/** Runs tasks with limited concurrency. */
export interface TaskPool {
  /** Aborts after the first failure, or when the caller aborts. Tasks should stop then. */
  readonly signal: AbortSignal;
  /** Starts a task, and resolves when there is room for another. */
  add(task: () => Promise<void>): Promise<void>;
  /** Waits for the remaining tasks; rejects with the first failure. */
  finish(): Promise<void>;
  /** Aborts all tasks and waits for their end. */
  stop(reason: unknown): Promise<void>;
}

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

/** @param signal Aborts the tasks. */
export function createTaskPool(concurrency: number, signal?: AbortSignal): TaskPool {
  const stopped = new AbortController();
  const combined = eitherSignal(signal, stopped.signal);
  const running = new Set<Promise<void>>();

  function start(task: () => Promise<void>): void {
    const run = task().catch((error) => stopped.abort(error)).finally(() => running.delete(run));
    running.add(run);
  }

  return {
    signal: combined,
    async add(task) {
      combined.throwIfAborted();
      start(task);
      if (running.size >= concurrency) await Promise.race(running);
      combined.throwIfAborted();
    },
    async finish() {
      await Promise.all(running);
      combined.throwIfAborted();
    },
    async stop(reason) {
      stopped.abort(reason);
      await Promise.all(running);
    },
  };
}
