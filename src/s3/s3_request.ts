import { sha256, toHex } from "../hash/hash.ts";
import type { RequestEvent } from "../types/events.ts";
import { type Exchange, SLOWEST_BYTES_PER_MS } from "./exchange.ts";
import { CRC32_HEADER } from "./headers.ts";
import type { Purpose } from "./purpose.ts";
import { readToken, unlessKey } from "./token.ts";
import type { Grant } from "./grant.ts";

/** A request to S3; it can be sent any number of times. */
export interface S3Request extends Purpose {
  /** S3's name for it, for events. */
  readonly operation: string;
  /** HTTP method. */
  readonly method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
  /** Credentials and bucket. */
  readonly grant: Grant;
  /** Absent for operations on the bucket. */
  readonly key?: string;
  /** The object to copy. */
  readonly sourceKey?: string;
  /** Decoded names and values. */
  readonly query?: Readonly<Record<string, string>>;
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether an object may be compressed on its way, and is decoded by `fetch`. Default `false`. */
  readonly acceptsCodings?: boolean;
  /** Bytes to send. Without their SHA-256, the signature covers them only by way of a checksum header. */
  readonly body?: { readonly bytes: Uint8Array<ArrayBuffer>; readonly sha256Hex?: string };
  /** Whether the signature has to cover the body by its SHA-256. Default `false`. */
  readonly signsBody?: boolean;
  /** Called with the number of body bytes sent in this attempt: all of them once the store has responded. */
  readonly onSent?: ((byteLength: number) => void) | undefined;
  /** Bytes that the store itself has to copy before it responds; they extend the time limit. */
  readonly storeBytes?: number;
  /** Called before a retry: a later attempt may see the effect of an earlier one. */
  readonly onRetry?: (() => void) | undefined;
  /** Cancels the request. */
  readonly signal?: AbortSignal | undefined;
}

/** Whether the body's SHA-256 is missing: the store wants it, or no checksum ties the signature to the bytes. */
export function isUncovered({ body, signsBody, headers = {} }: S3Request): boolean {
  return body !== undefined && body.sha256Hex === undefined &&
    (signsBody === true || headers[CRC32_HEADER] === undefined && headers["content-md5"] === undefined);
}

/** A request whose signature covers the bytes. */
export async function withPayloadHash(request: S3Request): Promise<S3Request> {
  if (request.body === undefined) return request;
  const { bytes } = request.body;
  return { ...request, body: { bytes, sha256Hex: toHex(await sha256(bytes)) } };
}

/** Time for sending the body of a request, and for the store to copy what it has to. */
export function movingMs({ body, storeBytes = 0 }: S3Request): number {
  const movedBytes = (body?.bytes.byteLength ?? 0) + storeBytes;
  return Math.min(Math.ceil(movedBytes / SLOWEST_BYTES_PER_MS), MAX_MOVING_MS);
}

const MAX_MOVING_MS = 3_600_000;

/** The event of an attempt. */
export function requestEvent(
  request: S3Request,
  { attempt, durationMs, exchange }: { attempt: number; durationMs: number; exchange: Exchange | undefined },
): RequestEvent {
  const requestId = unlessKey(readToken(exchange?.headers.get("x-amz-request-id")), request.grant.credentials);
  return {
    type: "request",
    ...operationOf(request),
    method: request.method,
    attempt,
    durationMs,
    ...exchange !== undefined && { status: exchange.status },
    ...requestId !== undefined && { requestId },
  };
}

/** The properties of events about a request. */
export function operationOf({ operation, path }: S3Request): { operation: string; path?: string } {
  return path === undefined ? { operation } : { operation, path };
}

/**
 * Otherwise `fetch` asks for gzip, and a proxy that compresses leaves out the length, weakens the tag and ignores
 * ranges. Not signed, as proxies replace it. Browsers leave it out.
 */
export function askIdentity(
  { operation, acceptsCodings = false }: S3Request,
  headers: Record<string, string>,
): Record<string, string> {
  const isObject = operation === "GetObject" || operation === "HeadObject";
  if (isObject && !acceptsCodings) headers["accept-encoding"] = "identity";
  return headers;
}
