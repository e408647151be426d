import { TimeoutError } from "../errors.ts";

/** Limits how many calls run at a time. */
export interface CallSlots {
  /** How many more could begin now. */
  free(): number;
  /** Runs a call as soon as it may begin; rejects with a `TimeoutError` if that takes longer than a call may. */
  run<T>(call: () => Promise<T>): Promise<T>;
}

/** What {@link createCallSlots} works with. */
export interface CallSlotsOptions {
  /** The most calls at a time. */
  readonly count: number;
  /** A call that takes longer than this no longer counts: in Workers, it may have ended with its request, without a word. */
  readonly longestCallMs: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Makes the limit. Calls that have to wait begin in the order in which they came. */
export function createCallSlots({ count, longestCallMs, now }: CallSlotsOptions): CallSlots {
  const running = new Map<symbol, number>();
  const waiting = new Set<() => void>();

  function free(): number {
    for (const [call, startedMs] of running) {
      if (now() - startedMs > longestCallMs) running.delete(call);
    }
    return count - running.size - waiting.size;
  }

  function next(): void {
    for (const begin of waiting) {
      if (free() + waiting.size <= 0) return;
      waiting.delete(begin);
      begin();
    }
  }

  /** Resolves when a call may begin, which then counts already. */
  function turn(call: symbol): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        waiting.delete(begin);
        reject(new TimeoutError(`the ${count} calls that may run at a time did not end`));
      }, longestCallMs);
      const begin = () => {
        clearTimeout(timer);
        running.set(call, now());
        resolve();
      };
      waiting.add(begin);
      next();
    });
  }

  return {
    free,
    async run(call) {
      const slot = Symbol();
      await turn(slot);
      try {
        return await call();
      } finally {
        running.delete(slot);
        next();
      }
    },
  };
}
