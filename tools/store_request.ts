import type { Credentials } from "../src/types/config.ts";
import { EMPTY_SHA256, sha256, toBase64, toHex } from "../src/hash/hash.ts";
import { canonicalQuery, signHeaders } from "../src/s3/sign/sign.ts";

/** A store, with keys that may do everything there. */
export interface StoreAccess extends Credentials {
  /** URL of the S3 endpoint. */
  readonly endpointUrl: string;
}

/** A request about a store or a bucket. */
export interface StoreRequest {
  readonly method: "GET" | "PUT";
  /** `/` or a bucket's path. */
  readonly path: string;
  /** Decoded names and values. Default: none. */
  readonly query?: Readonly<Record<string, string>>;
  /** Default: no body. */
  readonly body?: string;
  /** Ends it early. Default: it takes up to 10 seconds. */
  readonly signal?: AbortSignal;
}

/**
 * Sends a request and returns the problem, if any; a bucket that already exists is none.
 *
 * @throws {Error} If a retry would not help.
 */
export async function requestStore(
  store: StoreAccess,
  { method, path, query = {}, body, signal }: StoreRequest,
): Promise<string | undefined> {
  const digest = body === undefined ? undefined : await sha256(new TextEncoder().encode(body));
  const payloadHash = digest === undefined ? EMPTY_SHA256 : toHex(digest);
  // S3 requires a checksum for bucket configurations.
  const checksum: Record<string, string> = digest === undefined ? {} : { "x-amz-checksum-sha256": toBase64(digest) };
  const search = canonicalQuery(query);
  const headers = signHeaders({
    method,
    host: new URL(store.endpointUrl).host,
    path,
    query: search,
    headers: { ...checksum, "x-amz-content-sha256": payloadHash },
    payloadHash,
  }, { credentials: store, region: "us-east-1", nowMs: Date.now() });
  const what = `${method} ${path}${search && `?${search}`}`;
  let response;
  let text;
  try {
    response = await fetch(`${store.endpointUrl}${path}${search && `?${search}`}`, {
      method,
      headers,
      ...body !== undefined && { body },
      redirect: "manual",
      signal: AbortSignal.any([AbortSignal.timeout(10_000), ...signal === undefined ? [] : [signal]]),
    });
    text = await response.text();
  } catch (error) {
    return String(error);
  }
  if (response.ok || (search === "" && /<Code>BucketAlready/.test(text))) return undefined;
  const problem = `${what} was answered with ${response.status} ${text.slice(0, 300)}`;
  if (response.status === 400) throw new Error(problem);
  return problem;
}
