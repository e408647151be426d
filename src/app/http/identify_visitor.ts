import type { MiddlewareHandler } from "hono";
import { type AppContext, type AppEnv, type AppRequest, dropAction, noteAction } from "../context.ts";
import { identify } from "../session/actor.ts";
import type { IdentifiedRequest } from "../session/login.ts";
import type { RootSession } from "../session/session.ts";
import type { CookiePlace } from "../session/session_cookie.ts";
import { LOGIN_URL, LOGOUT_URL } from "../session/session.ts";
import { NOBODY, type Visitor } from "../session/visitor.ts";
import { FILES_URL } from "../urls.ts";

/** The ways in which visitors can be known. */
export interface Identities {
  readonly session: RootSession | undefined;
  /** The application's own. */
  readonly authenticate: ((request: Request) => unknown) | undefined;
}

/** Finds out who sends a request, and lets the operator in and out. */
export function identifyVisitor(context: AppContext, identities: Identities): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const visitor = await findVisitor(c, context, identities);
    const { method } = visitor.login ?? {};
    noteRootAction(c, visitor);
    // Whoever is logged in otherwise logs out elsewhere.
    const response = method === undefined || method === "root" || c.req.method === "GET"
      ? await identities.session?.answer(c.req.raw)
      : undefined;
    if (response) {
      noteAction(c, { actor: { id: "root" } });
      return response;
    }
    dropAction(c);
    c.set("visitor", visitor);
    return await next();
  };
}

/** The session answers these itself. */
function noteRootAction(c: AppRequest, { actor }: Visitor): void {
  const { method, path } = c.req;
  if (method === "GET" && path === LOGIN_URL) noteAction(c, { action: "login", login: "root" });
  if (method === "POST" && path === LOGOUT_URL && actor !== null) noteAction(c, { action: "logout", login: "root" });
}

async function findVisitor(
  c: AppRequest,
  context: AppContext,
  { session, authenticate }: Identities,
): Promise<Visitor> {
  const { login, accessTokens } = context;
  // A token counts alone: no cookie that a browser adds makes it mean more.
  const script = await accessTokens?.identify(c.req.raw.headers);
  if (script !== undefined) return script;
  const root = session && await identify(session.authenticate, c.req.raw);
  if (root) return { actor: root, login: { method: "root", label: "the operator's link", isOperator: true } };
  const person = await login.identify(identifiedRequest(c, context));
  if (person !== undefined) return person;
  const actor = authenticate === undefined ? null : await identify(authenticate, c.req.raw);
  return actor ? { actor, login: { method: "own", label: "this site", isOperator: false } } : NOBODY;
}

/** The part of a request that says who sends it. */
export function identifiedRequest(c: AppRequest, context: AppContext): IdentifiedRequest {
  const { method, headers } = c.req.raw;
  return { method, headers, place: cookiePlace(c, context), peer: c.env.peer };
}

/** Where the cookies of a request's browser count. */
export function cookiePlace(c: AppRequest, { filesUrl }: AppContext): CookiePlace {
  return { isSecure: c.req.url.startsWith("https:"), basePath: filesUrl.slice(0, -FILES_URL.length) };
}
