import type { MiddlewareHandler } from "hono";
import type { AppEnv, AppRequest } from "../context.ts";
import type { AccessTokens } from "../session/access_tokens.ts";
import { identify } from "../session/actor.ts";
import type { IdentifiedRequest, Login } from "../session/login.ts";
import type { RootSession } from "../session/session.ts";
import { NOBODY, type Visitor } from "../session/visitor.ts";

/** The ways in which visitors can be known. */
export interface Identities {
  readonly session: RootSession | undefined;
  readonly login: Login;
  readonly accessTokens: AccessTokens | undefined;
  /** The application's own. */
  readonly authenticate: ((request: Request) => unknown) | undefined;
}

/** Finds out who sends a request, and lets the operator in and out. */
export function identifyVisitor(identities: Identities): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const visitor = await findVisitor(c, identities);
    const { actor, login: { method } = {} } = visitor;
    // Whoever is logged in otherwise logs out elsewhere.
    const response = method === undefined || method === "root" || c.req.method === "GET"
      ? await identities.session?.answer(c.req.raw)
      : undefined;
    if (response) return response;
    c.set("actor", actor);
    c.set("visitor", visitor);
    return await next();
  };
}

async function findVisitor(
  c: AppRequest,
  { session, login, accessTokens, authenticate }: Identities,
): Promise<Visitor> {
  // A token counts alone: no cookie that a browser adds makes it mean more.
  const script = await accessTokens?.identify(c.req.raw.headers);
  if (script !== undefined) return script;
  const root = session && await identify(session.authenticate, c.req.raw);
  if (root) return { actor: root, login: { method: "root", label: "the operator's link", isOperator: true } };
  const person = await login.identify(identifiedRequest(c));
  if (person !== undefined) return person;
  const actor = authenticate === undefined ? null : await identify(authenticate, c.req.raw);
  return actor ? { actor, login: { method: "own", label: "this site", isOperator: false } } : NOBODY;
}

/** The part of a request that says who sends it. */
export function identifiedRequest(c: AppRequest): IdentifiedRequest {
  const { method, headers } = c.req.raw;
  return { method, headers, isSecure: isSecure(c), peer: c.env?.peer };
}

/** Whether the browser has used `https:`. */
export function isSecure(c: AppRequest): boolean {
  return c.req.url.startsWith("https:");
}

/** The address of the other end of a connection, as the caller or `Deno.serve` says; `undefined` if nobody does. */
export function peerOf(connection: unknown): string | undefined {
  if (typeof connection === "string") return connection;
  const address: unknown = connection instanceof Object ? Reflect.get(connection, "remoteAddr") : undefined;
  const hostname: unknown = address instanceof Object ? Reflect.get(address, "hostname") : undefined;
  return typeof hostname === "string" ? hostname : undefined;
}
