import { escapeControls } from "../text/controls.ts";

/**
 * Formats a log entry as one line of JSON. Strings are cut after 1,000 characters. Characters that would confuse a
 * terminal are escaped: control characters, and marks that are invisible or change the text's direction.
 */
export function logLine(entry: object): string {
  const json = JSON.stringify({ time: new Date(), ...entry }, (_, value) => {
    return typeof value === "string" && value.length > MAX_CHARACTERS ? `${value.slice(0, MAX_CHARACTERS)}…` : value;
  });
  return escapeControls(json);
}

const MAX_CHARACTERS = 1_000;
