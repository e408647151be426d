import type { Actor } from "../permissions/allow_rules.ts";
import { assertRequest } from "../../options/malformed_request.ts";
import { basePathOption } from "../../options/public_places.ts";
import { anything, clock, filledText, required } from "../../options/checks.ts";
import { type OptionTable, readOptions } from "../../options/option_table.ts";
import { createEndedSessions, type SessionId } from "./ended_sessions.ts";
import type { State } from "../../state/state.ts";
import { openState, stateOption } from "../../state/state_option.ts";
import { RequestRefusal } from "../failure.ts";
import { readCookies, SESSION_COOKIE, writeCookie } from "./session_cookie.ts";
import { createTokenSigner } from "../../tokens/signed_token.ts";
import { readSigningSecrets, type SigningSecret } from "../../tokens/signing_secret.ts";
import { FILES_URL } from "../urls.ts";

/**
 * Logs the operator in with a link that works once, and keeps the login in a sealed cookie.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { createRootSession } from "@files/s3-source/app";
 *
 * const session = createRootSession({ secret: crypto.randomUUID() + crypto.randomUUID() });
 * const link = `http://localhost${await session.createLoginPath()}`;
 * const login = await session.answer(new Request(link));
 * const [cookie = ""] = login?.headers.get("set-cookie")?.split(";") ?? [];
 * const actor = await session.authenticate(new Request("http://localhost/", { headers: { cookie } }));
 * assertEquals(actor, { id: "root" });
 * ```
 */
export interface RootSession {
  /** Returns `{id: "root"}` for requests with such a cookie. */
  authenticate(request: Request): Promise<Actor | null>;
  /** Creates a path that logs in the first to open it, for a day; without a `state`, also until the process ends. */
  createLoginPath(): Promise<string>;
  /**
   * Responds to `GET /-/files/-/login?token=…` and `POST /-/files/-/logout`; `undefined` for other requests. The app
   * calls it after checking where a request comes from.
   */
  answer(request: Request): Promise<Response | undefined>;
}

/** Options of {@link createRootSession}. */
export interface RootSessionOptions {
  /**
   * Seals cookies. With the same secret, logins stay valid after a restart. May be the same as {@link
   * FilesAppOptions.secret}.
   */
  secret: SigningSecret;
  /** Separates apps that share a secret: a login in one is invalid in another. Default: none. */
  deployment?: string | undefined;
  /** Where links are kept that were used, and logins that have ended. Default: in memory. */
  state?: State | undefined;
  /** That of the app; browsers then send cookies to it only. Default: none. */
  basePath?: string | undefined;
  /** The clock, in epoch milliseconds. Default `Date.now`. */
  now?: (() => number) | undefined;
}

const ROOT_SESSION_OPTIONS = {
  secret: required(anything),
  deployment: { ...filledText, default: "" },
  state: stateOption,
  basePath: { ...basePathOption, default: "" },
  now: clock,
} as const satisfies OptionTable<RootSessionOptions>;

