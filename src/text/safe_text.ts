/**
 * A text of others, as it can be shown on a console or in a log: control characters, line and paragraph separators, lone
 * surrogates, and marks that change the direction of what follows stand as escapes such as `\u001b`. In JSON it stays the same.
 * https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing
 */
export function escapeControls(text: string): string {
  return text.replace(CONTROLS, (character) => {
    const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
    return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
  });
}

/** Two joiners are part of emoji, and of words in Persian and Hindi. */
const CONTROLS = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * A text of others without what must not be shown: these secrets in any encoding they are sent in, URLs, whose query
 * may be signed, and whatever looks like `Authorization` or a signature. Control characters are escaped.
 */
export function safeText(text: string, secrets: readonly (string | undefined)[] = []): string {
  let safe = beginningOf(text);
  for (const form of new Set(secrets.flatMap((secret = "") => formsOf(secret)))) safe = safe.replaceAll(form, HIDDEN);
  safe = safe
    .replace(/\b[a-z][a-z0-9+.-]{0,30}:\/\/[^\s"'()<>]+/gi, "URL")
    // A string to sign, a canonical request or an Authorization, of which nothing behind it is known to be harmless.
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

/** Of a text too long for a message, whole words: half a secret would not be found. */
function beginningOf(text: string): string {
  return text.length <= MAX_LENGTH ? text : text.slice(0, Math.max(0, text.lastIndexOf(" ", MAX_LENGTH)));
}

const MAX_LENGTH = 4_096;

/** Whether a secret can be looked for: a shorter one is a placeholder, and would be found in any sentence. */
export function isLongEnough(secret: string): boolean {
  return secret.length >= 4;
}

/** A secret as headers, forms, URLs, JSON and Base64 have it. */
function formsOf(secret: string): string[] {
  if (!isLongEnough(secret)) return [];
  const wellFormed = secret.toWellFormed();
  const percent = encodeURIComponent(wellFormed);
  const strict = percent.replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
  const form = new URLSearchParams({ s: secret }).toString().slice("s=".length);
  const encoded = [percent, strict, form];
  const inLowerCase = encoded.map((text) => text.replace(/%[0-9A-F]{2}/g, (octet) => octet.toLowerCase()));
  const texts = [secret, JSON.stringify(secret).slice(1, -1), ...encoded, ...inLowerCase];
  // The longest first: the raw secret may be a part of another form.
  return [...texts, ...base64Of(wellFormed)].toSorted((a, b) => b.length - a.length);
}

/** The characters that stand for all of a text in Base64, in both alphabets, wherever in a longer text it begins. */
function base64Of(text: string): string[] {
  const bytes = new TextEncoder().encode(text);
  return [0, 1, 2].flatMap((offset) => {
    const binary = "\0".repeat(offset) + Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
    const whole = btoa(binary).replace(/=+$/, "");
    // The first and the last characters may also stand for bits of what is around the text.
    const inner = whole.slice(offset === 0 ? 0 : offset + 1, binary.length % 3 === 0 ? undefined : -1);
    return [inner, inner.replaceAll("+", "-").replaceAll("/", "_")];
  });
}

/**
 * A failure of others as the `cause` of an error of ours: copies of the errors, with what their messages may say. Whatever
 * else they carry, such as a request or a stack, is left out.
 */
export function safeCause(error: unknown, secrets: readonly (string | undefined)[]): Error {
  return copyError(error, (text) => safeText(text, secrets));
}

/** The same without any of their texts, which may quote the beginning of a key: only what kinds of errors they are. */
export function wordlessCause(error: unknown): Error {
  return copyError(error, () => "its text is not shown, as it may quote credentials");
}

/** Whether an error that carries this cause may be shown with it. */
export function isSafeCause(cause: unknown): boolean {
  return cause === undefined || copies.has(Object(cause));
}

const copies = new WeakSet<object>();

function copyError(error: unknown, safe: (text: string) => string, depth = 0): Error {
  const copy = errorLike(error, safe, depth);
  copies.add(copy);
  return copy;
}

/** Whatever it is: reading a property of an error may fail as well, and so may asking whether it is one. */
function errorLike(error: unknown, safe: (text: string) => string, depth: number): Error {
  try {
    if (error instanceof Error) return copyOf(error, safe, depth);
    return new Error(typeof error === "string" ? cut(safe(error)) : "something other than an Error was thrown");
  } catch {
    return new Error("an Error was thrown that cannot be read");
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
