/** Whether to search for a secret. A shorter one is a placeholder, and part of many sentences. */
export function isLongEnough(secret: string): boolean {
  return secret.length >= 4;
}

/** Whether text contains one of these secrets, in any encoding in which they are sent. */
export function hasSecret(text: string, secrets: readonly string[]): boolean {
  return secrets.some((secret) => patternsOf(secret, text.length).some((pattern) => pattern.test(text)));
}

/**
 * A secret in the encodings of headers, forms, URLs, JSON, XML, Base64 and hexadecimal; also in several at once.
 *
 * @param length Of the text to search: no encoding is shorter than the secret, so that most searches end here.
 */
export function patternsOf(secret: string, length: number): RegExp[] {
  if (!isLongEnough(secret) || length < secret.length) return [];
  const bytes = new TextEncoder().encode(secret);
  const texts = [charactersOf(secret), ...base64Of(bytes), Array.from(bytes, anyCaseHex).join("")];
  return texts.map((text) => new RegExp(text, "g"));
}

function charactersOf(text: string): string {
  return Array.from(text, characterOf).join("");
}

/** A pattern for a character in any of these encodings, or in several at once. Letters and digits stay as they are. */
function characterOf(char: string): string {
  if (/[A-Za-z0-9]/.test(char)) return char;
  const code = char.codePointAt(0) ?? 0;
  const percent = Array.from(new TextEncoder().encode(char), (byte) => `%(?:25)*${anyCaseHex(byte)}`).join("");
  const units = Array.from({ length: char.length }, (_, index) => char.charCodeAt(index));
  const json = units.map((unit) => String.raw`\\{1,4}u${anyCaseHex(unit >> 8)}${anyCaseHex(unit & 255)}`).join("");
  const xml = `&(?:amp;)*(?:#0*${code}|#x0*${anyCaseHex(code)}|${XML_NAMES[char] ?? "#"});`;
  const raw = String.raw`\\{0,4}${char.replace(/[\\^$.*+?()[\]{}|/-]/, String.raw`\$&`)}`;
  return `(?:${raw}|${percent}|${json}|${xml}${char === " " ? String.raw`|\+` : ""})`;
}

const XML_NAMES: Readonly<Record<string, string>> = { "&": "amp", "<": "lt", ">": "gt", '"': "quot", "'": "apos" };

/** A byte as two hexadecimal digits, or a larger number as more, in either case. */
function anyCaseHex(number: number): string {
  const hex = number.toString(16).padStart(2, "0");
  return hex.replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);
}

/** The Base64 characters of bytes within longer ones, for each position and both alphabets. */
function base64Of(bytes: Uint8Array): string[] {
  return [0, 1, 2].map((offset) => {
    const binary = "\0".repeat(offset) + Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
    const whole = btoa(binary).replace(/=+$/, "");
    // The first and last characters may also have bits of the surrounding text.
    const inner = whole.slice(offset === 0 ? 0 : offset + 1, binary.length % 3 === 0 ? undefined : -1);
    return Array.from(inner, (char) => {
      const other = char === "+" ? "|-" : char === "/" ? "|_" : "";
      return other === "" ? char : `(?:${characterOf(char)}${other})`;
    }).join("");
  });
}
