const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** When a grant is replaced, in epoch milliseconds. */
export interface RefreshTimes {
  /** From here on a newer one is fetched in the background. */
  readonly refreshMs: number;
  /** From here on callers wait for the newer one. */
  readonly waitMs: number;
  /** When half its life is over. */
  readonly halfMs: number;
  /** From here on it is of no use. */
  readonly endsMs: number;
}

/**
 * When to replace a grant that came at `nowMs`. The early window is 5 minutes for a life up to 20, 15 below 90 and 60 beyond,
 * but never more than a quarter of the life; up to a tenth of it is left off at random, so that many processes with the same
 * expiration do not ask at the same moment. Callers wait in the last minute, or tenth of a life under ten.
 */
export function refreshTimes(nowMs: number, expirationMs: number): RefreshTimes {
  if (expirationMs === Infinity) return { refreshMs: Infinity, waitMs: Infinity, halfMs: Infinity, endsMs: Infinity };
  const lifeMs = expirationMs - nowMs;
  const windowMs = Math.min(
    lifeMs <= 20 * MINUTE ? 5 * MINUTE : lifeMs < 90 * MINUTE ? 15 * MINUTE : 60 * MINUTE,
    lifeMs / 4,
  );
  return {
    refreshMs: expirationMs - windowMs * (1 - 0.1 * Math.random()),
    waitMs: expirationMs - Math.min(MINUTE, lifeMs / 10),
    halfMs: expirationMs - lifeMs / 2,
    endsMs: expirationMs,
  };
}
