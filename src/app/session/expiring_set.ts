/** Names that are forgotten in time, so that they cannot pile up. */
export interface ExpiringSet {
  /** Whether it is there. */
  has(name: string): boolean;
  /** How many are there, those included that expired less than a minute ago. */
  readonly size: number;
  /** Keeps it until then, in epoch milliseconds. */
  add(name: string, expiresMs: number): void;
  /** Forgets it now. */
  remove(name: string): void;
}

/** @param now Epoch milliseconds. */
export function createExpiringSet(now: () => number): ExpiringSet {
  const names = new Map<string, number>();
  let sweptMs = now();

  /** All that have expired, whatever the order they came in; not at each call, as that looks at every name. */
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
