/**
 * The files app: pages and a JSON API for any number of sources, as one function from a request to its response.
 *
 * @example
 * ```ts
 * import { createS3Source } from "@files/s3-source";
 * import { createFilesApp } from "@files/s3-source/app";
 *
 * const media = createS3Source({ bucket: "media", region: "eu-west-1" });
 * const app = createFilesApp({ sources: { media }, permissions: { "files-browse": true } });
 * const response = await app(new Request("http://localhost/-/files/sources.json"));
 * console.log(response.status, await response.json());
 * ```
 *
 * @module
 */
import { Hono } from "hono";
import { ConfigError } from "../errors.ts";
import { assertRequest } from "../options/malformed_request.ts";
import { anything, assertOptionsOf, callable, type Checks, filledText, whole } from "../options/checks.ts";
import type { S3Source } from "../types/source.ts";
import { failureResponse } from "./failure_response.ts";
import { isHostList, isLimit, isSession, isSources, isTimer } from "./options.ts";
import { withTimeLimits } from "./files/bounded_source.ts";
import { addApiRoutes } from "./api/route.ts";
import { API_ROUTES } from "./api/routes.ts";
import { identify } from "./session/actor.ts";
import { type Actor, createAccess, type Permissions } from "./permissions/allow_rules.ts";
import type { AppContext, AppEnv } from "./context.ts";
import { failureOf, needsLog } from "./failure.ts";
import { createGrantFacts } from "./permissions/known_grants.ts";
import { createHeldBytes } from "./held_bytes.ts";
import { probeCapabilities } from "./http/probe_capabilities.ts";
import { pageRoutes } from "./pages/routes.ts";
import { refuseForeignRequests, setSecurityHeaders } from "./http/security.ts";
import type { RootSession } from "./session/session.ts";
import { createTokenSigner } from "./session/signed_token.ts";
import { randomSecret, readSigningSecrets, type SigningSecret } from "./session/signing_secret.ts";
import { staticRoutes } from "./pages/assets.ts";
import { createStoreOrigins } from "./permissions/store_origins.ts";
import { createUploadLedger } from "./session/upload_ledger.ts";
import { watchGrants } from "./permissions/watch_grants.ts";

/** Options of {@link createFilesApp}. */
export interface FilesAppOptions {
  /** Sources by their names in URLs. */
  sources: Readonly<Record<string, S3Source>>;
  /** Who may do what. Whatever is not granted is denied. Default: nothing is granted. */
  permissions?: Permissions;
  /**
   * Identifies who makes a request, by a session cookie or a header that a proxy adds; `null` or `undefined` for nobody. It must not trust
   * headers that a client can set itself. If it throws, or returns anything but an actor, the response is a 500, and `onError` receives the
   * reason. Default: nobody is identified.
   */
  authenticate?: (request: Request) => Actor | null | undefined | Promise<Actor | null | undefined>;
  /** Lets the operator log in and do everything; instead of `authenticate`. Default: none. */
  session?: RootSession;
  /**
   * Seals what clients send back, such as upload tokens. With the same secret, these stay valid after a restart. At least 32 random
   * characters, as the command `secret` generates. To replace a secret, pass both for a day: `[new, former]`. Default: a new one for each
   * app.
   */
  secret?: SigningSecret;
  /** Separates apps that share a secret: tokens of one are invalid in another. Default: the names of the sources. */
  deployment?: string;
  /** Shown in the top bar of every page. Default `"Files"`. */
  title?: string;
  /** Host names at which the app may be reached, besides those of the loopback interface. Default: none. */
  allowedHosts?: readonly string[];
  /** The largest body of a request, in bytes. Default: as large as a file may be. */
  maxUploadBytes?: number;
  /**
   * How many bytes of all request bodies may be in memory at a time; requests beyond that get a 503. A file that is stored as it arrives
   * counts as 40 MiB at most. At least 64 MiB, the largest part that goes through the app. Default 512 MiB.
   */
  maxBufferedBytes?: number;
  /** The most files in one form. Default 1,000. */
  maxFilesPerUpload?: number;
  /** How long a body may pause while it is being sent, in milliseconds. Default 30,000. */
  uploadIdleMs?: number;
  /** How long a body may take in total, in milliseconds. Default 4 hours. */
  uploadTotalMs?: number;
  /** The clock for "3 hours ago", in epoch milliseconds. Default `Date.now`. */
  now?: () => number;
  /** Receives errors whose reason is not in the response, for logs. `path` has no query. */
  onError?: (error: unknown, request: { method: string; path: string }) => void;
}

