import type { RequestEvent, S3SourceEvent } from "../types/events.ts";
import { sleep } from "../async/abort.ts";
import { readEmptyResponse, readTextResponse, type TextResponse, type XmlResponse } from "./xml_response.ts";
import { receiveOrCancel, withArrived } from "./arrived.ts";
import { type Clock, readServerTime } from "./clock.ts";
import { type Exchange, openExchange, SLOWEST_BYTES_PER_MS } from "./exchange.ts";
import {
  type ErrorResponse,
  type Purpose,
  readErrorResponse,
  readToken,
  toError,
  unlessKey,
  withPurpose,
} from "./failure.ts";
import type { Grant } from "./grant.ts";
import { EMPTY_SHA256 } from "../hash/hash.ts";
import { isTransient, parseRetryAfter, retryDelayMs, type RetryPolicy } from "./retry.ts";
import { canonicalQuery, signHeaders } from "./sign/sign.ts";
import type { Store } from "./store.ts";

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
  /** Decoded names and values. */
  readonly query?: Readonly<Record<string, string>>;
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Bytes to send, with their SHA-256. */
  readonly body?: { readonly bytes: Uint8Array<ArrayBuffer>; readonly sha256Hex: string };
  /** Called with the number of body bytes sent in this attempt: all of them once the store has responded. */
  readonly onSent?: ((byteLength: number) => void) | undefined;
  /** Bytes that the store itself has to copy before it responds; they extend the time limit. */
  readonly storeBytes?: number;
  /** Called before a retry: a later attempt may see the effect of an earlier one. */
  readonly onRetry?: () => void;
  /** Cancels the request. */
  readonly signal?: AbortSignal | undefined;
}

/** Signs, sends and retries requests. */
export interface S3Client {
  /**
   * Sends a request and passes a successful response to `receive`; its transient failures are retried too.
   *
   * @throws {S3SourceError} The store's error, or the reason for there being no response.
   */
  send<T>(request: S3Request, receive: (exchange: Exchange) => Promise<T>): Promise<T>;
  /** Sends a request whose response has no body but, perhaps, an `<Error>`; `read` gets the response's headers. */
  sendForHeaders<T>(request: S3Request, read: (headers: Headers) => T): Promise<T>;
  /** Sends a request and reads the XML of the response. A 200 with an `<Error>` in it counts as an error. */
  sendForXml<T>(request: S3Request, read: (response: XmlResponse) => T): Promise<T>;
  /** The same, but `read` gets the text and calls `parse` only for documents that it does not recognise. */
  sendForText<T>(request: S3Request, read: (response: TextResponse) => T): Promise<T>;
}

/** The parts of a client. */
export interface S3ClientOptions {
  /** Where requests go. */
  readonly store: Store;
  /** Sends requests. */
  readonly fetch: typeof fetch;
  /** Time for signing. */
  readonly clock: Clock;
  /** When to retry. */
  readonly retry: RetryPolicy;
  /** Time limits. */
  readonly timeouts: { readonly headersMs: number; readonly idleMs: number; readonly totalMs?: number | undefined };
  /** Receives events; absent if nobody listens. */
  readonly emit: ((event: S3SourceEvent) => void) | undefined;
}

