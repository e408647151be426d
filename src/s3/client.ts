import type { TimeoutOptions } from "../types/config.ts";
import type { RequestEvent, S3SourceEvent } from "../types/events.ts";
import { sleep } from "../async/abort.ts";
import { readAnswer, type TextAnswer, type XmlAnswer } from "./xml_response.ts";
import { type Clock, readServerTime } from "./clock.ts";
import { type Exchange, openExchange, SLOWEST_BYTES_PER_MS } from "./exchange.ts";
import { type Failure, type Purpose, readFailure, readToken, toError, unlessKey, withPurpose } from "./failure.ts";
import type { Grant } from "./grant.ts";
import { EMPTY_SHA256 } from "../hash/hash.ts";
import { isTransient, parseRetryAfter, retryDelayMs, type RetryPolicy } from "./retry.ts";
import { canonicalQuery, signHeaders } from "./sign/sign.ts";
import type { Store } from "./store.ts";

/** A request to S3, which can be sent any number of times. */
export interface S3Request extends Purpose {
  /** S3's name of it, for events. */
  readonly operation: string;
  /** HTTP method. */
  readonly method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
  /** Keys and bucket. */
  readonly grant: Grant;
  /** Absent for operations on the bucket. */
  readonly key?: string;
  /** Decoded names and values. */
  readonly query?: Readonly<Record<string, string>>;
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Bytes to send, with their SHA-256. */
  readonly body?: { readonly bytes: Uint8Array<ArrayBuffer>; readonly sha256Hex: string };
  /** Told how many bytes of the body have gone in this try, all of them once the store has answered. */
  readonly onSent?: ((byteLength: number) => void) | undefined;
  /** Bytes the store has to move before it answers, beside those sent; the time it may take grows with them. */
  readonly storeBytes?: number;
  /** Called before it is sent again: what a later try meets may be the work of one before. */
  readonly onRetry?: () => void;
  /** Cancels the request. */
  readonly signal?: AbortSignal | undefined;
}

/** Signs, sends, and tries again. */
export interface S3Client {
  /**
   * Sends a request and hands a good answer to `receive`, whose transient failures are tried again too.
   * @throws {S3SourceError} What the store refused, or why there was no answer.
   */
  send<T>(request: S3Request, receive: (exchange: Exchange) => Promise<T>): Promise<T>;
  /** Sends a request whose answer is XML, and reads it; a 200 with an `<Error>` in it is an error like any other. */
  sendForXml<T>(request: S3Request, read: (answer: XmlAnswer) => T): Promise<T>;
  /** The same, where `read` knows the document it wants by itself; any other is for `parse` to look at. */
  sendForText<T>(request: S3Request, read: (answer: TextAnswer) => T): Promise<T>;
}

/** What a client is made of. */
export interface S3ClientOptions {
  /** Where requests go. */
  readonly store: Store;
  /** Sends requests. */
  readonly fetch: typeof fetch;
  /** Time for signing. */
  readonly clock: Clock;
  /** When to try again. */
  readonly retry: RetryPolicy;
  /** How long to wait. */
  readonly timeouts: Required<Omit<TimeoutOptions, "totalMs">> & TimeoutOptions;
  /** Receives what happens; absent if nobody wants to know. */
  readonly emit: ((event: S3SourceEvent) => void) | undefined;
}

