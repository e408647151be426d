import { ConfigError, show } from "../errors.ts";

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
  const uncorrected = () => {
    const nowMs = now();
    if (Number.isFinite(nowMs)) return nowMs;
    throw new ConfigError(`Cannot use the option "now": it must return epoch milliseconds, not ${show(nowMs)}`);
  };
  return {
    now: () => uncorrected() + offsetMs,
    uncorrected,
    adopt: (serverMs) => {
      offsetMs = serverMs - uncorrected();
    },
  };
}
