/** Names that are forgotten in time, so that they cannot pile up. */
export interface ExpiringNames {
  /** Whether it is there. */
  has(name: string): boolean;
  /** Keeps it until then, in epoch milliseconds. */
  add(name: string, expiresMs: number): void;
  /** Forgets it now. */
  remove(name: string): void;
}

/** @param now Epoch milliseconds. */
export function createExpiringNames(now: () => number): ExpiringNames {
  const names = new Map<string, number>();
  return {
    has: (name) => (names.get(name) ?? 0) > now(),
    add(name, expiresMs) {
      // Those that came first are mostly those that end first.
      for (const [other, otherMs] of names) {
        if (otherMs > now()) break;
        names.delete(other);
      }
      names.set(name, expiresMs);
    },
    remove: (name) => void names.delete(name),
  };
}
