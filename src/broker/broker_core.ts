import { ConfigError } from "../errors.ts";
import { guardCallback } from "../options/callback.ts";
import { BROKER_CONFIG } from "../options/broker_tables.ts";
import { isInRanges } from "../options/address_range.ts";
import { assertRequest, findMalformed } from "../options/malformed_request.ts";
import { readOptions } from "../options/option_table.ts";
import { openState, STATE_NEEDS_SECRET } from "../state/state_option.ts";
import { readSigningSecrets } from "../tokens/signing_secret.ts";
import { createClock } from "../s3/clock.ts";
import { metricsResponse } from "../metrics/server_metrics.ts";
import { type BrokerMetrics, createBrokerMetrics } from "./broker_metrics.ts";
import { createBrokerState } from "./broker_state.ts";
import { type Caller, readCaller } from "./callers/caller_address.ts";
import { containerProtocol } from "./protocols/container.ts";
import { createFailureLimit } from "./callers/failure_limit.ts";
import { formProtocol } from "./protocols/form.ts";
import { createFoundTenants } from "./callers/found_tenants.ts";
import { createGrantHandler } from "./grant_handler.ts";
import { BROKER_OPTIONS, type BrokerOptions } from "./options.ts";
import { type Protocol, reply } from "./protocols/protocol.ts";
import { createReadiness } from "./readiness.ts";
import { createSharedKeys } from "./keys/shared_keys.ts";
import { createTenantGrants } from "./keys/tenant_grants.ts";
import { createTokenVerifier } from "./identities/token_verifier.ts";
import type { BrokerObserver } from "./types.ts";
import { describe, noKeys } from "./unavailable_keys.ts";
import { webIdentityProtocol } from "./protocols/web_identity.ts";

/** A broker whose configuration can change while it runs. */
export interface BrokerCore {
  /** Answers a request. */
  handle(request: Request): Promise<Response>;
  /**
   * Replaces the configuration at once; requests that are running keep the one with which they began, and get no keys
   * if those would now come from elsewhere. Keys stay cached for what has not changed. Failures stay counted, unless
   * their limit has changed.
   *
   * @param config As `BrokerConfig`.
   * @throws {ConfigError} If it cannot be used; the earlier one then stays.
   */
  reconfigure(config: object): void;
  /** What the broker counts; `onReload` is for a configuration that could not even be read. */
  readonly metrics: BrokerMetrics;
}

