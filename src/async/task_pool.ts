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
