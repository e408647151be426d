import { createMemoryState } from "../../state/memory_state.ts";
import type { State } from "../../state/state.ts";
import { StateError } from "../../state/state_error.ts";

/** Counts wrong secrets by address. */
export interface FailureLimit {
  /** How long an address has to wait; 0 if it may try. */
  waitSeconds(address: string): Promise<number>;
  /** Counts a failure, and returns how long the address has to wait, 0 if it was not one too many. */
  record(address: string): Promise<number>;
}

/** What {@link createFailureLimit} needs. */
export interface FailureLimitOptions {
  /** After this many within a minute of the first, an address has to wait. */
  readonly maxFailures: number;
  /** Where they are counted; while it fails, each process counts its own. */
  readonly state: State;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Makes a limit on failures per minute, at all processes that share a state. */
export function createFailureLimit({ maxFailures, state, now }: FailureLimitOptions): FailureLimit {
  const own = createMemoryState({ maxEntries: MAX_ADDRESSES, now });
  const keyOf = (address: string) => `failures/${maxFailures}/${address}`;

  async function withState<T>(call: (state: State) => Promise<T>): Promise<T> {
    try {
      return await call(state);
    } catch (error) {
      if (!(error instanceof StateError)) throw error;
      return await call(own);
    }
  }

  async function count(state: State, address: string): Promise<number> {
    const { count, expiresInMs } = await state.increment(keyOf(address), { expiresInMs: MINUTE_MS });
    return count > maxFailures ? Math.max(1, Math.ceil(expiresInMs / 1000)) : 0;
  }

  return {
    waitSeconds: (address) =>
      withState(async (state) => {
        const failures = Number(await state.get(keyOf(address)) ?? 0);
        // One more makes no difference, and tells how long.
        return failures < maxFailures ? 0 : await count(state, address);
      }),
    record: (address) => withState((state) => count(state, address)),
  };
}

const MINUTE_MS = 60_000;
const MAX_ADDRESSES = 10_000;
