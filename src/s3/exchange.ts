import { ConfigError, InvalidArgumentError, show, TimeoutError } from "../errors.ts";
import { type ChunkReader, collectBytes, openChunks } from "../async/collect_bytes.ts";
import { isHeaderValue, readByteCount } from "./headers.ts";
import { toSizedBody } from "./sized_body.ts";
import { createStepGuard, type StepGuard } from "./step_guard.ts";

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
  /** What was signed or is sent with: no error may repeat it, whatever `fetch` puts into its own. */
  readonly secrets: readonly (string | undefined)[];
}

/** An answer whose body is still to come. Read it to its end or cancel it: until then it holds a connection. */
export interface Exchange {
  /** HTTP status. */
  readonly status: number;
  /** Headers of the answer. */
  readonly headers: Headers;
  /** The next bytes of the body; `undefined` after the last. */
  next(): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /**
   * The whole body; of one larger than `maxBytes`, the first `maxBytes + 1` bytes at least.
   *
   * @param length How many bytes it has, where that is known. Default: what the headers declare.
   */
  bytes(maxBytes?: number, length?: number): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * The same of a body that is no file: it has to end within `idleMs` and a second for each 64 KiB of `maxBytes`, however often a little
   * of it comes.
   *
   * @param workMs How much longer it may take because the store is still at work: S3 sends spaces meanwhile.
   * @throws {TimeoutError} If it does not.
   */
  document(maxBytes: number, workMs?: number): Promise<Uint8Array<ArrayBuffer>>;
  /** Reads a small body that nobody needs, so that the connection can be used again. Never fails: the answer counts already. */
  drain(): Promise<void>;
  /** What follows may be long in coming: until then this holds up no process. */
  rest(): void;
  /** Drops what has not been read, and closes the connection if that is not all. */
  cancel(): Promise<void>;
}

/** What is sent; `redirect` is not for the caller to choose. */
export interface ExchangeRequest {
  /** HTTP method. */
  readonly method: string;
  /** Request headers; the body adds its own. */
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
  { method, headers, body, onSent = () => {} }: ExchangeRequest,
  { fetch, headersMs, idleMs, signal, secrets }: ExchangeOptions,
): Promise<Exchange> {
  signal?.throwIfAborted();
  assertHeaders(headers);
  const { authorization, "x-amz-security-token": token } = headers;
  const guard = createStepGuard(signal, () => [...secrets, authorization, token]);
  const init: RequestInit = { method, headers, redirect: "manual", signal: guard.signal };
  if (body instanceof Uint8Array) {
    const sized = toSizedBody(body, onSent);
    Object.assign(init, sized, { headers: { ...headers, ...sized.headers } });
  } else if (body !== undefined) {
    init.body = body;
  }
  const response = await guard.wait(() => fetch(url, init), headersMs, "there was no answer");
  if (!isResponse(response)) {
    guard.release();
    throw new ConfigError(`Cannot use the option "fetch": it must return a Response, not ${show(response)}`);
  }
  return new FetchExchange(response, { guard, idleMs, hasBody: method !== "HEAD" });
}

/** By what it has: one of another realm, or of a `fetch` of somebody's own, is no instance of this `Response`. */
function isResponse(value: unknown): value is Response {
  if (typeof value !== "object" || value === null || !("status" in value && "headers" in value)) return false;
  return typeof Reflect.get(Object(value.headers), "get") === "function";
}

/** A class, as one is made for each request: methods of a prototype cost nothing to make. */
class FetchExchange implements Exchange {
  readonly status: number;
  readonly headers: Headers;
  readonly #response: Response;
  readonly #guard: StepGuard;
  readonly #idleMs: number;
  readonly #hasBody: boolean;
  // `response.body` itself is left alone for as long as possible: Deno then makes a stream of it, which a small body does without.
  #chunks: ChunkReader | undefined;

