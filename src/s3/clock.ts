import { ConfigError, show } from "../errors.ts";

/** The time, corrected by the store's clock. */
export interface Clock {
  /** Epoch milliseconds, corrected. */
  now(): number;
  /** Epoch milliseconds for measuring durations, which a correction must not change. */
  uncorrected(): number;
  /** Corrects the clock by the time of a `Date` header. */
  adopt(serverMs: number): void;
}

/** The `Date` header in epoch milliseconds; NaN if it is missing, or a time that a signature cannot express. */
export function readServerTime(headers: Headers): number {
  const serverMs = Date.parse(headers.get("date") ?? "");
  return isTime(serverMs) ? serverMs : NaN;
}

/** From 1970 to 9999, as timestamps have years of four digits. */
function isTime(ms: number): boolean {
  return Number.isFinite(ms) && ms >= 0 && ms <= LAST_MS;
}

const LAST_MS = Date.parse("9999-12-31T23:59:59.999Z");

/** A clock that agrees with the machine's until it is corrected. */
export function createClock(now: () => number): Clock {
  let offsetMs = 0;
  const uncorrected = () => {
    const nowMs = now();
    if (isTime(nowMs)) return nowMs;
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
