import { escapeControls } from "../text/safe_text.ts";

/** What stops the command, in a sentence for whoever started it. */
export class CommandError extends Error {}

/** An error of somebody else's, on one line. */
export function describe(error: unknown): string {
  return escapeControls(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
}
