import { TimeoutError } from "../../errors.ts";

/** A limit on how many calls run at once. */
export interface CallSlots {
  /** How many more could start now. */
  free(): number;
  /**
   * Runs a call as soon as it may start; rejects with a `TimeoutError` if it has to wait longer than a call may take.
   */
  run<T>(call: () => Promise<T>): Promise<T>;
}

/** The limits of {@link createCallSlots}. */
export interface CallSlotsOptions {
  /** How many calls may run at once. */
  readonly count: number;
  /** A call that takes longer no longer counts: in Workers it may have ended with its request without settling. */
  readonly longestCallMs: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Makes the limit. Calls that have to wait start in the order in which they arrived. */
export function createCallSlots({ count, longestCallMs, now }: CallSlotsOptions): CallSlots {
  const running = new Map<symbol, number>();
  const waiting = new Set<() => void>();

  function countRunning(): number {
    for (const [call, startedMs] of running) {
      if (now() - startedMs > longestCallMs) running.delete(call);
    }
    return running.size;
  }

  function startWaiting(): void {
    for (const start of waiting) {
      if (countRunning() >= count) return;
      waiting.delete(start);
      start();
    }
  }

  /** Resolves when the call may start, and counts it as running. */
  function waitForSlot(call: symbol): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        waiting.delete(start);
        reject(new TimeoutError(`none of the ${count} calls that may run at once has ended`));
      }, longestCallMs);
      const start = () => {
        clearTimeout(timer);
        running.set(call, now());
        resolve();
      };
      waiting.add(start);
      startWaiting();
    });
  }

  return {
    free: () => count - countRunning() - waiting.size,
    async run(call) {
      const slot = Symbol();
      await waitForSlot(slot);
      try {
        return await call();
      } finally {
        running.delete(slot);
        startWaiting();
      }
    },
  };
}
