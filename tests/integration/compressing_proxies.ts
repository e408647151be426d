import { type Nginx, startNginx } from "../support/nginx.ts";

/** nginx in front of a store, as each kind of proxy that changes content on its way. */
export interface CompressingProxies {
  /** The endpoint of each kind. */
  readonly endpoints: Readonly<Record<ProxyKind, string>>;
  stop(): Promise<void>;
}

/**
 * `compressing`: for those who ask for it. `forcing`: for everyone. `decoding`: decodes stored gzip for those who do
 * not ask for it.
 */
export type ProxyKind = "compressing" | "forcing" | "decoding";

/** Starts nginx, whose program is given, in front of a store. */
export async function startCompressingProxies(program: string, storeUrl: string): Promise<CompressingProxies> {
  // The signature is of the host that the client names.
  const forward = "proxy_set_header Host $http_host; proxy_http_version 1.1";
  const gzip = "gzip on; gzip_types *; gzip_proxied any; gzip_min_length 1; gzip_http_version 1.0";
  const nginx: Nginx = await startNginx(program, 3, ([compressing = ""]) => [
    `${gzip}; location / { proxy_pass ${storeUrl}; ${forward}; }`,
    `location / { proxy_pass ${compressing}; ${forward}; proxy_set_header Accept-Encoding gzip; }`,
    `gunzip on; location / { proxy_pass ${storeUrl}; ${forward}; }`,
  ]);
  const [compressing = "", forcing = "", decoding = ""] = nginx.urls;
  return { endpoints: { compressing, forcing, decoding }, stop: nginx.stop };
}
