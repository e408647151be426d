import { InvalidArgumentError, ServiceError, TimeoutError } from "../errors.ts";
import { isHeaderValue } from "./header_value.ts";
import { toSizedBody } from "./sized_body.ts";

/** How one request is sent. */
export interface ExchangeOptions {
  /** Sends it. */
  readonly fetch: typeof fetch;
  /** Milliseconds until the headers of the answer. */
  readonly headersMs: number;
  /** Milliseconds between two chunks of the answer's body. */
  readonly idleMs: number;
  /** The caller's own way to cancel. */
  readonly signal?: AbortSignal | undefined;
}

/** An answer whose body is still to come. Read it to its end or cancel it: until then it holds a connection. */
export interface Exchange {
  /** HTTP status. */
  readonly status: number;
  /** Headers of the answer. */
  readonly headers: Headers;
  /** The next bytes of the body; `undefined` after the last. */
  next(): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** The whole body; of one larger than `maxBytes`, the first `maxBytes + 1` bytes at least. */
  bytes(maxBytes?: number): Promise<Uint8Array<ArrayBuffer>>;
  /** Reads a small body that nobody needs, so that the connection can be used again. Never fails: the answer counts already. */
  drain(): Promise<void>;
  /** Drops what has not been read, and closes the connection if that is not all. */
  cancel(): Promise<void>;
}

/** What is sent; `redirect` is not for the caller to choose. */
export interface ExchangeRequest {
  /** HTTP method. */
  readonly method: string;
  /** Request headers. */
  readonly headers: Record<string, string>;
  /** Bytes or text to send. */
  readonly body?: Uint8Array<ArrayBuffer> | string | undefined;
  /** Told how many bytes of the body have gone so far, where the runtime tells. */
  readonly onSent?: ((byteLength: number) => void) | undefined;
}

/**
 * Sends a request and waits for the headers of the answer. Redirects are not followed: `fetch` would send body and
 * session token to wherever they point.
 *
 * @throws {TimeoutError} If the headers, or later a chunk, take too long.
 * @throws {ServiceError} With the code `"NetworkError"`, if the connection fails. Aborts reject with the signal's reason.
 */
export async function openExchange(
  url: string,
  request: ExchangeRequest,
  options: ExchangeOptions,
): Promise<Exchange> {
  const { signal } = options;
  signal?.throwIfAborted();
  assertHeaders(request.headers);
  const controller = new AbortController();
  let rejectStep: (reason: unknown) => void = () => {};
  /** Not every `fetch` ends a body when it is aborted, so whoever waits is told as well. */
  const stop = (reason: unknown) => {
    controller.abort(reason);
    rejectStep(reason);
  };
  const onAbort = () => stop(signal?.reason);
  signal?.addEventListener("abort", onAbort, { once: true });
  const release = () => signal?.removeEventListener("abort", onAbort);

  /** Waits for one step; whatever goes wrong ends the exchange. */
  async function step<T>(promise: Promise<T>, limitMs: number, what: string): Promise<T> {
    const timer = setTimeout(() => stop(new TimeoutError(`${what} for ${limitMs} ms`)), limitMs);
    try {
      return await new Promise<T>((resolve, reject) => {
        rejectStep = reject;
        if (controller.signal.aborted) reject(controller.signal.reason);
        promise.then(resolve, reject);
      });
    } catch (error) {
      release();
      if (controller.signal.aborted) throw controller.signal.reason;
      controller.abort();
      throw new ServiceError("the connection failed", { code: "NetworkError", cause: withoutUrl(error) });
    } finally {
      clearTimeout(timer);
    }
  }

  const { method, body, onSent = () => {} } = request;
  const sized = body instanceof Uint8Array ? toSizedBody(body, onSent) : { body: body ?? null, headers: {} };
  const headers = { ...request.headers, ...sized.headers };
  const init: RequestInit = { ...sized, method, headers, redirect: "manual", signal: controller.signal };
  // In a function of its own: a `fetch` may also throw at once.
  const send = async () => await (0, options.fetch)(url, init);
  const response = await step(send(), options.headersMs, "there was no answer");
  // `response.body` itself is left alone for as long as possible: Deno then makes a stream of it, which a small body does without.
  let reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> | undefined;

  async function next(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    reader ??= response.body?.getReader();
    if (reader === undefined) return void release();
    const { done, value } = await step(reader.read(), options.idleMs, "the body stalled");
    if (done) release();
    return value;
  }

  async function bytes(maxBytes = Infinity): Promise<Uint8Array<ArrayBuffer>> {
    // Behind a Content-Encoding, which `fetch` takes off, the declared length is not the body's.
    const declared = response.headers.has("content-encoding")
      ? NaN
      : Number(response.headers.get("content-length") ?? NaN);
    if (reader === undefined && declared <= Math.min(maxBytes, ONE_STEP_BYTES)) {
      const whole = await step(response.arrayBuffer(), options.idleMs, "the body stalled");
      release();
      return new Uint8Array(whole);
    }
    const chunks: Uint8Array<ArrayBuffer>[] = [];
    let length = 0;
    for (let chunk = await next(); chunk !== undefined; chunk = await next()) {
      chunks.push(chunk);
      length += chunk.byteLength;
      if (length > maxBytes) {
        await cancel();
        break;
      }
    }
    return concatBytes(chunks, length);
  }

  async function drain(): Promise<void> {
    if (method === "HEAD") return release();
    try {
      await bytes(ONE_STEP_BYTES);
    } catch {
      release();
    }
  }

  async function cancel(): Promise<void> {
    release();
    try {
      await (reader?.cancel() ?? response.body?.cancel());
    } catch {
      // The body has already failed; that is as good as cancelled.
    }
  }

  return { status: response.status, headers: response.headers, next, bytes, drain, cancel };
}

/** Puts chunks together. */
export function concatBytes(chunks: readonly Uint8Array<ArrayBuffer>[], length: number): Uint8Array<ArrayBuffer> {
  if (chunks.length === 1 && chunks[0]) return chunks[0];
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return whole;
}

/** Bodies up to this size are awaited whole, which is several times cheaper than chunk by chunk. */
const ONE_STEP_BYTES = 64 * 1024;

/** Runtimes quote what they cannot send in their errors, which may be a secret. */
function assertHeaders(headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers)) {
    if (!isHeaderValue(value)) {
      throw new InvalidArgumentError(`the value of the header ${name} has other than printable ASCII`);
    }
  }
}

/** What can be told of a failed `fetch`: runtimes put the URL, and with it signed queries, into the message and the stack. */
function withoutUrl(error: unknown): Error {
  if (!(error instanceof Error)) return new Error("not an Error was thrown");
  const safe = new Error(stripUrls(error.message));
  safe.name = error.name;
  const { cause } = error;
  if (cause instanceof Error) safe.cause = new Error(stripUrls(cause.message));
  return safe;
}

function stripUrls(text: string): string {
  return text.replace(/\b[a-z][a-z0-9+.-]*:\/\/[^\s"')]+/gi, "URL");
}
