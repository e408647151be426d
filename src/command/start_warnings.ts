import { findProblem } from "../app/monitoring/source_probes.ts";
import type { DatasetteConfig } from "../config/datasette_yaml.ts";
import { isLoopback } from "../s3/endpoint.ts";
import { isInRanges, parseAddressRange } from "../options/address_range.ts";
import type { S3Source } from "../types/source.ts";
import { describe } from "./command_error.ts";

/** Where the app is, and its stores. */
export interface ReportedPlaces {
  readonly config: Pick<DatasetteConfig, "sources" | "app">;
  /** Whether only this machine reaches the app directly. */
  readonly isLocal: boolean;
}

/** Warns of stores that the app's pages send browsers to, and that these can hardly reach. */
export function warningsOfStores({ config: { sources, app }, isLocal }: ReportedPlaces): string[] {
  const page = app.publicUrl === undefined ? undefined : new URL(app.publicUrl);
  // People at the same machine, or in the same network, reach its private addresses.
  const isNear = page === undefined ? isLocal : isLoopback(page.hostname) || isPrivate(page.hostname);
  return Object.entries(sources).flatMap(([name, source]) => {
    if (app.downloads[name] === "proxied" && app.uploads[name] === "proxied") return [];
    const endpoint = source.publicEndpointUrl ?? source.public_endpoint_url ?? source.endpointUrl ??
      source.endpoint_url;
    const url = URL.parse(endpoint ?? "");
    const reason = url ? reasonOf(url, { isNear, isSecure: page?.protocol === "https:" }) : undefined;
    if (url === null || reason === undefined) return [];
    return [
      `The store of "${name}" is at "${url.host}", ${reason}; set "public_endpoint_url" to the address that browsers ` +
      'use, or "downloads" to "proxied"',
    ];
  });
}

function reasonOf(
  { protocol, hostname }: URL,
  { isNear, isSecure }: { readonly isNear: boolean; readonly isSecure: boolean },
): string | undefined {
  const isHere = isLoopback(hostname) || hostname.endsWith(".localhost");
  const isName = !hostname.includes(".") && !hostname.startsWith("[");
  if (!isHere && isName) return "which browsers can hardly reach";
  if (!isNear && (isHere || isPrivate(hostname))) return "which browsers can hardly reach";
  // https://w3c.github.io/webappsec-mixed-content/
  return isSecure && protocol === "http:" && !isHere
    ? "by http:, which browsers do not load into https: pages"
    : undefined;
}

function isPrivate(hostname: string): boolean {
  return isInRanges(hostname.replace(/^\[|\]$/g, ""), PRIVATE);
}

/** https://www.rfc-editor.org/rfc/rfc6890 */
const PRIVATE = [
  "10.0.0.0/8",
  "100.64.0.0/10",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "fc00::/7",
  "fe80::/10",
]
  .flatMap((text) => parseAddressRange(text) ?? []);

/** Asks each store once, and warns of those that do not answer as they should. Nobody has to wait for it. */
export async function warnOfDeadStores(
  sources: Readonly<Record<string, S3Source>>,
  { signal, warn }: { readonly signal: AbortSignal; readonly warn: (reason: string) => void },
): Promise<void> {
  await Promise.all(
    Object.entries(sources).map(async ([name, source]) => {
      const error = await findProblem(source, signal);
      if (error !== undefined && !signal.aborted) warn(`The store of "${name}" cannot be used: ${describe(error)}`);
    }),
  );
}
