import { escapeControls } from "../text/controls.ts";

/**
 * What processes must know of each other cannot be read or kept at the moment: the state cannot be reached, does not
 * answer in time, or is full. What needed it has changed nothing.
 */
export class StateError extends Error {
  /** The class's name. */
  override get name(): "StateError" {
    return "StateError";
  }
  /** `"StateUnavailable"`, or `"StateFull"`. */
  readonly code: "StateUnavailable" | "StateFull";

  /** Creates an error. */
  constructor(message: string, options: { code?: "StateUnavailable" | "StateFull"; cause?: unknown } = {}) {
    super(escapeControls(message), options.cause === undefined ? undefined : { cause: options.cause });
    this.code = options.code ?? "StateUnavailable";
  }
}