/** Creates a broker; `createBroker` returns its `handle`. */
export function createBrokerCore(options: BrokerOptions): BrokerCore {
  const { addressOf, log: givenLog, fetch, now: givenNow, failureDelayMs, findTenant, ...rest } = readOptions<
    BrokerOptions,
    typeof BROKER_OPTIONS
  >(options, BROKER_OPTIONS, { verb: "create the broker", yamlOptions: BROKER_CONFIG });
  const { state: givenState, secret, ...given } = rest;
  const now = createClock(givenNow).uncorrected;
  if (givenState && secret === undefined) throw new ConfigError(`Cannot use "state": ${STATE_NEEDS_SECRET}`);
  const metrics = createBrokerMetrics({
    expirations: () => grants.expirations(),
    hasState: givenState !== undefined,
  });
  const shared = openState(givenState, {
    onAnswer: metrics.onStateAnswer,
    secrets: secret === undefined ? [] : readSigningSecrets(secret),
    deployment: "broker",
    now,
  });
  const log = guardCallback(givenLog) ?? (() => {});
  const observer: BrokerObserver = { ...metrics, onWarning: (reason) => log({ type: "warning", reason }) };
  const deps = { fetch, now, observer, needsTenants: findTenant === undefined };
  let state = createBrokerState(given, deps);
  const verifier = createTokenVerifier({ ...deps, issuers: state.config.issuers });
  let limit = newLimit();
  const grants = createTenantGrants({
    issuer: state.issuer,
    shared: givenState && createSharedKeys(shared, now),
    now,
    onRefreshFailed: ({ tenant }, { error, keys }) => {
      const expiration = new Date(keys.expiration);
      log({ type: "failed", tenant, expiration, isCached: true, reason: describe(error) });
    },
  });
  const found = findTenant && createFoundTenants({ findTenant, check: (tenant) => state.checkFound(tenant), now });
  const grant = createGrantHandler({ grants, found, metrics, failureDelayMs, log, now });
  const whyNotReady = createReadiness({
    grants,
    tenants: () => state.tenants.grants,
    now,
    onFailed({ tenant }, error) {
      log({ type: "failed", tenant, reason: describe(error) });
      return noKeys(error, { service: state.issuer.service, retryAfterSeconds: 0 }).message;
    },
  });

  function newLimit() {
    return createFailureLimit({ maxFailures: state.config.maxFailuresPerMinute, state: shared, now });
  }

  function callerOf(request: Request): Caller {
    return readCaller(request, peerOf(request), state.config);
  }

  function peerOf(request: Request): string | undefined {
    try {
      const given: unknown = addressOf?.(request);
      if (given === undefined || given === null || given === "") return undefined;
      if (typeof given !== "string") throw new TypeError("not a string");
      return given;
    } catch {
      // A caller with the right secret is served all the same.
      const reason = 'the caller\'s address is unknown: "addressOf" threw or did not return a string';
      log({ type: "failed", reason });
      return undefined;
    }
  }

  async function issue(request: Request, requestId: string, protocol: Protocol): Promise<Response> {
    const { address } = callerOf(request);
    return await grant({ request, requestId, protocol, state, verifier: verifier.current(), limit, address });
  }

  async function answerReadyz(): Promise<Response> {
    const reason = await whyNotReady();
    return reason === undefined ? reply(200, { status: "ok" }) : reply(503, { status: "failed", reason });
  }

  function answerMetrics(request: Request): Response {
    const { address, isForwarded } = callerOf(request);
    const mayRead = address !== undefined && !isForwarded && isInRanges(address, state.config.metricsFrom);
    if (!mayRead) return notFound();
    return metricsResponse(metrics.text());
  }

  const read = (answer: Answer): Route => ({ GET: answer, HEAD: answer });
  const routes: Readonly<Record<string, Route>> = {
    "/": { POST: (request, id) => issue(request, id, webIdentityProtocol) },
    "/credentials": {
      GET: (request, id) => issue(request, id, containerProtocol),
      POST: (request, id) => issue(request, id, formProtocol),
    },
    "/healthz": read(() => reply(200, { status: "ok" })),
    "/readyz": read(answerReadyz),
    "/metrics": read(answerMetrics),
  };

  async function answer(request: Request, requestId: string): Promise<{ route: string; response: Response }> {
    const malformed = findMalformed(request);
    if (malformed !== undefined) {
      log({ type: "refused", requestId, reason: malformed.reason });
      metrics.onRefusal({ reason: "malformed" });
      const error = malformed.status === 405 ? "Method not allowed" : "Bad request";
      return { route: "other", response: reply(malformed.status, { error }) };
    }
    const { pathname } = new URL(request.url);
    const route = Object.hasOwn(routes, pathname) ? routes[pathname] : undefined;
    if (route === undefined) return { route: "other", response: notFound() };
    const { method } = request;
    const answerMethod = Object.hasOwn(route, method) ? route[method] : undefined;
    const allow = Object.keys(route).join(", ");
    const response = answerMethod === undefined
      ? reply(405, { error: "Method not allowed" }, { allow })
      : await answerMethod(request, requestId);
    return { route: pathname, response };
  }

  return {
    async handle(request) {
      assertRequest(request);
      const startedMs = performance.now();
      const requestId = crypto.randomUUID();
      const { route, response } = await answer(request, requestId);
      response.headers.set("x-request-id", requestId);
      const seconds = (performance.now() - startedMs) / 1000;
      metrics.onRequest({ method: request.method, route, status: response.status, seconds });
      return response;
    },
    reconfigure(config) {
      try {
        const next = createBrokerState(config, deps);
        verifier.setIssuers(next.config.issuers);
        const hasOldLimit = next.config.maxFailuresPerMinute === state.config.maxFailuresPerMinute;
        state = next;
        if (!hasOldLimit) limit = newLimit();
      } catch (error) {
        metrics.onReload({ result: "failed" });
        throw error;
      }
      grants.use(state.issuer);
      found?.clear();
      metrics.onReload({ result: "ok" });
    },
    metrics,
  };
}

type Answer = (request: Request, requestId: string) => Response | Promise<Response>;
type Route = Readonly<Record<string, Answer>>;

function notFound(): Response {
  return reply(404, { error: "Not found" });
}
