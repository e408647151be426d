import { withTimeLimit } from "../async/abort.ts";
import { valueThat } from "../options/checks.ts";
import { createMemoryState } from "./memory_state.ts";
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
export interface OpenStateOptions {
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Hears of each call whether it was answered. */
  readonly onAnswer?: ((isUp: boolean) => void) | undefined;
}

/**
 * An application's state, whose calls end within 2 s and fail with a {@link StateError} only; by default, one in
 * memory.
 */
export function openState(given: State | undefined, { now, onAnswer }: OpenStateOptions): State {
  if (given === undefined) return createMemoryState({ now });

  async function guard<T>(call: (state: State) => Promise<T>, state: State): Promise<T> {
    try {
      const answer = await withTimeLimit(
        LIMIT_MS,
        () => new StateError("The state does not answer"),
        () => call(state),
      );
      onAnswer?.(true);
      return answer;
    } catch (cause) {
      const error = cause instanceof StateError ? cause : new StateError(`The state failed: ${reasonOf(cause)}`);
      onAnswer?.(error.code === "StateFull");
      throw error;
    }
  }

  return {
    putIfAbsent: (key, value, options) => guard(async (state) => await state.putIfAbsent(key, value, options), given),
    get: (key) => guard(async (state) => await state.get(key), given),
    delete: (key) => guard(async (state) => await state.delete(key), given),
    increment: (key, options) => guard(async (state) => await state.increment(key, options), given),
  };
}

/** Its message may name what must not be shown to callers, but the operator needs it. */
function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : "it rejected with something other than an Error";
}

const LIMIT_MS = 2_000;
