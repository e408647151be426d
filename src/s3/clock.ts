/** Time as the store sees it. */
export interface Clock {
  /** Epoch milliseconds, corrected by what the store's own clock told. */
  now(): number;
  /** Milliseconds for measuring how long something takes: not corrected, so that a correction in between does no harm. */
  uncorrected(): number;
  /** Takes over the time of a `Date` header. */
  adopt(serverMs: number): void;
}

/** A clock that starts as the machine's own. */
export function createClock(now: () => number): Clock {
  let offsetMs = 0;
  return {
    now: () => now() + offsetMs,
    uncorrected: now,
    adopt: (serverMs) => {
      offsetMs = serverMs - now();
    },
  };
}
