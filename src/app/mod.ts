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
import { guardCallback } from "../options/callback.ts";
import { assertRequest } from "../options/malformed_request.ts";
import { basePathOf, placeProblem } from "../options/public_places.ts";
import { optionRefusal, readOptions } from "../options/option_table.ts";
import { failureResponse } from "./failure_response.ts";
import { FILES_APP_OPTIONS, type FilesAppOptions } from "./options.ts";
import { withTimeLimits } from "./files/bounded_source.ts";
import { addApiRoutes } from "./api/route.ts";
import { API_ROUTES } from "./api/routes.ts";
import { createAccessTokens } from "./session/access_tokens.ts";
import { createLogin } from "./session/login.ts";
import { readLogin } from "./session/login_options.ts";
import { LOGIN_URL } from "./session/session.ts";
import { createAccess, createClaimTest } from "./permissions/allow_rules.ts";
import type { AppContext, AppEnv } from "./context.ts";
import { BROKEN_OFF, failureOf, isBrokenOff, needsLog } from "./failure.ts";
import { createGrantFacts } from "./permissions/known_grants.ts";
import { createHeldBytes } from "./held_bytes.ts";
import { identifyVisitor } from "./http/identify_visitor.ts";
import { probeCapabilities } from "./http/probe_capabilities.ts";
import { createArrivalReader } from "./http/arrival.ts";
import { recordRequests } from "./http/record_requests.ts";
import { createAppMetrics } from "./monitoring/app_metrics.ts";
import { createOperatorRoutes } from "./monitoring/operator_routes.ts";
import { createSourceProbes } from "./monitoring/source_probes.ts";
import { finishPages } from "./http/finish_page.ts";
import { FILES_URL, SHARED_URL } from "./urls.ts";
import { pageRoutes } from "./pages/routes.ts";
import { refuseForeignRequests, setSecurityHeaders } from "./http/security.ts";
import { createTokenSigner } from "../tokens/signed_token.ts";
import { randomSecret, readSigningSecrets } from "../tokens/signing_secret.ts";
import { staticRoutes } from "./pages/assets.ts";
import { openState, STATE_NEEDS_SECRET } from "../state/state_option.ts";
import { createSharedLinks } from "./session/shared_links.ts";
import { createStoreOrigins } from "./permissions/store_origins.ts";
import { createArchiveResults } from "./session/archive_results.ts";
import { createPersonLimit } from "./session/person_limit.ts";
import { createStaleUploads } from "./session/stale_uploads.ts";
import { createUploadLedger } from "./session/upload_ledger.ts";
import { watchGrants } from "./permissions/watch_grants.ts";

/**
 * Responds to a request.
 *
 * @param connection Says where the request comes from, for `trustedProxies` and logs: an address, or what `Deno.serve`
 * or `Bun.serve` passes to its handler. Default: nobody knows.
 */
export type FilesApp = (request: Request, connection?: unknown) => Promise<Response>;

/**
 * Creates the files app. It stores nothing itself; everything it shows comes from the sources.
 *
 * @param options The sources, who may do what, and how the app behaves.
 * @returns The app. Its second argument is the address of the connection's other end, or what `Deno.serve` passes,
 * which `login.header` needs.
 * @throws {ConfigError} If an option is unknown or invalid, such as a source whose name cannot be part of a URL, a
 * permission that does not exist, or a secret that can be guessed. The message names it.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { createS3Source } from "@files/s3-source";
 * import { createFilesApp } from "@files/s3-source/app";
 * import { createMemoryS3 } from "@files/s3-source/testing";
 *
 * const { config, fetch } = createMemoryS3();
 * const app = createFilesApp({
 *   sources: { media: createS3Source(config, { fetch }) },
 *   permissions: { "files-browse": true, "files-upload": { id: "alice" } },
 *   // Ask your login who has this cookie.
 *   authenticate: ({ headers }) => headers.get("cookie") === "session=alices" ? { id: "alice" } : null,
 *   title: "Our files",
 * });
 * const page = await app(new Request("http://localhost/-/files/source/media"));
 * assertEquals([page.status, (await page.text()).includes("Our files")], [200, true]);
 * ```
 */
