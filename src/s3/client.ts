import type { S3SourceEvent } from "../types/events.ts";
import { sleep } from "../async/abort.ts";
import { readEmptyResponse, readTextResponse, type TextResponse, type XmlResponse } from "./xml_response.ts";
import { receiveOrCancel, withArrived } from "./arrived.ts";
import { type Clock, readServerTime } from "./clock.ts";
import { type Exchange, openExchange } from "./exchange.ts";
import { type ErrorResponse, receiveError } from "./error_response.ts";
import { rejectsCredentials, toError, withPurpose } from "./failure.ts";
import { createFormFinder, type FormFinder } from "./form_finder.ts";
import { CHECKSUM_MODE, readEtag } from "./headers.ts";
import type { LearnedTraits } from "./learned_traits.ts";
import { isUncovered, isUnsupported, toForm, withPayloadHash } from "./request_forms.ts";
import { EMPTY_SHA256 } from "../hash/hash.ts";
import { isTransient, parseRetryAfter, retryDelayMs, type RetryPolicy } from "./retry.ts";
import { askIdentity, movingMs, operationOf, requestEvent, type S3Request } from "./s3_request.ts";
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
  sendForText<T>(request: S3Request, read: (response: TextResponse, sent: S3Request) => T): Promise<T>;
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
    const learned = { region: false, time: false };
    let form = toForm(request, traits.known);
    let finder: FormFinder | undefined;
    for (let attempt = 1;; attempt++) {
      let retryAfterMs = 0;
      try {
        if (isUncovered(form)) form = await withPayloadHash(form);
        const exchange = await open(form, attempt, deadline);
        if (exchange.status >= 200 && exchange.status < 300) {
          seen.add(request.grant.bucket);
          request.onSent?.(request.body?.bytes.byteLength ?? 0);
          const received = await receiveOrCancel(exchange, form, receive);
          finder?.succeed();
          return received;
        }
        retryAfterMs = parseRetryAfter(exchange.headers.get("retry-after"), clock.now());
        const refused = await explain(form, exchange, { attempt, deadline });
        // Each is corrected at most once, without a delay, and does not count as an attempt.
        const learnsRegion = !learned.region && (learned.region = learnRegion(request, refused));
        const learnsTime = !learned.time && (learned.time = learnTime(refused, exchange.headers));
        if (learnsRegion || learnsTime) {
          attempt--;
          continue;
        }
        const failed = toError(refused, request, request.grant.credentials);
        if (isTransient(failed)) throw failed;
        finder ??= createFormFinder(request, {
          traits,
          isAws: store.isAws,
          askTag: (key) => askTag(request, key, deadline),
        });
        const next = await finder.next(form, refused);
        if (next === undefined) {
          throw toError(finder.explain(refused), request, request.grant.credentials, finder.hint);
        }
        form = next;
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

  /**
   * Reads the store's error. HEAD has only a status, so a GET of the first byte asks for the code; for a 404 only until
   * the bucket is known to exist.
   */
  async function explain(
    request: S3Request,
    exchange: Exchange,
    { attempt, deadline }: { readonly attempt: number; readonly deadline: number },
  ): Promise<ErrorResponse> {
    const vague = await receiveError(request, exchange);
    const { bucket } = request.grant;
    const { status } = exchange;
    const mayBeBucket = status === 404 && !seen.has(bucket);
    const isVague = request.method === "HEAD" && (VAGUE_STATUSES.has(status) || mayBeBucket);
    const region = store.regionOf(bucket);
    if (!isVague || (vague.region ?? region) !== region) return vague;
    const { [CHECKSUM_MODE]: mode } = request.headers ?? {};
    // The reason may be this header.
    const headers = { range: "bytes=0-0", ...mode !== undefined && { [CHECKSUM_MODE]: mode } };
    const asked = await open({ ...request, method: "GET", headers }, 1, deadline);
    // 416: the file is empty. HEAD needs the same permission as GET, so the failure of HEAD was transient.
    if (asked.status < 400 || asked.status === 416) {
      await asked.cancel();
      // Unless it is only HEAD that may not have the header.
      if (status === 400 ? mode !== undefined && attempt > 1 : isUnsupported(vague)) return vague;
      return { ...vague, status: 503, code: "HeadRefused" };
    }
    const error = await receiveError(request, asked);
    if (error.status === 404 && error.code !== "NoSuchBucket") seen.add(bucket);
    return error;
  }

  /** The tag that an object has now. @throws {S3SourceError} If the store no longer accepts the keys. */
  async function askTag(request: S3Request, key: string, deadline: number): Promise<string | null> {
    const { body: _body, query: _query, headers: _headers, ...others } = request;
    const head: S3Request = { ...others, operation: "HeadObject", method: "HEAD", key };
    const exchange = await open(head, 1, deadline);
    if (exchange.status === 401 || exchange.status === 403) {
      const refused = await explain(head, exchange, { attempt: 1, deadline });
      const failed = toError(refused, request, request.grant.credentials);
      if (rejectsCredentials(failed)) throw failed;
      return null;
    }
    await exchange.drain();
    return exchange.status === 200 ? readEtag(exchange.headers.get("etag")) : null;
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

  function sendForText<T>(request: S3Request, read: (response: TextResponse, sent: S3Request) => T): Promise<T> {
    return send(request, async (exchange, sent) => {
      const response = await readTextResponse(exchange, request, movingMs(request));
      try {
        return read(response, sent);
      } catch (error) {
        throw withArrived(error, exchange, request.grant, response.text);
      }
    });
  }

  function sendForXml<T>(request: S3Request, read: (response: XmlResponse, sent: S3Request) => T): Promise<T> {
    return sendForText(request, ({ parse, headers }, sent) => read({ root: parse(), headers }, sent));
  }

  function sendForHeaders<T>(request: S3Request, read: (headers: Headers, sent: S3Request) => T): Promise<T> {
    return send(request, async (exchange, sent) => {
      await readEmptyResponse(exchange, request);
      return read(exchange.headers, sent);
    });
  }

  return { send, sendForHeaders, sendForXml, sendForText };
}

/** Of HEAD: a store may have many reasons for them. */
const VAGUE_STATUSES: ReadonlySet<number> = new Set([400, 403, 405, 501]);
