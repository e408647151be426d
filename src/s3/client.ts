import type { S3SourceEvent } from "../types/events.ts";
import { sleep } from "../async/abort.ts";
import { ServiceError } from "../errors.ts";
import { lazyModule, NOT_LOADED } from "./lazy_module.ts";
import { readEmptyResponse, readTextResponse, type TextResponse, type XmlResponse } from "./xml_response.ts";
import { receiveOrCancel, withArrived } from "./arrived.ts";
import type { Clock } from "./clock.ts";
import { type Exchange, openExchange } from "./exchange.ts";
import { type LearnedTraits, LIKE_AWS } from "./learned_traits.ts";
import { withPurpose } from "./purpose.ts";
import type { Refusals } from "./refusals.ts";
import { EMPTY_SHA256 } from "../hash/hash.ts";
import { isTransient, parseRetryAfter, retryDelayMs, type RetryPolicy } from "./retry.ts";
import {
  askIdentity,
  isUncovered,
  movingMs,
  operationOf,
  requestEvent,
  type S3Request,
  withPayloadHash,
} from "./s3_request.ts";
import { canonicalQuery, signHeaders, UNSIGNED_PAYLOAD } from "./sign/sign.ts";
import type { Store } from "./store.ts";

/**
 * Signs, sends and retries requests. They are meant for AWS; another store gets them in the form that it takes, which
 * `sent` is.
 */
export interface S3Client {
  /**
   * Sends a request and passes a successful response to `receive`; its transient failures are retried too.
   *
   * @throws {S3SourceError} The store's error, or the reason for there being no response.
   */
  send<T>(request: S3Request, receive: (exchange: Exchange, sent: S3Request) => Promise<T>): Promise<T>;
  /** Sends a request whose response has no body but, perhaps, an `<Error>`; `read` gets the response's headers. */
  sendForHeaders<T>(request: S3Request, read: (headers: Headers, sent: S3Request) => T): Promise<T>;
  /** Sends a request and reads the XML of the response. A 200 with an `<Error>` in it counts as an error. */
  sendForXml<T>(request: S3Request, read: (response: XmlResponse, sent: S3Request) => T): Promise<T>;
  /** The same, but `read` gets the text and calls `parse` only for documents that it does not recognise. */
  sendForText<T>(request: S3Request, read: (response: TextResponse, sent: S3Request) => T | Promise<T>): Promise<T>;
}

/** The parts of a client. */
export interface S3ClientOptions {
  /** Where requests go. */
  readonly store: Store;
  /** The store's known traits. */
  readonly traits: LearnedTraits;
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
export function createS3Client({ store, traits, fetch, clock, retry, timeouts, emit }: S3ClientOptions): S3Client {
  /** Buckets that have been seen to exist. */
  const seen = new Set<string>();

  async function send<T>(
    request: S3Request,
    receive: (exchange: Exchange, sent: S3Request) => Promise<T>,
  ): Promise<T> {
    const deadline = timeouts.totalMs === undefined ? Infinity : clock.uncorrected() + timeouts.totalMs;
    let form: S3Request | undefined;
    let refusals: Refusals | undefined;
    for (let attempt = 1;; attempt++) {
      let retryAfterMs = 0;
      try {
        form ??= traits.known === LIKE_AWS ? request : (await formsModule()).toForm(request, traits.known);
        if (isUncovered(form)) form = await withPayloadHash(form);
        const exchange = await open(form, attempt, deadline);
        if (exchange.status >= 200 && exchange.status < 300) {
          seen.add(request.grant.bucket);
          request.onSent?.(request.body?.bytes.byteLength ?? 0);
          const received = await receiveOrCancel(exchange, form, receive);
          refusals?.succeed();
          return received;
        }
        retryAfterMs = parseRetryAfter(exchange.headers.get("retry-after"), clock.now());
        refusals ??= await loadRefusals(request, exchange, deadline);
        form = await refusals.next(form, exchange, attempt);
        // A correction does not count as an attempt.
        attempt--;
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

  async function loadRefusals(request: S3Request, exchange: Exchange, deadline: number): Promise<Refusals> {
    const parts = { store, traits, clock, emit, seen, open: (asked: S3Request) => open(asked, 1, deadline) };
    try {
      return (await refusalsModule()).createRefusals(request, parts);
    } catch {
      await exchange.cancel();
      const { status } = exchange;
      const reason = `the store responded with ${status}; ${NOT_LOADED}`;
      throw new ServiceError(reason, { code: "UnexpectedStatus", status });
    }
  }

  /** Makes one attempt, up to the headers of the response. */
  function open(request: S3Request, attempt: number, deadline: number): Promise<Exchange> {
    const { method, body, onSent, signal } = request;
    const { url, headers } = sign(request);
    const startedMs = clock.uncorrected();
    const headersMs = Math.min(timeouts.headersMs + movingMs(request), deadline - startedMs);
    const { secretAccessKey, sessionToken } = request.grant.credentials;
    const options = { fetch, headersMs, idleMs: timeouts.idleMs, signal, secrets: [secretAccessKey, sessionToken] };
    const opened = openExchange(url, { method, headers, body: body?.bytes, onSent }, options);
    if (emit !== undefined) {
      const report = (exchange?: Exchange) =>
        emit(requestEvent(request, { attempt, durationMs: clock.uncorrected() - startedMs, exchange }));
      opened.then(report, () => report());
    }
    return opened;
  }

  function sign(request: S3Request): { url: string; headers: Record<string, string> } {
    const { method, grant: { credentials, bucket, isAnonymous } } = request;
    const { origin, host, path } = store.address(request);
    const query = request.query === undefined ? "" : canonicalQuery(request.query);
    const url = query === "" ? origin + path : `${origin}${path}?${query}`;
    if (isAnonymous) return { url, headers: askIdentity(request, { ...request.headers, ...store.payment }) };
    const payloadHash = request.body === undefined ? EMPTY_SHA256 : request.body.sha256Hex ?? UNSIGNED_PAYLOAD;
    const headers = { ...request.headers, ...store.payment, "x-amz-content-sha256": payloadHash };
    const scope = { credentials, region: store.regionOf(bucket), nowMs: clock.now() };
    return {
      url,
      headers: askIdentity(request, signHeaders({ method, host, path, query, headers, payloadHash }, scope)),
    };
  }

  function sendForText<T>(
    request: S3Request,
    read: (response: TextResponse, sent: S3Request) => T | Promise<T>,
  ): Promise<T> {
    return send(request, async (exchange, sent) => {
      const response = await readTextResponse(exchange, request, movingMs(request));
      try {
        return await read(response, sent);
      } catch (error) {
        throw await withArrived(error, exchange, request.grant, response.text);
      }
    });
  }

  function sendForXml<T>(request: S3Request, read: (response: XmlResponse, sent: S3Request) => T): Promise<T> {
    return sendForText(request, async ({ parse, headers }, sent) => read({ root: await parse(), headers }, sent));
  }

  function sendForHeaders<T>(request: S3Request, read: (headers: Headers, sent: S3Request) => T): Promise<T> {
    return send(request, async (exchange, sent) => {
      await readEmptyResponse(exchange, request);
      return read(exchange.headers, sent);
    });
  }

  return { send, sendForHeaders, sendForXml, sendForText };
}

const formsModule = lazyModule(() => import("./request_forms.ts"));
const refusalsModule = lazyModule(() => import("./refusals.ts"));