  constructor(
    response: Response,
    { guard, idleMs, hasBody }: { guard: StepGuard; idleMs: number; hasBody: boolean },
  ) {
    this.status = response.status;
    this.headers = response.headers;
    this.#response = response;
    this.#guard = guard;
    this.#idleMs = idleMs;
    this.#hasBody = hasBody;
  }

  async next(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    // Within the step: a body that somebody else has begun to read fails at once.
    const next = () => (this.#chunks ??= openChunks(this.#response.body)).next();
    const chunk = await this.#guard.wait(next, this.#idleMs, STALLED);
    if (chunk === undefined) this.#guard.release();
    else this.#guard.rest();
    return chunk;
  }

  bytes(maxBytes = Infinity, length = this.#declaredLength()): Promise<Uint8Array<ArrayBuffer>> {
    return this.#collect(() => this.next(), { maxBytes, length });
  }

  async document(maxBytes: number, workMs = 0): Promise<Uint8Array<ArrayBuffer>> {
    const limitMs = this.#idleMs + Math.ceil(maxBytes / SLOWEST_BYTES_PER_MS) + workMs;
    const endsMs = Date.now() + limitMs;
    const nextInTime = async () => {
      const chunk = await this.next();
      // Looked at with each chunk, as a timer of its own costs; while none comes, the step's runs.
      if (chunk === undefined || Date.now() <= endsMs) return chunk;
      throw new TimeoutError(`the body did not end within ${limitMs} ms`);
    };
    try {
      return await this.#collect(nextInTime, { maxBytes, length: this.#declaredLength() });
    } catch (error) {
      await this.cancel();
      throw error;
    }
  }

  async #collect(
    next: () => Promise<Uint8Array<ArrayBuffer> | undefined>,
    { maxBytes, length }: { maxBytes: number; length: number | undefined },
  ): Promise<Uint8Array<ArrayBuffer>> {
    const isShort = length !== undefined && length <= Math.min(maxBytes, ONE_STEP_BYTES);
    if (this.#chunks === undefined && isShort && !this.headers.has("transfer-encoding")) {
      const whole = await this.#guard.wait(() => this.#response.arrayBuffer(), this.#idleMs, STALLED);
      this.#guard.release();
      return new Uint8Array(whole);
    }
    // What headers declare takes no more room than this before it is there.
    const expectedBytes = Math.min(length ?? 0, maxBytes, EXPECTED_BYTES);
    const bytes = await collectBytes(next, { maxBytes, expectedBytes });
    if (bytes.byteLength > maxBytes) await this.cancel();
    return bytes;
  }

  async drain(): Promise<void> {
    if (!this.#hasBody) return this.#guard.release();
    try {
      await this.document(ONE_STEP_BYTES);
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
      // The body has already failed; that is as good as cancelled.
    }
  }

  /**
   * Behind a Content-Encoding, which `fetch` takes off, the declared length is not the body's, nor beside a Transfer-Encoding: Deno and
   * Bun let both pass. https://www.rfc-editor.org/rfc/rfc9112#section-6.3
   */
  #declaredLength(): number | undefined {
    const declared = this.headers.get("content-length");
    if (declared === null || this.headers.has("content-encoding")) return undefined;
    return this.headers.has("transfer-encoding") ? undefined : readByteCount(declared);
  }
}

const STALLED = "the body stalled";

/** 64 KiB a second. */
export const SLOWEST_BYTES_PER_MS = 65.536;

/** Bodies up to this size are awaited whole, which is several times cheaper than chunk by chunk. */
const ONE_STEP_BYTES = 64 * 1024;
/** A slice of a large file. */
const EXPECTED_BYTES = 8 * 1024 * 1024;

/** Runtimes quote what they cannot send in their errors, which may be a secret. */
function assertHeaders(headers: Readonly<Record<string, string>>): void {
  for (const name in headers) {
    if (!isHeaderValue(headers[name] ?? "")) {
      throw new InvalidArgumentError(`the value of the header ${name} has other than printable ASCII`);
    }
  }
}
