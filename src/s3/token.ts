import type { Credentials } from "../types/config.ts";
import { hasSecret } from "../text/secret_patterns.ts";

/** A code or id in the usual form; `undefined` for anything else, which is not shown. */
export function readToken(text: string | null | undefined): string | undefined {
  return text && /^[\w.:/+=-]{1,128}$/.test(text) ? text : undefined;
}

/** A code or id, unless it contains a key. */
export function unlessKey(token: string | undefined, credentials: Credentials): string | undefined {
  const { secretAccessKey, sessionToken = secretAccessKey } = credentials;
  return token !== undefined && hasSecret(token, [secretAccessKey, sessionToken]) ? undefined : token;
}
