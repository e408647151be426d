import { FORWARDING_HEADERS, isInRanges, parseAddressRange } from "../../options/address_range.ts";
import { isLoopback } from "../../s3/endpoint.ts";
import { metricsResponse } from "../../metrics/server_metrics.ts";
import type { AppMetrics } from "./app_metrics.ts";

/** What {@link createOperatorRoutes} needs. */
export interface OperatorRoutesOptions {
  readonly metrics: AppMetrics;
  /** Addresses and ranges that may read the metrics. */
  readonly metricsFrom: readonly string[];
  /** Which sources work. */
  readonly probe: () => Promise<ReadonlyMap<string, boolean>>;
}

/** Where a request comes from. */
export interface Connection {
  /** The address of the connection's other end, perhaps a proxy's; absent if nobody says it. */
  readonly peer?: string | undefined;
  /** The address of the client, as far as trusted proxies know it; absent if nobody says it. */
  readonly address?: string | undefined;
  /** The hosts, perhaps with a port, that it was sent to. */
  readonly hosts: readonly string[];
}

/** Answers a request of an operator's tools. */
type Answer = (request: Request, connection: Connection) => Response | Promise<Response>;

/** The health checks and the metrics by their paths. They answer at any host name, as orchestrators ask by address. */
export function createOperatorRoutes(
  { metrics, metricsFrom, probe }: OperatorRoutesOptions,
): Readonly<Record<string, Answer>> {
  const ranges = metricsFrom.flatMap((text) => parseAddressRange(text) ?? []);

  async function readyz(): Promise<Response> {
    const sources = [...(await probe()).values()];
    return sources.length === 0 || sources.includes(true)
      ? reply(200, { status: "ok" })
      : reply(503, { status: "failed", reason: "No source can be reached" });
  }

  async function answerMetrics({ headers }: Request, { peer, address, hosts }: Connection): Promise<Response> {
    // A proxy that is not trusted may hide anyone.
    const isForwarded = address === peer && FORWARDING_HEADERS.some((name) => headers.has(name));
    if (address === undefined || isForwarded || !isInRanges(address, ranges) || isSentOn(address, hosts)) {
      return reply(404, { error: "Not found" });
    }
    return metricsResponse(metrics.text(await probe()));
  }

  return {
    "/-/healthz": () => reply(200, { status: "ok" }),
    "/-/readyz": readyz,
    "/-/metrics": answerMetrics,
  };
}

/** Whether something on this machine asks by another name: a proxy that does not say for whom, or a page in a browser. */
function isSentOn(address: string, hosts: readonly string[]): boolean {
  const isHere = isInRanges(address, HERE);
  return isHere && hosts.some((host) => !isLoopback(URL.parse(`http://${host}`)?.hostname ?? ""));
}

const HERE = ["127.0.0.0/8", "::1"].flatMap((text) => parseAddressRange(text) ?? []);

function reply(status: number, body: object): Response {
  const headers = { "cache-control": "no-store", "x-content-type-options": "nosniff" };
  return Response.json(body, { status, headers });
}
