/** Runs tasks at the same time, but not too many. */
export interface TaskPool {
  /** Aborted by the first failure, or by the caller. Tasks and whoever makes them should heed it. */
  readonly signal: AbortSignal;
  /** Starts a task, and resolves when there is room for another. */
  add(task: () => Promise<void>): Promise<void>;
  /** Waits for the tasks that are left; rejects with the first failure. */
  finish(): Promise<void>;
  /** Stops all tasks and waits until they have ended. */
  stop(reason: unknown): Promise<void>;
}

/** @param signal The caller's own way to stop the tasks. */
export function createTaskPool(concurrency: number, signal?: AbortSignal): TaskPool {
  const stopped = new AbortController();
  const combined = signal === undefined ? stopped.signal : AbortSignal.any([signal, stopped.signal]);
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
