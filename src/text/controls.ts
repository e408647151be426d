/**
 * Makes untrusted text safe for a console or a log: control and format characters, line and paragraph separators and
 * lone surrogates become escapes such as `\u001b`. The result has the same meaning in JSON.
 * https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing
 */
export function escapeControls(text: string): string {
  if (/^[ -~]*$/.test(text)) return text;
  return text.replace(CONTROLS, (character) => {
    const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
    return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
  });
}

/** The same for text that may be of any length, of which it keeps the beginning. */
export function escapeUpTo(text: string, maxCharacters: number): string {
  return escapeControls(text.slice(0, maxCharacters)).slice(0, maxCharacters);
}

/** All but the two joiners in emoji and in words of Persian and Hindi. */
const CONTROLS = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
