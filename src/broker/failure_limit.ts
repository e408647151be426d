/** Counts wrong secrets by the address they come from. */
export interface FailureLimit {
  /** Seconds that an address has to wait; 0 if it may try. */
  waitSeconds(address: string): number;
  /** Takes note of a failure. */
  record(address: string): void;
}

/**
 * Makes a limit on failures a minute. It remembers a bounded number of addresses, those that failed last.
 *
 * @param maxFailures From this many on within a minute, an address has to wait until there are fewer.
 */
export function createFailureLimit(
  { maxFailures, now }: { readonly maxFailures: number; readonly now: () => number },
): FailureLimit {
  /** Epoch milliseconds of each address's last failures, oldest first; addresses in the order of their last failure. */
  const failures = new Map<string, number[]>();

  return {
    waitSeconds(address) {
      const times = failures.get(address) ?? [];
      const decisive = times[times.length - maxFailures];
      const leftMs = decisive === undefined ? 0 : decisive + MINUTE_MS - now();
      // More than a minute is left only of what was recorded before the clock was set back.
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
