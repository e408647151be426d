import type { MiddlewareHandler } from "hono";
import { isLoopback } from "../../s3/endpoint.ts";
import { type AppContext, type AppEnv, type AppRequest, sourceOfPage } from "../context.ts";
import { RequestRefusal } from "../failure.ts";
import { isPage } from "./finish_page.ts";

/**
 * Refuses requests that another site makes a browser send. A foreign `Host` is a name that was rebound to this address.
 * With an unsafe method, `Sec-Fetch-Site` or `Origin` must show that the app's own pages sent the request. Browsers
 * send at least one of them, so a request with neither comes from a program, which has no one's session.
 *
 * @param allowedHosts Host names besides the loopback interface's.
 */
export function refuseForeignRequests(allowedHosts: readonly string[]): MiddlewareHandler<AppEnv> {
  const allowed = new Set(allowedHosts.map((host) => host.toLowerCase()));
  return async (c, next) => {
    const url = new URL(c.req.url);
    const hosts = [url.host, ...c.env.hosts];
    for (const name of hosts.map((host) => URL.parse(`http://${host}`)?.hostname ?? "")) {
      if (!isLoopback(name) && !allowed.has(name)) {
        throw new RequestRefusal(421, "The files app is not available at this host name.");
      }
    }
    if (!SAFE_METHODS.has(c.req.method) && !isSameOrigin(c.req.raw.headers, hosts)) {
      throw new RequestRefusal(403, "This request came from another site. Open the page on this site and try again.");
    }
    await next();
  };
}

const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);

function isSameOrigin(headers: Headers, hosts: readonly string[]): boolean {
  const site = headers.get("sec-fetch-site");
  if (site !== null) return site === "same-origin" || site === "none";
  const origin = headers.get("origin");
  // Without the scheme: behind a proxy that ends TLS, the app does not see its own.
  return origin === null || hosts.some((host) => URL.parse(origin)?.host === host.toLowerCase());
}

/** Sets headers against foreign scripts, framing, sniffing, caching, and leaking URLs to other sites. */
export function setSecurityHeaders(context: AppContext): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    await next();
    // The headers of a 304 replace those of the page or file that the browser has.
    if (c.res.status === 304) return;
    const policy = isPage(c.res.headers) && { "content-security-policy": await pagePolicy(c, context) };
    const headers = { ...SECURITY_HEADERS, ...policy };
    for (const [name, value] of Object.entries(headers)) {
      if (!c.res.headers.has(name)) c.res.headers.set(name, value);
    }
  };
}

/** Pages may run only the app's own script, which may connect only to the app and the store of the page's source. */
async function pagePolicy(c: AppRequest, context: AppContext): Promise<string> {
  const named = c.res.ok ? sourceOfPage(c.req.url, context) : undefined;
  const origin = named && await context.origins.of(named);
  c.set("store", origin);
  return [
    "default-src 'none'",
    // Names no host: proxies may have another than the app knows. What a script imports has its nonce.
    `script-src 'nonce-${c.var.nonce}'`,
    "style-src 'self'",
    "img-src 'self' data:",
    "media-src 'self'",
    "frame-src 'self'",
    `connect-src 'self'${origin === undefined ? "" : ` ${origin}`}`,
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

const SECURITY_HEADERS = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  // `no-referrer` would turn the `Origin` of the pages' own forms into `null`.
  "referrer-policy": "same-origin",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};
