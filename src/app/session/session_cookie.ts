import { serialize } from "hono/utils/cookie";

/** How a cookie is set. */
export interface CookieOptions {
  /** Whether browsers reach the app by `https:`. */
  readonly isSecure: boolean;
  /** What precedes the app's paths, for cookies of this app only; empty if nothing does. */
  readonly basePath: string;
  /** 0 removes it. */
  readonly maxAgeSeconds: number;
  /** Whether links on other sites bring it along. Default `"Strict"`: they do not. */
  readonly sameSite?: "Lax" | "Strict";
}

/** The header that sets a cookie which scripts cannot read. */
export function writeCookie(
  name: string,
  value: string,
  { isSecure, basePath, maxAgeSeconds, sameSite = "Strict" }: CookieOptions,
): string {
  return serialize(fullName(name, { isSecure, basePath }), value, {
    path: basePath || "/",
    httpOnly: true,
    sameSite,
    secure: isSecure,
    maxAge: maxAgeSeconds,
  });
}

/**
 * The values of all cookies of a name, at most 50: applications on other ports of this host may have set some.
 */
export function readCookies(headers: Headers, name: string, options: CookiePlace): string[] {
  const wanted = `${fullName(name, options)}=`;
  const cookies = (headers.get("cookie") ?? "").split(";").map((cookie) => cookie.trim());
  return cookies.flatMap((cookie) => cookie.startsWith(wanted) ? [cookie.slice(wanted.length)] : [])
    .filter((value) => /^[\w.-]+$/.test(value)).slice(0, MAX_COOKIES);
}

/** The cookie of a login. */
export const SESSION_COOKIE = "files-session";

/** What the name of a cookie depends on. */
export type CookiePlace = Pick<CookieOptions, "isSecure" | "basePath">;

/**
 * Browsers accept `__Host-` only by https from the host itself, for all its paths; `__Secure-` only by https.
 * https://datatracker.ietf.org/doc/html/rfc6265bis#section-4.1.3
 */
function fullName(name: string, { isSecure, basePath }: CookiePlace): string {
  if (!isSecure) return name;
  return `${basePath === "" ? "__Host-" : "__Secure-"}${name}`;
}

/** How many of a name are read, as each is decrypted. */
const MAX_COOKIES = 50;
