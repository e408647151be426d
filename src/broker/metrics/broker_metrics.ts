import { VERSION } from "../../text/version.ts";
import type { RefusalKind } from "../protocols/protocol.ts";
import { createCounter, createGauge, createHistogram } from "./prometheus.ts";
import type { BrokerObserver } from "../types.ts";

/** What a broker counts and measures. */
export interface BrokerMetrics extends Omit<BrokerObserver, "onWarning"> {
  /** Keys were handed out, or there were none. */
  onGrant(grant: { readonly tenant: string; readonly result: "new" | "cached" | "failed" }): void;
  onRefusal(refusal: { readonly reason: RefusalKind }): void;
  onRequest(
    request: { readonly method: string; readonly route: string; readonly status: number; readonly seconds: number },
  ): void;
  /** The configuration was read again. */
  onReload(reload: { readonly result: "ok" | "failed" }): void;
  /** All of it, in Prometheus's text format. */
  text(): string;
}

/**
 * Makes the metrics of a broker.
 *
 * @param expirations When the keys of each tenant that has valid ones expire, in epoch milliseconds.
 */
export function createBrokerMetrics(
  { expirations }: { readonly expirations: () => ReadonlyMap<string, number> },
): BrokerMetrics {
  let isReloadGood = true;
  const grants = createCounter({
    name: `${PREFIX}broker_grants_total`,
    help: "Requests of tenants, by whether they got new keys, cached keys or none.",
    labels: ["tenant", "result"],
  });
  const refusals = createCounter({
    name: `${PREFIX}broker_refusals_total`,
    help: "Requests that were refused.",
    labels: ["reason"],
  });
  const stsSeconds = createHistogram({
    name: `${PREFIX}broker_sts_request_duration_seconds`,
    help: "Durations of requests to STS, or to R2's API.",
    labels: ["result"],
  });
  const jwksFetches = createCounter({
    name: `${PREFIX}broker_jwks_fetches_total`,
    help: "Fetches of the keys of an issuer of tokens.",
    labels: ["issuer", "result"],
  });
  const requests = createCounter({
    name: `${PREFIX}http_requests_total`,
    help: "HTTP requests that were answered.",
    labels: ["method", "route", "status"],
  });
  const requestSeconds = createHistogram({
    name: `${PREFIX}http_request_duration_seconds`,
    help: "Durations of HTTP requests.",
    labels: ["method", "route"],
  });
  const keysExpire = createGauge({
    name: `${PREFIX}broker_keys_expire_timestamp_seconds`,
    help: "When the keys of a tenant expire; of several keys, the last.",
    labels: ["tenant"],
  }, function* () {
    for (const [tenant, ms] of expirations()) yield [{ tenant }, ms / 1000];
  });
  const lastReload = createGauge({
    name: `${PREFIX}broker_config_last_reload_successful`,
    help: "Whether the configuration could be used when it was last read.",
    labels: [],
  }, () => [[{}, isReloadGood ? 1 : 0]]);
  const build = createGauge({
    name: `${PREFIX}build_info`,
    help: "What is running.",
    labels: ["version", "runtime"],
  }, () => [[{ version: VERSION, runtime: RUNTIME }, 1]]);
  const all = [grants, refusals, keysExpire, stsSeconds, jwksFetches, lastReload, requests, requestSeconds, build];

  return {
    onGrant: (grant) => grants.add(grant),
    onRefusal: (refusal) => refusals.add(refusal),
    onStsRequest: ({ result, seconds }) => stsSeconds.observe({ result }, seconds),
    onJwksFetch: (fetch) => jwksFetches.add(fetch),
    onRequest({ method: given, route, status, seconds }) {
      const method = METHODS.includes(given) ? given : "other";
      requests.add({ method, route, status: String(status) });
      requestSeconds.observe({ method, route }, seconds);
    },
    onReload: ({ result }) => void (isReloadGood = result === "ok"),
    text: () => `${all.flatMap((metric) => metric.lines()).join("\n")}\n`,
  };
}

const PREFIX = "s3source_";
const METHODS = ["GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"];
/** Node has had a name for itself since 21. */
const RUNTIME = globalThis.navigator?.userAgent?.slice(0, 100) ?? "unknown";
