import { ConfigError, InvalidArgumentError, show, TimeoutError } from "../errors.ts";
import type { ChunkReader } from "../async/collect_bytes.ts";
import { readByteCount } from "./headers.ts";
import { lazyModule } from "./lazy_module.ts";
import { createStepGuard, type StepGuard } from "./step_guard.ts";

/** How a request is sent. */
export interface ExchangeOptions {
  /** Sends it. */
  readonly fetch: typeof fetch;
  /** Time limit for the headers of the response, in milliseconds. */
  readonly headersMs: number;
  /** Time limit for each chunk of the response's body, in milliseconds. */
  readonly idleMs: number;
  /** Cancels the exchange. */
  readonly signal?: AbortSignal | undefined;
  /** Secrets of the request, which are removed from the errors of `fetch`. */
  readonly secrets: readonly (string | undefined)[];
}

/** A response whose body has not been read. It holds a connection until it is read to its end or cancelled. */
export interface Exchange {
  /** HTTP status. */
  readonly status: number;
  /** Response headers. */
  readonly headers: Headers;
  /** Milliseconds from the request to its response's headers. */
  readonly firstByteMs: number;
  /** The next bytes of the body; `undefined` after the last. */
  next(): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /**
   * The whole body, or at least `maxBytes + 1` bytes of a larger one.
   *
   * @param length Length of the body, if known. Default: what the headers declare.
   */
  bytes(maxBytes?: number, length?: number): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * The whole body, with a limit on the total time: `idleMs`, and a second for each 64 KiB of `maxBytes`.
   *
   * @param workMs Additional time for a store that is still at work; S3 sends spaces meanwhile.
   * @throws {TimeoutError} If the body does not end in time.
   */
  document(maxBytes: number, workMs?: number): Promise<Uint8Array<ArrayBuffer>>;
  /** Discards a small body, so that the connection can be reused. Never rejects. */
  drain(): Promise<void>;
  /** The next read may be far off: until then this does not keep the process alive. */
  rest(): void;
  /** Discards the rest of the body, which may close the connection. Never rejects. */
  cancel(): Promise<void>;
}

/** The request to send. */
export interface ExchangeRequest {
  /** HTTP method. */
  readonly method: string;
  /** Request headers. */
  readonly headers: Record<string, string>;
  /** Request body. */
  readonly body?: Uint8Array<ArrayBuffer> | string | undefined;
  /** Called with the number of body bytes sent so far, if the runtime reports it. */
  readonly onSent?: ((byteLength: number) => void) | undefined;
}

/**
 * Sends a request and waits for the headers of the response. Redirects are not followed: `fetch` would send the body
 * and the session token to the new address.
 *
 * @throws {TimeoutError} If the headers, or later a chunk, take too long.
 * @throws {ServiceError} With the code `"NetworkError"`, if the connection fails. Aborts reject with the
 * signal's reason.
 */
export async function openExchange(
  url: string,
  { method, headers, body, onSent }: ExchangeRequest,
  { fetch, headersMs, idleMs, signal, secrets }: ExchangeOptions,
): Promise<Exchange> {
  assertHeaders(headers);
  const isLarge = body instanceof Uint8Array && body.byteLength > SMALL_BODY_BYTES;
  const sized = isLarge ? (await sizedBodies()).toSizedBody(body, onSent) : undefined;
  signal?.throwIfAborted();
  const { authorization, "x-amz-security-token": token } = headers;
  const guard = createStepGuard(signal, [...secrets, authorization, token], url);
  const init: RequestInit = { method, headers, redirect: "manual", signal: guard.signal, ...UNCACHED };
  if (sized !== undefined) Object.assign(init, sized, { headers: { ...headers, ...sized.headers } });
  else if (body !== undefined) init.body = body;
  const beganMs = Date.now();
  const response = await guard.wait(() => fetch(url, init), headersMs, "no response");
  const firstByteMs = Date.now() - beganMs;
  if (!isResponse(response)) {
    guard.release();
    throw new ConfigError(`Cannot use the option "fetch": it must return a Response, not ${show(response)}`);
  }
  return new FetchExchange(response, { guard, idleMs, firstByteMs, hasBody: method !== "HEAD" });
}

/**
 * A browser's cache would answer with what a file was before, and ask for other ranges than were signed. Other runtimes
 * have no such cache; Workers may refuse the option, and Node adds headers for it.
 */
const UNCACHED: Pick<RequestInit, "cache"> = globalThis.navigator?.userAgent?.startsWith("Mozilla/")
  ? { cache: "no-store" }
  : {};

/** Checks properties, as a response of another realm or a custom `fetch` is not an instance of this `Response`. */
function isResponse(value: unknown): value is Response {
  if (typeof value !== "object" || value === null || !("status" in value && "headers" in value)) return false;
  return typeof Reflect.get(Object(value.headers), "get") === "function";
}

/** A class, because closures for each request would cost time. */
class FetchExchange implements Exchange {
  readonly status: number;
  readonly headers: Headers;
  readonly firstByteMs: number;
  readonly #response: Response;
  readonly #guard: StepGuard;
  readonly #idleMs: number;
  readonly #hasBody: boolean;
  // Opened late: reading `response.body` makes Deno create a stream, which a small body does not need.
  #chunks: ChunkReader | undefined;