/**
 * Creates a session for the option `session` of `createFilesApp`.
 *
 * @param options `secret` is required.
 * @throws {ConfigError} If an option is unknown or invalid, or the secret can be guessed.
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
export function createRootSession(options: RootSessionOptions): RootSession {
  const { secret, deployment, state: given, basePath, now } = readOptions(options, ROOT_SESSION_OPTIONS, {
    verb: "create the session",
  });
  const secrets = readSigningSecrets(secret);
  const tokens = createTokenSigner({ secrets, deployment, now });
  const state = openState(given, { secrets, deployment, now });
  const endedSessions = createEndedSessions(state, now);
  // Without a state of its own, a link of an earlier process may have been used already.
  const process = given === undefined ? crypto.randomUUID() : "any";

  /** The id of the session a request belongs to. */
  async function sessionOf(request: Request): Promise<SessionId | undefined> {
    const { headers, url } = request;
    for (const token of readCookies(headers, SESSION_COOKIE, { isSecure: isSecure(url), basePath })) {
      const content = await tokens.verify(token, "session");
      if (content === undefined) continue;
      const session = { id: String(content["id"]), expiresMs: content.expiresMs };
      if (!await endedSessions.hasEnded(session, request)) return session;
    }
    return undefined;
  }

  /** Whether a link was not used before. */
  function useLink(id: string, { expiresMs }: { readonly expiresMs: number }): Promise<boolean> {
    return state.putIfAbsent(`used_link/${id}`, "used", { expiresInMs: Math.max(1, expiresMs - now()) });
  }

  function cookie(url: URL, token: string, maxAgeSeconds: number): string {
    return writeCookie(SESSION_COOKIE, token, { isSecure: isSecure(url.href), basePath, maxAgeSeconds });
  }

  async function login(url: URL): Promise<Response> {
    const link = await tokens.verify(url.searchParams.get("token") ?? "", "login");
    const id = String(link?.["id"]);
    if (link === undefined || link["process"] !== process || !await useLink(id, link)) {
      throw new RequestRefusal(403, "This link has been used or has expired. Restart the app for a new one.");
    }
    const expiresMs = now() + SESSION_MS;
    const token = await tokens.sign({ purpose: "session", expiresMs, id: crypto.randomUUID() });
    // Not a redirect: after a link on another site, such as a terminal in a browser, that would be without the strict
    // cookie.
    return sessionPage(cookie(url, token, SESSION_MS / 1_000), "You are logged in.", { refresh: `0;url=${FILES_URL}` });
  }

  async function logout(request: Request, url: URL): Promise<Response> {
    const session = await sessionOf(request);
    if (session) await endedSessions.end(session);
    const more = given === undefined ? LOGGED_OUT_HERE : "";
    return sessionPage(cookie(url, "", 0), "You are logged out.", { more });
  }

  return {
    async authenticate(request) {
      assertRequest(request);
      return await sessionOf(request) ? { id: "root" } : null;
    },
    async createLoginPath() {
      const content = { purpose: "login", expiresMs: now() + LINK_MS, id: crypto.randomUUID(), process };
      return `${LOGIN_URL}?token=${await tokens.sign(content)}`;
    },
    async answer(request) {
      assertRequest(request);
      const url = new URL(request.url);
      if (request.method === "GET" && url.pathname === LOGIN_URL && url.searchParams.has("token")) {
        return await login(url);
      }
      if (request.method === "POST" && url.pathname === LOGOUT_URL) return await logout(request, url);
      return undefined;
    },
  };
}

/** The action of the form that logs out. */
export const LOGOUT_URL = `${FILES_URL}/-/logout`;

/** Where people log in. */
export const LOGIN_URL = `${FILES_URL}/-/login`;
const SESSION_MS = 12 * 3_600_000;
const LINK_MS = 24 * 3_600_000;

const isSecure = (url: string) => url.startsWith("https:");

/** Without a state of its own, only this process knows which sessions have ended. */
const LOGGED_OUT_HERE =
  "<p>This browser has forgotten the login, and this process no longer accepts it. If the app was started with its own " +
  "“secret”, a copy of the login’s cookie could still be used after a restart, or at another process with the same secret, " +
  "until 12 hours after the login. To end all logins at once, change the secret.</p>";

function sessionPage(
  cookie: string,
  sentence: string,
  { refresh, more = "" }: { readonly refresh?: string; readonly more?: string },
): Response {
  const html = `<!DOCTYPE html><html lang="en"><meta charset="utf-8">` +
    `<title>${sentence}</title><p>${sentence} <a href="${FILES_URL}">Continue to the files</a></p>${more}</html>`;
  const headers = {
    "content-type": "text/html; charset=utf-8",
    "referrer-policy": "no-referrer",
    "set-cookie": cookie,
    ...refresh !== undefined && { refresh },
  };
  return new Response(html, { headers });
}
