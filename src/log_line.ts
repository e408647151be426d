/**
 * Writes a log entry as one line of JSON. Texts are cut after 1,000 characters, and what a terminal would act on is escaped: control
 * characters, and marks that are invisible or change the direction of writing.
 */
export function logLine(entry: object): string {
  const json = JSON.stringify({ time: new Date(), ...entry }, (_, value) => {
    return typeof value === "string" && value.length > MAX_CHARACTERS ? `${value.slice(0, MAX_CHARACTERS)}…` : value;
  });
  return json.replace(UNSAFE, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

const MAX_CHARACTERS = 1_000;
/** `JSON.stringify` escapes those below U+0020. https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters */
const UNSAFE = /[\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;
