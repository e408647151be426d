/**
 * Makes untrusted text safe for a console or a log: control and format characters, line and paragraph separators and
 * lone surrogates become escapes such as `\u001b`. The result has the same meaning in JSON.
 * https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing
 */
export function escapeControls(text: string): string {
  return text.replace(CONTROLS, (character) => {
    const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
    return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
  });
}

/** All but the two joiners in emoji and in words of Persian and Hindi. */
const CONTROLS = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * Removes secrets from untrusted text: the given ones in any encoding in which they are sent, URLs, whose query may be
 * signed, and everything that looks like `Authorization` or a signature. Control characters are escaped.
 */
export function safeText(text: string, secrets: readonly (string | undefined)[] = []): string {
  let safe = beginningOf(text);
  for (const form of new Set(secrets.flatMap((secret = "") => formsOf(secret)))) safe = safe.replaceAll(form, HIDDEN);
  safe = safe
    .replace(/\b[a-z][a-z0-9+.-]{0,30}:\/\/[^\s"'()<>]+/gi, "URL")
    // A string to sign, a canonical request or an Authorization, with all that follows.
    .replace(/\bAWS4-HMAC.*/is, HIDDEN)
    .replace(/\b(authorization\b["']?\s*[:=,]\s*).*/is, `$1${HIDDEN}`)
    .replace(/\b(bearer|basic)\s+[\w.~+/=-]{8,}/gi, `$1 ${HIDDEN}`)
    .replace(
      /\b(x-amz-(?:signature|security-token|credential)|signature|credential)(["']?\s*[:=,]\s*["']?)[^\s"'&,;<>]+/gi,
      `$1$2${HIDDEN}`,
    );
  return escapeControls(safe);
}

const HIDDEN = "[secret]";

/** Cuts between words, as half a secret would not be found. */
function beginningOf(text: string): string {
  return text.length <= MAX_LENGTH ? text : text.slice(0, Math.max(0, text.lastIndexOf(" ", MAX_LENGTH)));
}

const MAX_LENGTH = 4_096;

/** Whether to search for a secret. A shorter one is a placeholder, and part of many sentences. */
export function isLongEnough(secret: string): boolean {
  return secret.length >= 4;
}

/** A secret in the encodings of headers, forms, URLs, JSON and Base64. */
function formsOf(secret: string): string[] {
  if (!isLongEnough(secret)) return [];
  const wellFormed = secret.toWellFormed();
  const percent = encodeURIComponent(wellFormed);
  const strict = percent.replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
  const form = new URLSearchParams({ s: secret }).toString().slice("s=".length);
  const encoded = [percent, strict, form];
  const inLowerCase = encoded.map((text) => text.replace(/%[0-9A-F]{2}/g, (octet) => octet.toLowerCase()));
  const texts = [secret, JSON.stringify(secret).slice(1, -1), ...encoded, ...inLowerCase];
  // The longest first, as the raw secret may be part of another form.
  return [...texts, ...base64Of(wellFormed)].toSorted((a, b) => b.length - a.length);
}

/** The Base64 characters of a text within a longer one, for each position and both alphabets. */
function base64Of(text: string): string[] {
  const bytes = new TextEncoder().encode(text);
  return [0, 1, 2].flatMap((offset) => {
    const binary = "\0".repeat(offset) + Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
    const whole = btoa(binary).replace(/=+$/, "");
    // The first and last characters may also have bits of the surrounding text.
    const inner = whole.slice(offset === 0 ? 0 : offset + 1, binary.length % 3 === 0 ? undefined : -1);
    return [inner, inner.replaceAll("+", "-").replaceAll("/", "_")];
  });
}

/**
 * A copy of an untrusted error and its causes, to be the `cause` of ours. It has their messages without secrets, but no
 * other properties, such as a request or a stack.
 */
export function safeCause(error: unknown, secrets: readonly (string | undefined)[]): Error {
  return copyError(error, (text) => safeText(text, secrets));
}

/** The same without the messages, which may quote the beginning of a key. */
export function wordlessCause(error: unknown): Error {
  return copyError(error, () => "the message is hidden, as it may quote credentials");
}

/** Whether a `cause` is safe to show: absent, or made here. */
export function isSafeCause(cause: unknown): boolean {
  return cause === undefined || copies.has(Object(cause));
}

const copies = new WeakSet<object>();

function copyError(error: unknown, safe: (text: string) => string, depth = 0): Error {
  const copy = errorLike(error, safe, depth);
  copies.add(copy);
  return copy;
}

/** Never throws, although reading a property and `instanceof` may. */
function errorLike(error: unknown, safe: (text: string) => string, depth: number): Error {
  try {
    if (error instanceof Error) return copyOf(error, safe, depth);
    return new Error(typeof error === "string" ? cut(safe(error)) : "something other than an Error was thrown");
  } catch {
    return new Error("an unreadable Error was thrown");
  }
}

function copyOf(error: Error, safe: (text: string) => string, depth: number): Error {
  const inner = (cause: unknown) => copyError(cause, safe, depth + 1);
  const message = cut(safe(String(error.message)));
  const copy = error instanceof AggregateError && depth < MAX_DEPTH
    ? new AggregateError(Array.from(error.errors).slice(0, MAX_ERRORS).map(inner), message)
    : new Error(message);
  const { name } = error;
  if (typeof name === "string" && /^[A-Za-z]{1,32}(?:Error|Exception)$/.test(name)) copy.name = name;
  const code = "code" in error ? error.code : undefined;
  if (typeof code === "string" && /^[A-Z_]{1,32}$/.test(code)) Object.assign(copy, { code });
  if (error.cause !== undefined && depth < MAX_DEPTH) copy.cause = inner(error.cause);
  return copy;
}

const cut = (text: string) => text.slice(0, MAX_MESSAGE_LENGTH);

const MAX_DEPTH = 8;
const MAX_ERRORS = 10;
const MAX_MESSAGE_LENGTH = 1_000;