/**
 * Creates the files app. It stores nothing itself; everything it shows comes from the sources.
 *
 * @throws {ConfigError} If an option is unknown or invalid, such as a source whose name cannot be part of a URL, a permission that does not
 * exist, or a secret that can be guessed. The message names it.
 */
export function createFilesApp(options: FilesAppOptions): (request: Request) => Promise<Response> {
  assertOptionsOf<FilesAppOptions>("create the files app", options, { checks: CHECKS, required: ["sources"] });
  const { sources, title = "Files", allowedHosts = [], now = Date.now, onError } = options;
  const { permissions = {}, session, deployment = Object.keys(sources).toSorted().join("\n") } = options;
  const secrets = readSigningSecrets(options.secret === undefined ? randomSecret() : options.secret);
  if (session && options.authenticate) {
    throw new ConfigError('Cannot use both "session" and "authenticate": each identifies who makes a request');
  }
  const authenticate = session?.authenticate ?? options.authenticate ?? (() => null);
  const held = createHeldBytes(options.maxBufferedBytes ?? 512 * 1024 ** 2);
  const granted = createAccess(permissions, Object.keys(sources));
  const grants = createGrantFacts(now);
  const context: AppContext = {
    sources: new Map(
      Object.entries(sources).map(([name, source]) => [
        name,
        watchGrants({ name, source: withTimeLimits(source) }, grants),
      ]),
    ),
    // Only the operator has a session.
    access: session ? { allows: (actor, ...rest) => actor !== null || granted.allows(actor, ...rest) } : granted,
    tokens: createTokenSigner({ secrets, deployment, now }),
    grants,
    limits: {
      maxBytes: options.maxUploadBytes ?? Infinity,
      maxFiles: options.maxFilesPerUpload ?? 1_000,
      idleMs: options.uploadIdleMs ?? 30_000,
      totalMs: options.uploadTotalMs ?? 4 * 3_600_000,
    },
    held,
    origins: createStoreOrigins(now),
    hasSession: session !== undefined,
    uploads: createUploadLedger(now),
    title,
    now,
  };
  const app = new Hono<AppEnv>();
  app.use(setSecurityHeaders(context), refuseForeignRequests(allowedHosts), async (c, next) => {
    const response = await session?.answer(c.req.raw);
    if (response) return response;
    c.set("actor", await identify(authenticate, c.req.raw));
    return await next();
  });
  app.use(probeCapabilities(context));
  addApiRoutes(app, context, API_ROUTES);
  staticRoutes(app);
  pageRoutes(app, context);
  app.notFound((c) => failureResponse(c, context, { status: 404, message: "There is no such page." }));
  app.onError((error, c) => {
    const failure = failureOf(error);
    const { method, path, raw: { signal } } = c.req;
    if (needsLog(error, failure) && !signal.aborted) onError?.(error, { method, path });
    return failureResponse(c, context, failure);
  });
  // Deno builds the URL from the Host header, even if that is invalid.
  return async (request) => {
    assertRequest(request);
    if (!URL.canParse(request.url)) return new Response(null, { status: 400 });
    try {
      return await app.fetch(request);
    } finally {
      held.release(request);
    }
  };
}

const CHECKS: Checks<FilesAppOptions> = {
  sources: isSources,
  permissions: anything,
  authenticate: callable,
  session: isSession,
  secret: anything,
  deployment: filledText,
  title: filledText,
  allowedHosts: isHostList,
  maxUploadBytes: isLimit,
  // At least the largest part that is held.
  maxBufferedBytes: whole(64 * 1024 ** 2),
  maxFilesPerUpload: whole(1),
  uploadIdleMs: isTimer,
  uploadTotalMs: whole(1),
  now: callable,
  onError: callable,
};

export { createRootSession, type RootSession, type RootSessionOptions } from "./session/session.ts";
export type { SigningSecret } from "./session/signing_secret.ts";
export type { Actor, AllowRule, FileAction, Permissions } from "./permissions/allow_rules.ts";
