import { sha256, toHex } from "../../src/hash/hash.ts";
import { encodeKey } from "../../src/s3/keys.ts";
import { canonicalQuery, signHeaders } from "../../src/s3/sign/sign.ts";
import type { Credentials } from "../../src/types/config.ts";

/** A request to sign and send. */
export interface SignedRequest {
  /** HTTP method. Default `"GET"`. */
  method?: string;
  /** The path, decoded. */
  path: string;
  /** Decoded names and values. */
  query?: Record<string, string>;
  /** Names in lower case; all are signed. */
  headers?: Record<string, string>;
  /** Text or bytes. */
  body?: string | Uint8Array<ArrayBuffer>;
}

/** Where a request goes, and what signs it. */
export interface SigningTarget {
  fetch: typeof fetch;
  endpointUrl: string;
  credentials: Credentials;
  region?: string;
  nowMs?: number;
}

/** Sends one request, signed in its headers. */
export async function signedFetch(request: SignedRequest, target: SigningTarget): Promise<Response> {
  const { method = "GET", query = {}, body = "" } = request;
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
  const payloadHash = toHex(await sha256(bytes));
  const path = encodeKey(request.path);
  const search = canonicalQuery(query);
  const headers = signHeaders({
    method,
    host: new URL(target.endpointUrl).host,
    path,
    query: search,
    headers: { "x-amz-content-sha256": payloadHash, ...request.headers },
    payloadHash: request.headers?.["x-amz-content-sha256"] ?? payloadHash,
  }, { credentials: target.credentials, region: target.region ?? "us-east-1", nowMs: target.nowMs ?? Date.now() });
  return await target.fetch(`${target.endpointUrl}${path}${search && `?${search}`}`, {
    method,
    headers,
    ...(bytes.byteLength > 0 ? { body: bytes } : {}),
  });
}
