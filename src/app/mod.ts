/**
 * The files app: pages and JSON over any number of sources, as one function from a request to its answer.
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
import { answerFailure } from "./failure_response.ts";
import { isHostList, isLimit, isSession, isSources, isTimer } from "./options.ts";
import { withTimeLimits } from "./files/bounded_source.ts";
import { addApiRoutes } from "./api/route.ts";
import { API_ROUTES } from "./api/routes.ts";
import { identify } from "./session/actor.ts";
import { type Actor, createAccess, type Permissions } from "./permissions/allow_rules.ts";
import type { AppContext, AppEnv, UploadLimits } from "./context.ts";
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

/** What {@link createFilesApp} shows, and to whom. */
export interface FilesAppOptions {
  /** Sources by the name they have in URLs. */
  sources: Readonly<Record<string, S3Source>>;
  /** Who may do what; what is not granted is denied. Default: nobody may do anything. */
  permissions?: Permissions;
  /**
   * Names whoever makes a request, from a session cookie or what a proxy adds; `null` or `undefined` if nobody is known. It must not
   * believe headers that a client could have sent itself. If it fails, or returns what is no actor, the request is answered with 500, and
   * `onError` receives why. Default: nobody is known.
   */
  authenticate?: (request: Request) => Actor | null | undefined | Promise<Actor | null | undefined>;
  /** Lets the operator log in, and do everything; in place of `authenticate`. Default: none. */
  session?: RootSession;
  /**
   * Seals what clients bring back, such as upload tokens. With the same secret they outlive a restart. At least 32 characters, all random,
   * as the command `secret` makes them. To replace one, give both for a day: `[new, former]`. Default: made anew each time.
   */
  secret?: SigningSecret;
  /** Tells apart apps that share a secret: the tokens of one are worth nothing in another. Default: the names of the sources. */
  deployment?: string;
  /** Stands in the top bar of every page. Default `"Files"`. */
  title?: string;
  /** Host names under which the app may be reached, besides those of the loopback interface. Default: none. */
  allowedHosts?: readonly string[];
  /** The largest body of a request, in bytes. Default: as large as a file may be. */
  maxUploadBytes?: number;
  /**
   * How much of all requests' bodies may be in memory at a time, in bytes; what would be more is answered with 503. A file that is stored as
   * it arrives counts with 40 MiB at most. At least 64 MiB, which is the largest part that goes through the app. Default 512 MiB.
   */
  maxBufferedBytes?: number;
  /** The most files in one form. Default 1,000. */
  maxFilesPerUpload?: number;
  /** How long a body that is being sent may pause, in milliseconds. Default 30,000. */
  uploadIdleMs?: number;
  /** How long a body may take in all, in milliseconds. Default 4 hours. */
  uploadTotalMs?: number;
  /** The clock for "3 hours ago", in epoch milliseconds. Default `Date.now`. */
  now?: () => number;
  /** Receives what failed for a reason that the answer does not tell; for logs. `path` is without the query. */
  onError?: (error: unknown, request: { method: string; path: string }) => void;
}

/**
 * Creates the files app. It keeps nothing itself: what it shows is what the sources hold.
 *
 * @throws {ConfigError} Naming the option that is unknown or cannot be used: a source that is none or whose name cannot be part of a URL,
 * a permission that does not exist, a secret that can be guessed.
 */
export function createFilesApp(options: FilesAppOptions): (request: Request) => Promise<Response> {
  assertOptionsOf<FilesAppOptions>("create the files app", options, { checks: CHECKS, required: ["sources"] });
  const { sources, title = "Files", allowedHosts = [], now = Date.now, onError } = options;
  const { permissions = {}, session, deployment = Object.keys(sources).toSorted().join("\n") } = options;
  const secrets = readSigningSecrets(options.secret === undefined ? randomSecret() : options.secret);
  if (session && options.authenticate) {
    throw new ConfigError('Cannot use both "session" and "authenticate": each of them says who makes a request');
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
    // Nobody but the operator has a session.
    access: session ? { allows: (actor, ...rest) => actor !== null || granted.allows(actor, ...rest) } : granted,
    tokens: createTokenSigner({ secrets, deployment, now }),
    grants,
    limits: limitsOf(options),
    held,
    origins: createStoreOrigins(now),
    hasSession: session !== undefined,
    uploads: createUploadLedger(now),
    title,
    now,
  };
  const app = new Hono<AppEnv>();
  app.use(async (c, next) => {
    try {
      await next();
    } finally {
      held.release(c.req.raw);
    }
  });
  app.use(setSecurityHeaders(context), refuseForeignRequests(allowedHosts), async (c, next) => {
    const answered = await session?.answer(c.req.raw);
    if (answered) return answered;
    c.set("actor", await identify(authenticate, c.req.raw));
    return await next();
  });
  app.use(probeCapabilities(context));
  addApiRoutes(app, context, API_ROUTES);
  staticRoutes(app);
  pageRoutes(app, context);
  app.notFound((c) => answerFailure(c, context, { status: 404, message: "There is no such page." }));
  app.onError((error, c) => {
    const failure = failureOf(error);
    const { method, path, raw: { signal } } = c.req;
    if (needsLog(error, failure) && !signal.aborted) onError?.(error, { method, path });
    return answerFailure(c, context, failure);
  });
  // Deno makes the URL from the Host header, whatever that says.
  return async (request) => {
    assertRequest(request);
    return URL.canParse(request.url) ? await app.fetch(request) : new Response(null, { status: 400 });
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

function limitsOf(
  { maxUploadBytes = Infinity, maxFilesPerUpload = 1_000, uploadIdleMs = 30_000, uploadTotalMs = 4 * 3_600_000 }:
    FilesAppOptions,
): UploadLimits {
  return { maxBytes: maxUploadBytes, maxFiles: maxFilesPerUpload, idleMs: uploadIdleMs, totalMs: uploadTotalMs };
}

export { createRootSession, type RootSession, type RootSessionOptions } from "./session/session.ts";
export type { SigningSecret } from "./session/signing_secret.ts";
export type { Actor, AllowRule, FileAction, Permissions } from "./permissions/allow_rules.ts";
