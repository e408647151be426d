/**
 * What processes must know of each other: ended logins, used upload tokens, counts. Every entry ends by itself. An
 * application can bring its own, on any database that can store a value only if there is none.
 *
 * A call that cannot be answered rejects, with any error; the app and the broker give each 2 s. It must not wait for a
 * connection for longer, or keep calls in a queue without a bound.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { createMemoryState } from "@files/s3-source/app";
 *
 * const state = createMemoryState();
 * assertEquals(await state.putIfAbsent("link/1", "used", { expiresInMs: 60_000 }), true);
 * assertEquals(await state.putIfAbsent("link/1", "used", { expiresInMs: 60_000 }), false);
 * assertEquals((await state.increment("failures/192.0.2.9", { expiresInMs: 60_000 })).count, 1);
 * ```
 */
export interface State {
  /**
   * Stores a value under a key that has none, in one step, so that of all callers in all processes only one does.
   *
   * @returns Whether it was stored.
   */
  putIfAbsent(key: string, value: string, options: StateEntryOptions): Promise<boolean>;
  /** The value of a key, or a count in digits; `undefined` if there is none, or it has ended. */
  get(key: string): Promise<string | undefined>;
  /** Removes what a key has; does nothing if there is nothing. */
  delete(key: string): Promise<void>;
  /**
   * Adds one to a count, in one step. A count that is not there is zero before; its end is that of its first increment,
   * and later ones do not change it.
   */
  increment(key: string, options: StateEntryOptions): Promise<StateCount>;
}

/** A count, and what is left of its time. */
export interface StateCount {
  /** At least 1. */
  readonly count: number;
  /** Until it ends, in whole milliseconds. */
  readonly expiresInMs: number;
}

/** Options of what is kept in a {@link State}. */
export interface StateEntryOptions {
  /** When it ends: whole milliseconds from now, at least 1. */
  readonly expiresInMs: number;
}
