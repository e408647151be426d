import { clock, whole } from "../options/checks.ts";
import { type OptionTable, readOptions } from "../options/option_table.ts";
import type { State } from "./state.ts";
import { StateError } from "./state_error.ts";

/** Options of {@link createMemoryState}. */
export interface MemoryStateOptions {
  /** How many values, and how many counts, there can be. Default 100,000. */
  maxEntries?: number | undefined;
  /** The clock, in epoch milliseconds. Default `Date.now`. */
  now?: (() => number) | undefined;
}

const MEMORY_STATE_OPTIONS = {
  maxEntries: { ...whole(1), default: 100_000 },
  now: clock,
} as const satisfies OptionTable<MemoryStateOptions>;

interface Entry<Value> {
  readonly beganMs: number;
  readonly expiresMs: number;
  value: Value;
}

/**
 * Creates a state in memory, for a single process. When it is full, further values are refused with a `StateError`, as
 * a value that was dropped would be a login that has not ended; of counts, the oldest is dropped.
 *
 * @param options Its bound and its clock.
 * @throws {ConfigError} If an option is unknown or invalid.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { createMemoryState } from "@files/s3-source/app";
 *
 * const state = createMemoryState();
 * await state.putIfAbsent("session/1", "ended", { expiresInMs: 60_000 });
 * assertEquals(await state.get("session/1"), "ended");
 * ```
 */
export function createMemoryState(options: MemoryStateOptions = {}): State {
  const { maxEntries, now } = readOptions(options, MEMORY_STATE_OPTIONS, { verb: "create the state" });
  const values = new Map<string, Entry<string>>();
  const counts = new Map<string, Entry<number>>();
  let sweptMs = -Infinity;

  /** Removes what has ended; only once a minute, as it looks at everything. */
  function sweep(): void {
    const nowMs = now();
    if (Math.abs(nowMs - sweptMs) < SWEEP_MS) return;
    sweptMs = nowMs;
    removeEnded(values);
    removeEnded(counts);
  }

  function removeEnded(entries: Map<string, Entry<unknown>>): void {
    for (const [key, { expiresMs }] of entries) if (expiresMs <= now()) entries.delete(key);
  }

  function current<Value>(entries: Map<string, Entry<Value>>, key: string): Entry<Value> | undefined {
    const entry = entries.get(key);
    return entry !== undefined && entry.expiresMs > now() ? entry : undefined;
  }

  /** Counts end if the clock is set back, and would else last as much longer. */
  function currentCount(key: string): Entry<number> | undefined {
    const entry = current(counts, key);
    return entry !== undefined && entry.beganMs <= now() ? entry : undefined;
  }

  function timesOf(expiresInMs: number) {
    return { beganMs: now(), expiresMs: now() + expiresInMs };
  }

  return {
    putIfAbsent(key, value, { expiresInMs }) {
      sweep();
      if (current(values, key) ?? currentCount(key)) return Promise.resolve(false);
      if (values.size >= maxEntries) removeEnded(values);
      if (values.size >= maxEntries) {
        const message = `Cannot remember anything else: there are ${maxEntries} entries`;
        return Promise.reject(new StateError(message, { code: "StateFull" }));
      }
      values.set(key, { value, ...timesOf(expiresInMs) });
      return Promise.resolve(true);
    },
    get(key) {
      const value = current(values, key)?.value ?? currentCount(key)?.value;
      return Promise.resolve(value === undefined ? undefined : String(value));
    },
    delete(key) {
      values.delete(key);
      counts.delete(key);
      return Promise.resolve();
    },
    increment(key, { expiresInMs }) {
      sweep();
      const entry = currentCount(key) ?? { value: 0, ...timesOf(expiresInMs) };
      entry.value++;
      counts.delete(key);
      counts.set(key, entry);
      const [oldest] = counts.keys();
      if (counts.size > maxEntries && oldest !== undefined) counts.delete(oldest);
      return Promise.resolve({ count: entry.value, expiresInMs: entry.expiresMs - now() });
    },
  };
}

const SWEEP_MS = 60_000;
