/**
 * What others say (a store, a runtime, a function of the application's), as far as it is safe to show. Runtimes put the URL, and with it signed
 * queries, into their errors; stores repeat what was signed.
 *
 * @param secrets What the text must not repeat, in any encoding.
 * @returns At most 300 characters; nothing at all if it repeats a secret, or a part of a signed request.
 */
export function safeText(text: string, secrets: readonly string[]): string {
  const shown = text.replace(URLS, "URL");
  const isTelling = SIGNED.test(shown) || secrets.some((secret) => secret !== "" && repeats(shown, secret));
  return isTelling ? "" : shown.slice(0, MAX_LENGTH);
}

/** An error of somebody else's as the `cause` of one of ours: its name, and what is safe of its message and of its own cause. */
export function safeCause(error: unknown, secrets: readonly string[], depth = 1): Error {
  if (!(error instanceof Error)) return new Error(`${typeof error === "string" ? "a text" : typeof error} was thrown`);
  const cause = error.cause instanceof Error && depth > 0 ? safeCause(error.cause, secrets, depth - 1) : undefined;
  const safe = new Error(safeText(error.message, secrets), cause && { cause });
  safe.name = safeText(error.name, secrets);
  return safe;
}

const URLS = /\b[a-z][a-z0-9+.-]*:\/\/[^\s"'()<>]+/gi;
const SIGNED = /AWS4-HMAC|Signature=|X-Amz-(?!Request-Id)/i;
const MAX_LENGTH = 300;

/** Whether a text has a secret, as it is or as it is written in URLs, forms, JSON, XML and Base64. */
function repeats(text: string, secret: string): boolean {
  const form = new URLSearchParams({ secret }).toString().slice("secret=".length);
  const xml = secret.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  const written = [secret, form, encodeURIComponent(secret.toWellFormed()), JSON.stringify(secret).slice(1, -1), xml];
  const base64 = secret.length < 6 ? [] : [base64Of(secret)];
  return [...written, ...base64].some((variant) => text.includes(variant));
}

/** Without the end, which depends on what follows. */
function base64Of(text: string): string {
  const bytes = new TextEncoder().encode(text);
  const whole = btoa(String.fromCharCode(...bytes.subarray(0, 300)));
  return whole.replace(/=+$/, "").slice(0, -1);
}
