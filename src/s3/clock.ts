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

/** The time of a `Date` header, in epoch milliseconds; NaN if there is none, or none that a request can be signed with. */
export function readServerTime(headers: Headers): number {
  const serverMs = Date.parse(headers.get("date") ?? "");
  return isTime(serverMs) ? serverMs : NaN;
}

/** Whether it is a time from 1970 to 9999: of others, signatures and `Date` have no usual form. */
function isTime(ms: number): boolean {
  return Number.isFinite(ms) && ms >= 0 && ms <= LAST_MS;
}

const LAST_MS = Date.parse("9999-12-31T23:59:59.999Z");

/** A clock that starts as the machine's own. */
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
