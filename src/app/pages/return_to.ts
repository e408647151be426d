import { RequestRefusal } from "../failure.ts";
import { FILES_URL } from "../urls.ts";

/**
 * Reads which page a login leads back to.
 *
 * @param text From the query, so anyone may have written it.
 * @throws {RequestRefusal} If it is not a page of the app.
 */
export function readReturnTo(text: string | undefined): string {
  if (text === undefined || text.length > MAX_LENGTH) return FILES_URL;
  const url = text.startsWith("/") ? URL.parse(text, OWN_ORIGIN) : null;
  // After parsing, as “/\” and “/../” may lead elsewhere.
  const isOwn = url?.origin === OWN_ORIGIN && /^[/?#]|^$/.test(url.pathname.slice(FILES_URL.length)) &&
    url.pathname.startsWith(FILES_URL);
  if (isOwn) return url.pathname + url.search;
  throw new RequestRefusal(400, "A login leads back to a page of this app only.");
}

const OWN_ORIGIN = "https://app.invalid";
/** It becomes part of the URL at which the provider is asked. */
const MAX_LENGTH = 1_500;