  constructor(
    response: Response,
    { guard, idleMs, firstByteMs, hasBody }: {
      guard: StepGuard;
      idleMs: number;
      firstByteMs: number;
      hasBody: boolean;
    },
  ) {
    this.status = response.status;
    this.headers = response.headers;
    this.firstByteMs = firstByteMs;
    this.#response = response;
    this.#guard = guard;
    this.#idleMs = idleMs;
    this.#hasBody = hasBody;
  }

  next(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const chunks = this.#chunks;
    return chunks === undefined ? this.#readFirst() : this.#guard.wait(() => this.#read(chunks), this.#idleMs, STALLED);
  }

  async #readFirst(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const { openChunks } = await chunked();
    // Opened within the step, as this fails if the body is locked to another reader.
    const open = () => this.#read(this.#chunks = openChunks(this.#response.body));
    return await this.#guard.wait(open, this.#idleMs, STALLED);
  }

  async #read(chunks: ChunkReader): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const chunk = await chunks.next();
    if (chunk === undefined) this.#guard.release();
    else this.#guard.rest();
    return chunk;
  }

  bytes(maxBytes = Infinity, length = this.#declaredLength()): Promise<Uint8Array<ArrayBuffer>> {
    if (this.#isShort(length, maxBytes)) return this.#readAtOnce(length);
    return this.#collect(() => this.next(), { maxBytes, length });
  }

  async document(maxBytes: number, workMs = 0): Promise<Uint8Array<ArrayBuffer>> {
    const length = this.#declaredLength();
    if (this.#isShort(length, maxBytes)) return await this.#readAtOnce(length);
    const limitMs = this.#idleMs + Math.ceil(maxBytes / SLOWEST_BYTES_PER_MS) + workMs;
    const endsMs = Date.now() + limitMs;
    const nextInTime = async () => {
      const chunk = await this.next();
      // Checked with each chunk instead of by another timer; the step's own covers the time between.
      if (chunk === undefined || Date.now() <= endsMs) return chunk;
      throw new TimeoutError(`the body did not end within ${limitMs} ms`);
    };
    try {
      return await this.#collect(nextInTime, { maxBytes, length });
    } catch (error) {
      await this.cancel();
      throw error;
    }
  }

  #isShort(length: number | undefined, maxBytes: number): length is number {
    return length !== undefined && length <= Math.min(maxBytes, ONE_STEP_BYTES) && this.#chunks === undefined &&
      !this.headers.has("transfer-encoding");
  }

  async #readAtOnce(length: number): Promise<Uint8Array<ArrayBuffer>> {
    const limitMs = this.#idleMs + Math.floor(length / SLOWEST_BYTES_PER_MS);
    const whole = await this.#guard.wait(() => this.#response.arrayBuffer(), limitMs, STALLED);
    this.#guard.release();
    return new Uint8Array(whole);
  }

  async #collect(
    next: () => Promise<Uint8Array<ArrayBuffer> | undefined>,
    { maxBytes, length }: { maxBytes: number; length: number | undefined },
  ): Promise<Uint8Array<ArrayBuffer>> {
    // Memory is not allocated on the headers' word alone.
    const expectedBytes = Math.min(length ?? 0, maxBytes, EXPECTED_BYTES);
    const { collectBytes } = await chunked();
    const bytes = await collectBytes(next, { maxBytes, expectedBytes });
    if (bytes.byteLength > maxBytes) await this.cancel();
    return bytes;
  }

  async drain(): Promise<void> {
    if (!this.#hasBody) return this.#guard.release();
    try {
      await this.document(DRAINED_BYTES);
    } catch {
      this.#guard.release();
    }
  }

  rest(): void {
    this.#guard.rest();
  }

  async cancel(): Promise<void> {
    this.#guard.release();
    try {
      await (this.#chunks?.cancel() ?? this.#response.body?.cancel());
    } catch {
      // The body has already failed.
    }
  }

  /**
   * Content-Length is not the length of what is read if there is a Content-Encoding, which `fetch` decodes, or a
   * Transfer-Encoding, which Deno and Bun let through beside it. https://www.rfc-editor.org/rfc/rfc9112#section-6.3
   */
  #declaredLength(): number | undefined {
    const declared = this.headers.get("content-length");
    if (declared === null || this.headers.has("content-encoding")) return undefined;
    return this.headers.has("transfer-encoding") ? undefined : readByteCount(declared);
  }
}

const sizedBodies = lazyModule(() => import("./sized_body.ts"));
const chunked = lazyModule(() => import("../async/collect_bytes.ts"));

const STALLED = "the body stalled";

/** A body up to this size is sent as it is. */
const SMALL_BODY_BYTES = 64 * 1024;

/** 64 KiB/s. */
export const SLOWEST_BYTES_PER_MS = 65.536;

/** Bodies up to this size are read at once, which is several times as fast as chunk by chunk. */
const ONE_STEP_BYTES = 1024 * 1024;
/** A body up to this size is read to keep the connection. */
const DRAINED_BYTES = 64 * 1024;
/** The size of a slice of a large file. */
const EXPECTED_BYTES = 8 * 1024 * 1024;

/** Runtimes quote invalid header values in their errors, and these may be secrets. */
function assertHeaders(headers: Readonly<Record<string, string>>): void {
  let values = "";
  for (const name in headers) values += headers[name];
  // One test for all headers, as hardly any value has such a character.
  if (!UNSENDABLE.test(values)) return;
  const name = Object.keys(headers).find((name) => UNSENDABLE.test(headers[name] ?? ""));
  throw new InvalidArgumentError(`the header ${name} has a character that headers cannot have`);
}

const UNSENDABLE = /[^\x20-\x7e\x80-\xff]/;
