import { escapeControls } from "../text/safe_text.ts";

/**
 * Writes a log entry as one line of JSON. Texts are cut after 1,000 characters, and what a terminal would act on is escaped: control
 * characters, and marks that are invisible or change the direction of writing.
 */
export function logLine(entry: object): string {
  const json = JSON.stringify({ time: new Date(), ...entry }, (_, value) => {
    return typeof value === "string" && value.length > MAX_CHARACTERS ? `${value.slice(0, MAX_CHARACTERS)}…` : value;
  });
  return escapeControls(json);
}

const MAX_CHARACTERS = 1_000;
