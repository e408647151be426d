import { createCounter, createGauge, createHistogram } from "../metrics/prometheus.ts";
import { createServerMetrics, PREFIX, type ServerMetrics } from "../metrics/server_metrics.ts";
import type { RefusalKind } from "./protocols/protocol.ts";
import type { BrokerObserver } from "./types.ts";

/** What a broker counts and measures. */
export interface BrokerMetrics extends Omit<BrokerObserver, "onWarning">, Omit<ServerMetrics, "text"> {
  /** Keys were handed out, or there were none. */
  onGrant(grant: { readonly tenant: string; readonly result: "new" | "cached" | "failed" }): void;
  onRefusal(refusal: { readonly reason: RefusalKind }): void;
  /** The configuration was read again. */
  onReload(reload: { readonly result: "ok" | "failed" }): void;
  /** All of it, in Prometheus's text format. */
  text(): string;
}

/**
 * Makes the metrics of a broker.
 *
 * @param options `hasState`: whether processes share a state; `expirations`: when the keys of each tenant that has valid ones expire, in epoch milliseconds.
 */
export function createBrokerMetrics(
  { expirations, hasState }: {
    readonly expirations: () => ReadonlyMap<string, number>;
    readonly hasState: boolean;
  },
): BrokerMetrics {
  const server = createServerMetrics({ hasState });
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
  const own = [grants, refusals, keysExpire, stsSeconds, jwksFetches, lastReload];

  return {
    onGrant: (grant) => grants.add(grant),
    onRefusal: (refusal) => refusals.add(refusal),
    onStsRequest: ({ result, seconds }) => stsSeconds.observe({ result }, seconds),
    onJwksFetch: (fetch) => jwksFetches.add(fetch),
    onReload: ({ result }) => void (isReloadGood = result === "ok"),
    onRequest: server.onRequest,
    onStateAnswer: server.onStateAnswer,
    text: () => server.text(own),
  };
}
