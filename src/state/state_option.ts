import { withTimeLimit } from "../async/abort.ts";
import { valueThat } from "../options/checks.ts";
import { createMemoryState } from "./memory_state.ts";
import { type SealOptions, sealState } from "./sealed_state.ts";
import type { State } from "./state.ts";
import { StateError } from "./state_error.ts";

/** An application's own state. */
export const stateOption = valueThat(
  "object",
  "a State, with putIfAbsent, get, delete and increment",
  (value) =>
    typeof value === "object" && value !== null && METHODS.every((name) => isFunction(Reflect.get(value, name))),
);

const METHODS = ["putIfAbsent", "get", "delete", "increment"];

function isFunction(value: unknown): boolean {
  return typeof value === "function";
}

/** What {@link openState} needs. */
export interface OpenStateOptions extends SealOptions {
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Hears of each call whether it was answered. */
  readonly onAnswer?: ((isUp: boolean) => void) | undefined;
}

/**
 * An application's state, which gets to see nothing, and whose calls end within 2 s and fail with a {@link StateError}
 * only; by default, one in memory.
 */
export function openState(given: State | undefined, { now, onAnswer, ...seal }: OpenStateOptions): State {
  if (given === undefined) return createMemoryState({ now });
  return sealState(guardState(given, onAnswer), seal);
}

function guardState(state: State, onAnswer?: (isUp: boolean) => void): State {
  async function guard<T>(call: () => Promise<T>): Promise<T> {
    try {
      const answer = await withTimeLimit(LIMIT_MS, () => new StateError("The state does not answer"), call);
      onAnswer?.(true);
      return answer;
    } catch (cause) {
      const error = cause instanceof StateError ? cause : new StateError(`The state failed: ${reasonOf(cause)}`);
      onAnswer?.(error.code === "StateFull");
      throw error;
    }
  }
  return {
    putIfAbsent: (key, value, options) => guard(async () => await state.putIfAbsent(key, value, options)),
    get: (key) => guard(async () => await state.get(key)),
    delete: (key) => guard(async () => await state.delete(key)),
    increment: (key, options) => guard(async () => await state.increment(key, options)),
  };
}

/** For the operator. */
function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : "it rejected with something other than an Error";
}

const LIMIT_MS = 2_000;
/** What is kept for others has to be read by them. */
export const STATE_NEEDS_SECRET = 'it needs "secret", the same in every process';
