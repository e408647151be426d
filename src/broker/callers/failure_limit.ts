/** Counts wrong secrets by address. */
export interface FailureLimit {
  /** How long an address has to wait; 0 if it may try. */
  waitSeconds(address: string): number;
  /** Counts a failure. */
  record(address: string): void;
}

/**
 * Makes a limit on failures per minute. It remembers a limited number of addresses, those that failed last.
 *
 * @param maxFailures After this many within a minute, an address has to wait.
 */
export function createFailureLimit(
  { maxFailures, now }: { readonly maxFailures: number; readonly now: () => number },
): FailureLimit {
  /** When each address last failed, oldest first; addresses in the order of their latest failure. */
  const failures = new Map<string, number[]>();

  return {
    waitSeconds(address) {
      const times = failures.get(address) ?? [];
      const decisive = times[times.length - maxFailures];
      const leftMs = decisive === undefined ? 0 : decisive + MINUTE_MS - now();
      // More than a minute: the clock was set back after the failure.
      return leftMs > 0 && leftMs <= MINUTE_MS ? Math.ceil(leftMs / 1000) : 0;
    },
    record(address) {
      const nowMs = now();
      const times = failures.get(address) ?? [];
      times.push(nowMs);
      if (times.length > maxFailures) times.shift();
      failures.delete(address);
      failures.set(address, times);
      for (const [oldest, oldestTimes] of failures) {
        if ((oldestTimes.at(-1) ?? 0) > nowMs - MINUTE_MS && failures.size <= MAX_ADDRESSES) break;
        failures.delete(oldest);
      }
    },
  };
}

const MINUTE_MS = 60_000;
const MAX_ADDRESSES = 10_000;
