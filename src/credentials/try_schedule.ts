import type { S3SourceError } from "../errors.ts";
import type { Clock } from "../s3/clock.ts";

/** When a provider may be called again after it has failed or returned nothing new. */
export interface TrySchedule {
  /** Whether it may be called now. */
  isOpen(): boolean;
  /** Records a call. */
  begin(): void;
  /** Records that it returned a new grant. */
  succeed(): void;
  /** Records that it failed. */
  fail(error: S3SourceError): void;
  /** Records that it returned the same grant again, which is no failure. A new one may be ready at `endsMs`. */
  stall(endsMs: number): void;
  /** Whether the last call returned nothing new. */
  isStuck(): boolean;
  /** Why the last call failed; `undefined` if it did not. */
  lastError(): S3SourceError | undefined;
}

/** Spaces the calls: by a random, growing pause, and to at most 6 a minute. */
export function createTrySchedule(clock: Clock): TrySchedule {
  let setbacks = 0;
  let error: S3SourceError | undefined;
  let openMs = -Infinity;
  /** The latest calls since the last success. */
  let begunMs: number[] = [];

  function pause(): void {
    setbacks++;
    const [oldestMs = -Infinity] = begunMs.length === TRIES_PER_MINUTE ? begunMs : [];
    openMs = Math.max(clock.now() + backoffMs(setbacks), oldestMs + LONGEST_PAUSE_MS);
  }

  return {
    isOpen() {
      const leftMs = openMs - clock.now();
      // Longer than any pause: the clock was set back meanwhile.
      return leftMs <= 0 || leftMs > LONGEST_PAUSE_MS;
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
      pause();
    },
    stall(endsMs) {
      error = undefined;
      pause();
      openMs = Math.min(openMs, endsMs);
    },
    isStuck: () => setbacks > 0,
    lastError: () => error,
  };
}

const TRIES_PER_MINUTE = 6;
const LONGEST_PAUSE_MS = 60_000;

/** Less than 1 s at first, less than 30 s in the end. */
function backoffMs(setbacks: number): number {
  return Math.random() * Math.min(30_000, 1_000 * 2 ** (setbacks - 1));
}
