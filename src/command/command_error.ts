import { escapeControls } from "../text/safe_text.ts";

/** Ends the command with a message for the user. */
export class CommandError extends Error {}

/** An error of other code, on one line. */
export function describe(error: unknown): string {
  return escapeControls(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
}
