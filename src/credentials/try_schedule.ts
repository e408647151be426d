import { S3SourceError } from "../errors.ts";
import type { Clock } from "../s3/clock.ts";

/** When a provider may be asked, after it has failed or brought nothing new. */
export interface TrySchedule {
  /** Whether it may be asked now. */
  isOpen(): boolean;
  /** Takes note that it is asked. */
  begin(): void;
  /** It brought something new. */
  succeed(): void;
  /** It failed. */
  fail(error: unknown): void;
  /** It brought the same again: no failure, and what comes after `endsMs` may be new. */
  stall(endsMs: number): void;
  /** Whether the last tries brought nothing new. */
  isStuck(): boolean;
  /** Why the last try failed; `undefined` if it did not. */
  lastError(): unknown;
  /** Whether the provider did not answer in time when it was last asked. */
  isHanging(): boolean;
}

/** Spaces the tries: a random time that grows, and at most 6 a minute. */
export function createTrySchedule(clock: Clock): TrySchedule {
  let setbacks = 0;
  let error: unknown;
  let openMs = -Infinity;
  /** Since the last success, at most as many as a minute may have. */
  let begunMs: number[] = [];

  function putOff(): void {
    setbacks++;
    const [oldestMs = -Infinity] = begunMs.length === TRIES_PER_MINUTE ? begunMs : [];
    openMs = Math.max(clock.now() + backoffMs(setbacks), oldestMs + LONGEST_WAIT_MS);
  }

  return {
    isOpen() {
      const leftMs = openMs - clock.now();
      // Longer than anything is put off: the clock was set back meanwhile.
      return leftMs <= 0 || leftMs > LONGEST_WAIT_MS;
    },
    begin() {
      begunMs = [...begunMs, clock.now()].slice(-TRIES_PER_MINUTE);
    },
    succeed() {
      setbacks = 0;
      error = undefined;
      openMs = -Infinity;
      begunMs = [];
    },
    fail(reason) {
      error = reason;
      putOff();
    },
    stall(endsMs) {
      error = undefined;
      putOff();
      if (clock.now() < endsMs) openMs = Math.min(openMs, endsMs);
    },
    isStuck: () => setbacks > 0,
    lastError: () => error,
    isHanging: () => error instanceof S3SourceError && error.code === "Timeout",
  };
}

const TRIES_PER_MINUTE = 6;
const LONGEST_WAIT_MS = 60_000;

/** Below 1 s at first and 30 s in the end. */
function backoffMs(setbacks: number): number {
  return Math.random() * Math.min(30_000, 1_000 * 2 ** (setbacks - 1));
}
