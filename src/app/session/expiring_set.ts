/** A set of names that expire. */
export interface ExpiringSet {
  /** Whether it is there and has not expired. */
  has(name: string): boolean;
  /** The number of names; some of them may have expired within the last minute. */
  readonly size: number;
  /** Adds a name until a time in epoch milliseconds. */
  add(name: string, expiresMs: number): void;
  /** Removes a name. */
  remove(name: string): void;
}

/** @param now Epoch milliseconds. */
export function createExpiringSet(now: () => number): ExpiringSet {
  const names = new Map<string, number>();
  let sweptMs = now();

  /** Removes expired names; only once a minute, as it looks at all of them. */
  function sweep(): void {
    const nowMs = now();
    if (nowMs - sweptMs < SWEEP_MS) return;
    sweptMs = nowMs;
    for (const [name, expiresMs] of names) {
      if (expiresMs <= nowMs) names.delete(name);
    }
  }

  return {
    has: (name) => (names.get(name) ?? 0) > now(),
    get size() {
      sweep();
      return names.size;
    },
    add(name, expiresMs) {
      sweep();
      names.set(name, expiresMs);
    },
    remove: (name) => void names.delete(name),
  };
}

const SWEEP_MS = 60_000;
