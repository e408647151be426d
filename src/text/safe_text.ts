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
 * Removes secrets from untrusted text: the given ones in any encoding in which they are sent, all of URLs but the host,
 * as queries may be signed, and everything that looks like `Authorization` or a signature. Names of headers and
 * algorithms in sentences stay. Control characters are escaped.
 */
export function safeText(text: string, secrets: readonly (string | undefined)[] = []): string {
  let safe = beginningOf(text);
  for (const form of new Set(secrets.flatMap((secret = "") => formsOf(secret)))) safe = safe.replaceAll(form, HIDDEN);
  for (const [pattern, replacement] of UNSAFE) safe = safe.replace(pattern, replacement);
  safe = safe.replace(/\b[a-z][a-z0-9+.-]{0,30}:(?:\\?\/){2}[^\s"'()<>]+/gi, hostOnly);
  return escapeControls(safe);
}

const HIDDEN = "[secret]";

/** Between a name and its value; `\"` is JSON in JSON. A comma only between quotes: names may be a list, too. */
const IS = String.raw`(?:(?:\\?["'])?\s*(?:[:=]|%3[ad])|\\?["']\s*,)\s*(?:\\?["'])?`;

const UNSAFE: readonly (readonly [RegExp, string])[] = [
  // A string to sign, a canonical request or an Authorization, with all that follows; not the algorithm's name alone.
  [/\bAWS4-[\w-]*(?=[^\w.-]*(?:credential\b|\d{8}|[&%=:\\\n])).*/is, HIDDEN],
  [new RegExp(String.raw`\b(authorization${IS}).*`, "is"), `$1${HIDDEN}`],
  // Not "Basic authentication".
  [/\b(bearer|basic)\s+(?!authenticat|authoriz|credential)[\w.~+/=-]{8,}/gi, `$1 ${HIDDEN}`],
  [
    new RegExp(String.raw`\b(x-amz-(?:signature|security-token|credential)${IS})[^\s"'&,;<>\\]+`, "gi"),
    `$1${HIDDEN}`,
  ],
  [/\b((?:signature|credential)(?:=|%3d))[^\s"'&,;<>\\]+/gi, `$1${HIDDEN}`],
  // Not "Invalid signature: expected …".
  [new RegExp(String.raw`\b((?:signature|credential)${IS})[\w+/=%.-]{16,}`, "gi"), `$1${HIDDEN}`],
];

/** `https://host:1/…`, without user name, path, query and fragment. */
function hostOnly(url: string): string {
  const [, text = "", end = ""] = /^(.*?)([.,;:!?]*)$/s.exec(url) ?? [];
  const [, scheme = "", authority = "", rest = ""] = /^([^:]+):(?:\\?\/){2}([^/?#\\]*)(.*)$/s.exec(text) ?? [];
  const host = authority.slice(authority.lastIndexOf("@") + 1);
  if (!/^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d+)?$/i.test(host)) return `URL${end}`;
  return `${scheme}://${host}${/[^/\\]/.test(rest) ? "/…" : ""}${end}`;
}

/** The same, cut to a number of characters. */
export function shortSafeText(
  text: string,
  secrets: readonly (string | undefined)[],
  maxLength = MAX_SHORT_LENGTH,
): string {
  const safe = safeText(text.trim(), secrets).trim();
  return safe.length <= maxLength ? safe : `${safe.slice(0, maxLength - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}

const MAX_SHORT_LENGTH = 300;

/** Cuts between words, as half a secret would not be found. */
function beginningOf(text: string): string {
  return text.length <= MAX_LENGTH ? text : text.slice(0, Math.max(0, text.lastIndexOf(" ", MAX_LENGTH)));
}

const MAX_LENGTH = 4_096;

/** Whether to search for a secret. A shorter one is a placeholder, and part of many sentences. */
export function isLongEnough(secret: string): boolean {
  return secret.length >= 4;
}

/** Whether text contains one of these secrets, in any encoding in which they are sent. */
export function hasSecret(text: string, secrets: readonly string[]): boolean {
  // No encoding is shorter. Request ids, which are checked often, end here.
  return secrets.some((secret) => text.length >= secret.length && formsOf(secret).some((form) => text.includes(form)));
}

/** A secret in the encodings of headers, forms, URLs, JSON and Base64. */
function formsOf(secret: string): string[] {
  if (!isLongEnough(secret)) return [];
  const wellFormed = secret.toWellFormed();
  const percent = encodeURIComponent(wellFormed);
  const strict = percent.replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
  const form = new URLSearchParams({ s: secret }).toString().slice("s=".length);
  const json = JSON.stringify(secret).slice(1, -1);
  // As .NET and Go write JSON, and PHP.
  const escaped = json.replace(/[&<>'`+]/g, (mark) => `\\u00${mark.charCodeAt(0).toString(16).toUpperCase()}`);
  const encoded = [percent, strict, form, encodeURIComponent(percent), escaped];
  const inLowerCase = encoded.map((text) =>
    text.replace(/%(?:25)?[0-9A-F]{2}|\\u00[0-9A-F]{2}/g, (octet) => octet.toLowerCase())
  );
  const texts = [secret, json, json.replaceAll("/", "\\/"), ...encoded, ...inLowerCase];
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
  if (typeof code === "string" && /^[A-Z][A-Z\d_]{0,63}$/.test(code) && safe(code) === code) {
    Object.assign(copy, { code });
  }
  if (error.cause !== undefined && depth < MAX_DEPTH) copy.cause = inner(error.cause);
  return copy;
}

const cut = (text: string) => text.slice(0, MAX_MESSAGE_LENGTH);

const MAX_DEPTH = 8;
const MAX_ERRORS = 10;
const MAX_MESSAGE_LENGTH = 1_000;