/** The wire. */
export function createS3Client({ store, fetch, clock, retry, timeouts, emit }: S3ClientOptions): S3Client {
  async function send<T>(request: S3Request, receive: (exchange: Exchange) => Promise<T>): Promise<T> {
    const deadline = timeouts.totalMs === undefined ? Infinity : clock.uncorrected() + timeouts.totalMs;
    const learned = { region: false, time: false };
    for (let attempt = 1;; attempt++) {
      let retryAfterMs = 0;
      try {
        const exchange = await open(request, attempt, deadline);
        if (exchange.status >= 200 && exchange.status < 300) {
          request.onSent?.(request.body?.bytes.byteLength ?? 0);
          return await receiveOrCancel(exchange, receive);
        }
        retryAfterMs = parseRetryAfter(exchange.headers.get("retry-after"), clock.now());
        const failure = await explain(request, exchange, deadline);
        // Each at most once, without a delay and beside the tries: the request itself was wrong, not the weather.
        const learnsRegion = !learned.region && (learned.region = learnRegion(request, failure));
        const learnsTime = !learned.time && (learned.time = learnTime(failure, exchange.headers));
        if (learnsRegion || learnsTime) {
          attempt--;
          continue;
        }
        throw toError(failure, request, request.grant.credentials);
      } catch (error) {
        request.signal?.throwIfAborted();
        const failed = withPurpose(error, request);
        if (!isTransient(failed) || attempt >= retry.maxAttempts) throw failed;
        const delayMs = retryDelayMs(attempt, retry, retryAfterMs);
        if (clock.uncorrected() + delayMs >= deadline) throw failed;
        request.onRetry?.();
        emit?.({ type: "retry", ...operationOf(request), attempt, delayMs, reason: failed.code });
        await sleep(delayMs, request.signal);
      }
    }
  }

  /** One try, until the headers of its answer. */
  async function open(request: S3Request, attempt: number, deadline: number): Promise<Exchange> {
    const { method, body, onSent, signal } = request;
    const { url, headers } = signed(request);
    const startedMs = clock.uncorrected();
    const headersMs = Math.min(timeouts.headersMs + movingMs(request), deadline - startedMs);
    let exchange: Exchange | undefined;
    try {
      const toSend = { method, headers, body: body?.bytes, onSent };
      const { secretAccessKey, sessionToken } = request.grant.credentials;
      const secrets = [secretAccessKey, sessionToken];
      const options = { fetch, headersMs, idleMs: timeouts.idleMs, signal, secrets };
      return exchange = await openExchange(url, toSend, options);
    } finally {
      emit?.(requestEvent(request, { attempt, durationMs: clock.uncorrected() - startedMs, exchange }));
    }
  }

  function signed(request: S3Request): { url: string; headers: Record<string, string> } {
    const { method, grant: { credentials, bucket } } = request;
    const { origin, host, path } = store.address(request);
    const query = request.query === undefined ? "" : canonicalQuery(request.query);
    const payloadHash = request.body?.sha256Hex ?? EMPTY_SHA256;
    const headers = { ...request.headers, "x-amz-content-sha256": payloadHash };
    const scope = { credentials, region: store.regionOf(bucket), nowMs: clock.now() };
    return {
      url: query === "" ? origin + path : `${origin}${path}?${query}`,
      headers: signHeaders({ method, host, path, query, headers, payloadHash }, scope),
    };
  }

  /** Why the store refused. After HEAD only the status tells; asking again with GET brings the code. */
  async function explain(request: S3Request, exchange: Exchange, deadline: number): Promise<Failure> {
    const failure = await readRefusal(request, exchange);
    const isVague = request.method === "HEAD" && (exchange.status === 400 || exchange.status === 403);
    const region = store.regionOf(request.grant.bucket);
    if (!isVague || (failure.region ?? region) !== region) return failure;
    const asked = await open({ ...request, method: "GET", headers: { range: "bytes=0-0" } }, 1, deadline);
    // An empty file has not even one byte to ask for. HEAD needs no other permission than GET, so this was no rule of the store's.
    if (asked.status < 400 || asked.status === 416) {
      await asked.cancel();
      return { ...failure, status: 503, code: "HeadRefused" };
    }
    return await readRefusal(request, asked);
  }

  /** Whether the bucket turns out to be in another region, so that signing again helps. */
  function learnRegion({ grant }: S3Request, { status, region }: Failure): boolean {
    const mayBeElsewhere = status === 301 || status === 307 || status === 308 || status === 400;
    return mayBeElsewhere && store.learnRegion(grant.bucket, region);
  }

  /** Whether the machine's clock turns out to be wrong, so that signing again with the store's time helps. */
  function learnTime({ code }: Failure, headers: Headers): boolean {
    const serverMs = readServerTime(headers);
    if (code !== "RequestTimeTooSkewed" || Number.isNaN(serverMs)) return false;
    const message = `The clock is off by ${Math.round((clock.now() - serverMs) / 1000)} s; the store's time is used`;
    clock.adopt(serverMs);
    emit?.({ type: "warning", code: "ClockSkew", message });
    return true;
  }

  function sendForText<T>(request: S3Request, read: (answer: TextAnswer) => T): Promise<T> {
    return send(request, async (exchange) => read(await readAnswer(exchange, request, movingMs(request))));
  }

  function sendForXml<T>(request: S3Request, read: (answer: XmlAnswer) => T): Promise<T> {
    return sendForText(request, ({ parse, headers }) => read({ root: parse(), headers }));
  }

  return { send, sendForXml, sendForText };
}

const MAX_ERROR_BYTES = 64 * 1024;
const MAX_MOVING_MS = 3_600_000;

/** How long the bytes of a request, and those that the store moves for it, may be on their way. */
function movingMs({ body, storeBytes = 0 }: S3Request): number {
  const movedBytes = (body?.bytes.byteLength ?? 0) + storeBytes;
  return Math.min(Math.ceil(movedBytes / SLOWEST_BYTES_PER_MS), MAX_MOVING_MS);
}

/** HEAD is answered without a code; of a 403 without even a body, nothing else is known. */
async function readRefusal({ method }: S3Request, exchange: Exchange): Promise<Failure> {
  const { status, headers } = exchange;
  const body = await exchange.document(MAX_ERROR_BYTES);
  const failure = readFailure(status, headers, new TextDecoder().decode(body));
  const isDenial = method === "HEAD" && status === 403 && body.byteLength === 0;
  return isDenial ? { ...failure, code: "AccessDenied" } : failure;
}

async function receiveOrCancel<T>(exchange: Exchange, receive: (exchange: Exchange) => Promise<T>): Promise<T> {
  try {
    return await receive(exchange);
  } catch (error) {
    await exchange.cancel();
    throw error;
  }
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