/** Creates the client of a source. */
export function createS3Client({ store, fetch, clock, retry, timeouts, emit }: S3ClientOptions): S3Client {
  /** Buckets that have been seen to exist. */
  const seen = new Set<string>();

  async function send<T>(request: S3Request, receive: (exchange: Exchange) => Promise<T>): Promise<T> {
    const deadline = timeouts.totalMs === undefined ? Infinity : clock.uncorrected() + timeouts.totalMs;
    const learned = { region: false, time: false };
    for (let attempt = 1;; attempt++) {
      let retryAfterMs = 0;
      try {
        const exchange = await open(request, attempt, deadline);
        if (exchange.status >= 200 && exchange.status < 300) {
          seen.add(request.grant.bucket);
          request.onSent?.(request.body?.bytes.byteLength ?? 0);
          return await receiveOrCancel(exchange, request.grant, receive);
        }
        retryAfterMs = parseRetryAfter(exchange.headers.get("retry-after"), clock.now());
        const refused = await explain(request, exchange, deadline);
        // Each is corrected at most once, without a delay, and does not count as an attempt.
        const learnsRegion = !learned.region && (learned.region = learnRegion(request, refused));
        const learnsTime = !learned.time && (learned.time = learnTime(refused, exchange.headers));
        if (learnsRegion || learnsTime) {
          attempt--;
          continue;
        }
        throw toError(refused, request, request.grant.credentials);
      } catch (error) {
        request.signal?.throwIfAborted();
        const failed = withPurpose(error, request);
        if (!isTransient(failed) || attempt >= retry.maxAttempts) throw failed;
        const delayMs = retryDelayMs(attempt, retry, retryAfterMs);
        if (clock.uncorrected() + delayMs >= deadline) throw failed;
        request.onRetry?.();
        emit?.({ type: "retry", ...operationOf(request), attempt, delayMs, code: failed.code });
        await sleep(delayMs, request.signal);
      }
    }
  }

  /** Makes one attempt, up to the headers of the response. */
  async function open(request: S3Request, attempt: number, deadline: number): Promise<Exchange> {
    const { method, body, onSent, signal } = request;
    const { url, headers } = sign(request);
    const startedMs = clock.uncorrected();
    const headersMs = Math.min(timeouts.headersMs + movingMs(request), deadline - startedMs);
    let exchange: Exchange | undefined;
    try {
      const { secretAccessKey, sessionToken } = request.grant.credentials;
      const options = { fetch, headersMs, idleMs: timeouts.idleMs, signal, secrets: [secretAccessKey, sessionToken] };
      return exchange = await openExchange(url, { method, headers, body: body?.bytes, onSent }, options);
    } finally {
      emit?.(requestEvent(request, { attempt, durationMs: clock.uncorrected() - startedMs, exchange }));
    }
  }

  function sign(request: S3Request): { url: string; headers: Record<string, string> } {
    const { method, grant: { credentials, bucket, isAnonymous } } = request;
    const { origin, host, path } = store.address(request);
    const query = request.query === undefined ? "" : canonicalQuery(request.query);
    const url = query === "" ? origin + path : `${origin}${path}?${query}`;
    if (isAnonymous) return { url, headers: { ...request.headers, ...store.payment } };
    const payloadHash = request.body?.sha256Hex ?? EMPTY_SHA256;
    const headers = { ...request.headers, ...store.payment, "x-amz-content-sha256": payloadHash };
    const scope = { credentials, region: store.regionOf(bucket), nowMs: clock.now() };
    return { url, headers: signHeaders({ method, host, path, query, headers, payloadHash }, scope) };
  }

  /**
   * Reads the store's error. HEAD has only a status, so a GET of the first byte asks for the code; for a 404 only until
   * the bucket is known to exist.
   */
  async function explain(request: S3Request, exchange: Exchange, deadline: number): Promise<ErrorResponse> {
    const vague = await readError(request, exchange);
    const { bucket } = request.grant;
    const { status } = exchange;
    const mayBeBucket = status === 404 && !seen.has(bucket);
    const isVague = request.method === "HEAD" && (status === 400 || status === 403 || mayBeBucket);
    const region = store.regionOf(bucket);
    if (!isVague || (vague.region ?? region) !== region) return vague;
    const asked = await open({ ...request, method: "GET", headers: { range: "bytes=0-0" } }, 1, deadline);
    // 416: the file is empty. HEAD needs the same permission as GET, so the failure of HEAD was transient.
    if (asked.status < 400 || asked.status === 416) {
      await asked.cancel();
      return { ...vague, status: 503, code: "HeadRefused" };
    }
    const told = await readError(request, asked);
    if (told.status === 404 && told.code !== "NoSuchBucket") seen.add(bucket);
    return told;
  }

  /** Whether the response names another region for the bucket: then the request is signed again for it. */
  function learnRegion({ grant }: S3Request, { status, region }: ErrorResponse): boolean {
    const mayBeElsewhere = status === 301 || status === 307 || status === 308 || status === 400;
    return mayBeElsewhere && store.learnRegion(grant.bucket, region);
  }

  /** Whether this machine's clock is wrong: then the request is signed again with the store's time. */
  function learnTime({ code }: ErrorResponse, headers: Headers): boolean {
    const serverMs = readServerTime(headers);
    if (code !== "RequestTimeTooSkewed" || Number.isNaN(serverMs)) return false;
    const message = `This clock is off by ${
      Math.round((clock.now() - serverMs) / 1000)
    } s; the store's time is used instead`;
    clock.adopt(serverMs);
    emit?.({ type: "warning", code: "ClockSkew", message });
    return true;
  }

  function sendForText<T>(request: S3Request, read: (response: TextResponse) => T): Promise<T> {
    return send(request, async (exchange) => {
      const response = await readTextResponse(exchange, request, movingMs(request));
      try {
        return read(response);
      } catch (error) {
        throw withArrived(error, exchange, request.grant, response.text);
      }
    });
  }

  function sendForXml<T>(request: S3Request, read: (response: XmlResponse) => T): Promise<T> {
    return sendForText(request, ({ parse, headers }) => read({ root: parse(), headers }));
  }

  function sendForHeaders<T>(request: S3Request, read: (headers: Headers) => T): Promise<T> {
    return send(request, async (exchange) => {
      await readEmptyResponse(exchange, request);
      return read(exchange.headers);
    });
  }

  return { send, sendForHeaders, sendForXml, sendForText };
}

const MAX_ERROR_BYTES = 64 * 1024;
const MAX_MOVING_MS = 3_600_000;

/** Time for sending the body of a request, and for the store to copy what it has to. */
function movingMs({ body, storeBytes = 0 }: S3Request): number {
  const movedBytes = (body?.bytes.byteLength ?? 0) + storeBytes;
  return Math.min(Math.ceil(movedBytes / SLOWEST_BYTES_PER_MS), MAX_MOVING_MS);
}

async function readError({ method, operation }: S3Request, exchange: Exchange): Promise<ErrorResponse> {
  const { status, headers } = exchange;
  const body = await exchange.document(MAX_ERROR_BYTES);
  const error = readErrorResponse(status, headers, new TextDecoder().decode(body));
  // HEAD has no body, so the status is all there is.
  const isDenial = method === "HEAD" && status === 403 && body.byteLength === 0;
  // Unlike a page of a server that is not S3's.
  const isMissing = operation === "DeleteObject" && status === 404 && body.byteLength === 0;
  const implied = isDenial ? "AccessDenied" : isMissing ? "NoSuchKey" : undefined;
  return { ...error, code: implied ?? error.code };
}

function requestEvent(
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

function operationOf({ operation, path }: S3Request): { operation: string; path?: string } {
  return path === undefined ? { operation } : { operation, path };
}
