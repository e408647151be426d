import { escapeControls } from "./controls.ts";
import { patternsOf } from "./secret_patterns.ts";

/**
 * Removes secrets from untrusted text: the given ones in any encoding in which they are sent, all of URLs but the host,
 * as queries may be signed, and everything that looks like `Authorization` or a signature. Names of headers and
 * algorithms in sentences stay. Control characters are escaped.
 */
export function safeText(text: string, secrets: readonly (string | undefined)[] = []): string {
  return escapeControls(withoutSecrets(text, secrets));
}

function withoutSecrets(text: string, secrets: readonly (string | undefined)[]): string {
  let safe = beginningOf(text);
  for (const secret of secrets) {
    for (const pattern of patternsOf(secret ?? "", safe.length)) safe = safe.replace(pattern, HIDDEN);
  }
  for (const [pattern, replacement] of UNSAFE) safe = safe.replace(pattern, replacement);
  return safe.replace(/\b[a-z][a-z0-9+.-]{0,30}:(?:\\?\/){2}[^\s"'()<>]+/gi, hostOnly);
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

/** The same on one line, cut to a number of characters. */
export function shortSafeText(
  text: string,
  secrets: readonly (string | undefined)[],
  maxLength = MAX_SHORT_LENGTH,
): string {
  const safe = escapeControls(withoutSecrets(text.trim(), secrets).replace(/[\t-\r ]+/g, " ").trim());
  return safe.length <= maxLength ? safe : `${safe.slice(0, maxLength - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}

const MAX_SHORT_LENGTH = 300;

/** Cuts between words, as half a secret would not be found. */
function beginningOf(text: string): string {
  return text.length <= MAX_LENGTH ? text : text.slice(0, Math.max(0, text.lastIndexOf(" ", MAX_LENGTH)));
}

const MAX_LENGTH = 4_096;

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
