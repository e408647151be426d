import { ConfigError } from "../errors.ts";
import type { Actor } from "./access.ts";
import { createExpiringNames } from "./expiring_names.ts";
import { RequestRefusal } from "./failure.ts";
import { createTokenSigner } from "./signed_token.ts";
import { FILES_URL } from "./urls.ts";

/** Logs the operator in, by a link that works once, and remembers that with a signed cookie. */
export interface RootSession {
  /** `{id: "root"}` for requests with such a cookie. */
  authenticate(request: Request): Promise<Actor | null>;
  /** A path that logs in whoever opens it first, within a day and until the process ends. */
  createLoginPath(): Promise<string>;
  /**
   * Answers `GET /-/files/-/login` and `POST /-/files/-/logout`; `undefined` for anything else. The app calls it behind its own checks of
   * where a request comes from.
   */
  answer(request: Request): Promise<Response | undefined>;
}

/** Options of {@link createRootSession}. */
export interface RootSessionOptions {
  /** Signs cookies: with the same secret they outlive a restart. At least 32 characters, all random. */
  secret: string;
  /** The clock, in epoch milliseconds. Default `Date.now`. */
  now?: () => number;
}

/**
 * Makes what `createFilesApp` takes as `session`.
 *
 * @throws {ConfigError} If the secret is too short.
 *
 * @example
 * ```ts
 * import { createFilesApp, createRootSession } from "@files/s3-source/app";
 *
 * const session = createRootSession({ secret: crypto.randomUUID() + crypto.randomUUID() });
 * const app = createFilesApp({ sources: {}, session });
 * const login = await app(new Request(`http://localhost${await session.createLoginPath()}`));
 * console.assert(login.headers.has("set-cookie"));
 * ```
 */
export function createRootSession({ secret, now = Date.now }: RootSessionOptions): RootSession {
  assertSecret(secret);
  const tokens = createTokenSigner(secret, now);
  const [usedLinks, endedSessions] = [createExpiringNames(now), createExpiringNames(now)];
  // A link of an earlier process may have been used there.
  const process = crypto.randomUUID();

  /** The id of the session a request belongs to. */
  async function sessionOf({ headers }: Request): Promise<{ id: string; expiresMs: number } | undefined> {
    // Other applications of this host may have set cookies of the same name, for their own ports.
    for (const [, token = ""] of (headers.get("cookie") ?? "").matchAll(COOKIE)) {
      const content = await tokens.verify(token, "session");
      const id = String(content?.["id"]);
      if (content && !endedSessions.has(id)) return { id, expiresMs: content.expiresMs };
    }
    return undefined;
  }

  async function login(url: URL): Promise<Response> {
    const link = await tokens.verify(url.searchParams.get("token") ?? "", "login");
    const id = String(link?.["id"]);
    if (link === undefined || link["process"] !== process || usedLinks.has(id)) {
      throw new RequestRefusal(403, "This link has been used, or has expired. Start the app again for another one.");
    }
    usedLinks.add(id, link.expiresMs);
    const expiresMs = now() + SESSION_MS;
    const token = await tokens.sign({ purpose: "session", expiresMs, id: crypto.randomUUID() });
    const cookie = `${COOKIE_NAME}=${token}; Max-Age=${SESSION_MS / 1_000}; ${attributes(url)}`;
    return leadOn(cookie, "You are logged in.");
  }

  async function logout(request: Request, url: URL): Promise<Response> {
    const session = await sessionOf(request);
    if (session) endedSessions.add(session.id, session.expiresMs);
    return leadOn(`${COOKIE_NAME}=; Max-Age=0; ${attributes(url)}`, "You are logged out.");
  }

  return {
    authenticate: async (request) => await sessionOf(request) ? { id: "root" } : null,
    async createLoginPath() {
      const content = { purpose: "login", expiresMs: now() + LINK_MS, id: crypto.randomUUID(), process };
      return `${LOGIN_URL}?token=${await tokens.sign(content)}`;
    },
    async answer(request) {
      const url = new URL(request.url);
      if (request.method === "GET" && url.pathname === LOGIN_URL) return await login(url);
      if (request.method === "POST" && url.pathname === LOGOUT_URL) return await logout(request, url);
      return undefined;
    },
  };
}

/** @throws {ConfigError} If it can be guessed. */
export function assertSecret(secret: string): void {
  if (secret.length >= MIN_SECRET_LENGTH) return;
  throw new ConfigError(`Cannot sign with this secret: it has fewer than ${MIN_SECRET_LENGTH} characters`);
}

/** Where a page's form logs out. */
export const LOGOUT_URL = `${FILES_URL}/-/logout`;

const LOGIN_URL = `${FILES_URL}/-/login`;
const COOKIE_NAME = "files-session";
const COOKIE = new RegExp(`(?:^|;\\s*)${COOKIE_NAME}=([\\w.-]+)`, "g");
const MIN_SECRET_LENGTH = 32;
const SESSION_MS = 12 * 3_600_000;
const LINK_MS = 24 * 3_600_000;

function attributes({ protocol }: URL): string {
  return `Path=/; HttpOnly; SameSite=Strict${protocol === "https:" ? "; Secure" : ""}`;
}

/** Not a redirect: behind a link on another site, such as a terminal in a browser, it would go on without the strict cookie. */
function leadOn(cookie: string, sentence: string): Response {
  const html =
    `<!DOCTYPE html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="0;url=${FILES_URL}">` +
    `<title>${sentence}</title><p>${sentence} <a href="${FILES_URL}">Go on</a></p></html>`;
  const headers = {
    "content-type": "text/html; charset=utf-8",
    "referrer-policy": "no-referrer",
    "set-cookie": cookie,
  };
  return new Response(html, { headers });
}