export function createFilesApp(options: FilesAppOptions): FilesApp {
  const checked = readOptions(options, FILES_APP_OPTIONS, { verb: "create the files app" });
  const { sources, permissions, session, secret = randomSecret(), title, allowedHosts, now, onError } = checked;
  const { publicUrl, trustedProxies } = checked;
  const placeMistake = placeProblem(checked);
  if (placeMistake !== undefined) throw optionRefusal("basePath", placeMistake);
  const basePath = basePathOf(checked);
  const readArrival = createArrivalReader({ publicUrl, basePath, trustedProxies });
  const { deployment = Object.keys(sources).toSorted().join("\n") } = checked;
  const secrets = readSigningSecrets(secret);
  const settings = readLogin(checked.login ?? {});
  for (
    const [name, other] of Object.entries({ session, "login.oidc": settings.oidc, "login.header": settings.header })
  ) {
    if (other === undefined || checked.authenticate === undefined) continue;
    throw new ConfigError(`Cannot use both "${name}" and "authenticate": each identifies who makes a request`);
  }
  if (checked.state && checked.secret === undefined) throw new ConfigError(`Cannot use "state": ${STATE_NEEDS_SECRET}`);
  const held = createHeldBytes(checked.maxBufferedBytes, now);
  for (const option of ["descriptions", "downloads", "uploads"] as const) {
    const [stranger] = Object.keys(checked[option]).filter((name) => !Object.hasOwn(sources, name));
    if (stranger !== undefined) throw optionRefusal(option, `there is no source ${JSON.stringify(stranger)}`);
  }
  const downloads = (name: string) => checked.downloads[name] ?? "auto";
  const uploads = (name: string) => checked.uploads[name] ?? downloads(name);
  const access = createAccess(permissions, Object.keys(sources));
  const tokens = createTokenSigner({ secrets, deployment, now });
  const metrics = createAppMetrics({ hasState: checked.state !== undefined });
  const state = openState(checked.state, { secrets, deployment, now, onAnswer: metrics.onStateAnswer });
  const login = createLogin(settings, {
    ...{ tokens, state, now },
    needsGroup: createClaimTest([...access.rules.map(({ rule }) => rule), settings.tokens?.allow ?? false], "groups"),
    onFailure: (reason) => onError?.(new Error(reason), { method: "GET", path: LOGIN_URL }),
  });
  const accessTokens = settings.tokens && createAccessTokens({
    ...settings.tokens,
    areForgotten: checked.state === undefined,
    hasOperator: session !== undefined,
    ...{ state, now },
  });
  const links = createSharedLinks({
    ...{ tokens, state, access },
    hasOperator: session !== undefined,
    isForgetful: checked.state === undefined,
  });
  const grants = createGrantFacts(now);
  const context: AppContext = {
    sources: new Map(
      Object.entries(sources).map(([name, source]) => [
        name,
        watchGrants({ name, source: withTimeLimits(source) }, grants),
      ]),
    ),
    access,
    tokens,
    login,
    accessTokens,
    links,
    grants,
    limits: {
      maxBytes: checked.maxUploadBytes,
      maxFiles: checked.maxFilesPerUpload,
      idleMs: checked.uploadIdleMs,
      totalMs: checked.uploadTotalMs,
    },
    held,
    metrics,
    origins: createStoreOrigins({
      isHidden: (name) => downloads(name) === "proxied" && uploads(name) === "proxied",
      now,
    }),
    uploads: createUploadLedger({
      state,
      maxOfPerson: checked.maxUploadsPerPerson,
      maxMs: checked.uploadTotalMs,
      now,
    }),
    staleUploads: createStaleUploads(now),
    searches: createPersonLimit({
      state,
      kind: "search",
      most: checked.maxSearchesPerPerson,
      refusal: "Too many of your searches are running. Wait for one of them.",
    }),
    archives: createPersonLimit({
      state,
      kind: "archive",
      most: MAX_ARCHIVES_PER_PERSON,
      refusal: "Too many of your folders are being downloaded. Wait for one of them.",
    }),
    archiveResults: createArchiveResults(state),
    descriptions: checked.descriptions,
    title,
    transfers: { downloads, uploads },
    filesUrl: basePath + FILES_URL,
    now,
  };
  const app = new Hono<AppEnv>();
  const hosts = publicUrl === undefined ? allowedHosts : [...allowedHosts, new URL(publicUrl).hostname];
  app.use(
    recordRequests({
      metrics,
      isSource: (name) => context.sources.has(name),
      onAudit: guardCallback(checked.onAudit),
    }),
  );
  const probe = createSourceProbes(context.sources, now);
  const operatorRoutes = createOperatorRoutes({ metrics, metricsFrom: checked.metricsFrom, probe });
  for (const [path, answer] of Object.entries(operatorRoutes)) app.get(path, (c) => answer(c.req.raw, c.env));
  app.use(
    finishPages(basePath),
    setSecurityHeaders(context),
    refuseForeignRequests(hosts),
    identifyVisitor(context, { session, authenticate: checked.authenticate }),
    probeCapabilities(context),
  );
  addApiRoutes(app, context, API_ROUTES);
  staticRoutes(app);
  pageRoutes(app, context);
  app.notFound((c) => failureResponse(c, context, { status: 404, message: "There is no such page." }));
  app.onError((error, c) => {
    const { method, path, raw: { signal } } = c.req;
    const failure = failureOf(isBrokenOff(error, signal) ? BROKEN_OFF : error);
    if (needsLog(error, failure) && !signal.aborted) {
      // The rest of such a path is the link itself.
      const logged = path.startsWith(`${SHARED_URL}/`) ? SHARED_URL : path;
      onError?.(error, { method, path: logged, requestId: c.get("requestId") });
    }
    return failureResponse(c, context, failure);
  });
  // Deno builds the URL from the Host header, even if that is invalid.
  return async (given, connection) => {
    assertRequest(given);
    if (!URL.canParse(given.url)) return new Response(null, { status: 400 });
    const { request, arrival } = readArrival(given, connection);
    try {
      return await app.fetch(request, arrival);
    } finally {
      held.release(request);
    }
  };
}

/** Each holds a connection to the store, and a few megabytes. */
const MAX_ARCHIVES_PER_PERSON = 4;

export type { FilesAppOptions };
export { createRootSession, type RootSession, type RootSessionOptions } from "./session/session.ts";
export { createMemoryState, type MemoryStateOptions } from "../state/memory_state.ts";
export type { State, StateCount, StateEntryOptions } from "../state/state.ts";
export { StateError } from "../state/state_error.ts";
export type { AuditAction, AuditEntry } from "./audit.ts";
export type { ClaimNames } from "../options/app_options.ts";
export type { AccessTokenOptions, HeaderOptions, LoginOptions, OidcOptions } from "./session/login_options.ts";
export type { SigningSecret } from "../tokens/signing_secret.ts";
export type { Actor, AllowRule, FileAction, Permissions } from "./permissions/allow_rules.ts";
