/** When to replace a grant, in epoch milliseconds. */
export interface RefreshTimes {
  /** From then on a new one is fetched in the background. */
  readonly refreshMs: number;
  /** From then on callers wait for the new one. */
  readonly waitMs: number;
  /** Half of its life. */
  readonly halfMs: number;
}

/**
 * When to replace a grant that arrived at `nowMs`. The early window is a quarter of the life, but at most 15 minutes,
 * or 60 for a life of 90 and more; up to a tenth of it is taken off at random, so that processes with the same
 * expiration do not all ask at once. Callers wait in the last minute, or the last tenth of a life below ten.
 */
export function refreshTimes(nowMs: number, expirationMs: number): RefreshTimes {
  if (expirationMs === Infinity) return { refreshMs: Infinity, waitMs: Infinity, halfMs: Infinity };
  const lifeMs = expirationMs - nowMs;
  const windowMs = lifeMs < 90 * MINUTE_MS ? 15 * MINUTE_MS : 60 * MINUTE_MS;
  return {
    refreshMs: expirationMs - Math.min(windowMs, lifeMs / 4) * (1 - 0.1 * Math.random()),
    waitMs: expirationMs - Math.min(MINUTE_MS, lifeMs / 10),
    halfMs: expirationMs - lifeMs / 2,
  };
}

const MINUTE_MS = 60_000;
