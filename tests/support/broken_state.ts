import type { State } from "../../src/state/state.ts";
import { StateError } from "../../src/state/state_error.ts";

/** A state that cannot be reached. */
export function brokenState(): State {
  const fail = () => Promise.reject(new StateError("Cannot reach the state at 127.0.0.1:6379: connection refused"));
  return { putIfAbsent: fail, get: fail, delete: fail, increment: fail };
}
