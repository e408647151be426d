import { VERSION } from "../text/version.ts";
import { createCounter, createGauge, createHistogram, type Metric } from "./prometheus.ts";

/** The beginning of every metric's name. */
export const PREFIX = "s3source_";

/** What the app and the broker both count. */
export interface ServerMetrics {
  onRequest(
    request: { readonly method: string; readonly route: string; readonly status: number; readonly seconds: number },
  ): void;
  /** Whether a call of the state was answered. */
  onStateAnswer(isUp: boolean): void;
  /** These, after the server's own, in Prometheus's text format. */
  text(own: readonly Metric[]): string;
}

/** @param hasState Whether there is a state that processes share. */
export function createServerMetrics({ hasState }: { readonly hasState: boolean }): ServerMetrics {
  let isStateUp = true;
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
  const stateUp = createGauge({
    name: `${PREFIX}state_up`,
    help: "Whether the state that processes share has answered when it was last called.",
    labels: [],
  }, () => hasState ? [[{}, isStateUp ? 1 : 0]] : []);
  const build = createGauge({
    name: `${PREFIX}build_info`,
    help: "What is running.",
    labels: ["version", "runtime"],
  }, () => [[{ version: VERSION, runtime: RUNTIME }, 1]]);

  return {
    onRequest({ method: given, route, status, seconds }) {
      const method = METHODS.includes(given) ? given : "other";
      requests.add({ method, route, status: String(status) });
      requestSeconds.observe({ method, route }, seconds);
    },
    onStateAnswer: (isUp) => void (isStateUp = isUp),
    text: (own) => `${[...own, requests, requestSeconds, stateUp, build].flatMap((one) => one.lines()).join("\n")}\n`,
  };
}

/** A response to a scrape. */
export function metricsResponse(text: string): Response {
  const headers = { "content-type": "text/plain; version=0.0.4; charset=utf-8", "cache-control": "no-store" };
  return new Response(text, { headers });
}

const METHODS = ["GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"];
/** Node has had a name for itself since 21. */
const RUNTIME = globalThis.navigator?.userAgent?.slice(0, 100) ?? "unknown";
