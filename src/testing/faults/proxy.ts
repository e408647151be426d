import {
  completeFault,
  createSeededRandom,
  type Fault,
  FAULT_KINDS,
  type FaultKind,
  type FaultRequest,
  type InjectedFault,
  mayFailIn200,
  placeInBody,
} from "./plan.ts";
import {
  type BodyEnd,
  cutResponse,
  flipBit,
  flipResponse,
  type MeasuredResponse,
  measureResponse,
  refusal,
  untilAbort,
} from "./response.ts";

/** Options of {@link createFaultyFetch}. */
export interface FaultyFetchOptions {
  /** The same seed gives the same faults to the same requests. Default 0. */
  seed?: number | undefined;
  /** Share of requests that get a fault, from 0 to 1. Default 0.05. */
  rate?: number | undefined;
  /** Kinds of faults. Default: all. */
  kinds?: readonly FaultKind[] | undefined;
  /** Chooses the fault of each request, instead of `rate` and `kinds`; `undefined` for none. Default: at random. */
  plan?: (request: FaultRequest) => Fault | undefined;
}

/** A `fetch` with a bad network. */
export interface FaultyFetch {
  /** Pass it to `createS3Source`. */
  readonly fetch: typeof fetch;
  /**
   * The faults so far, in order. Requests for which a fault is impossible pass without one: responses without a body
   * cannot break in it, and only some operations of S3 respond with 200 and an error.
   */
  readonly injected: InjectedFault[];
}

/**
 * Wraps the `fetch` of an in-memory S3, or a real one, so that some requests fail as they do with a bad network or a
 * busy store. A seed determines which fail, and how.
 *
 * The source's delays and timeouts take real time: use `retry: { baseDelayMs: 0, maxDelayMs: 0 }` and short `timeouts`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { createS3Source } from "@files/s3-source";
 * import { createFaultyFetch, createMemoryS3 } from "@files/s3-source/testing";
 *
 * const s3 = createMemoryS3();
 * const faulty = createFaultyFetch(s3.fetch, {
 *   plan: ({ index }) => index === 0 ? { kind: "resetBeforeHeaders", isDelivered: true } : undefined,
 * });
 * const source = createS3Source(s3.config, { fetch: faulty.fetch, retry: { baseDelayMs: 0 } });
 * await source.upload("hello.txt", "Hello!");
 * assertEquals(s3.requests.map(({ operation }) => operation), ["PutObject", "PutObject"]);
 * assertEquals(faulty.injected.length, 1);
 * ```
 */
export function createFaultyFetch(fetch: typeof globalThis.fetch, options: FaultyFetchOptions = {}): FaultyFetch {
  const { seed = 0, rate = 0.05, kinds = FAULT_KINDS } = options;
  const random = createSeededRandom(seed);
  const injected: InjectedFault[] = [];
  let count = 0;

  function drawFault(): Fault | undefined {
    const kind = kinds[Math.floor(random() * kinds.length)];
    return random() < rate && kind !== undefined ? { kind } : undefined;
  }

  async function faultyFetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
    const given = input instanceof Request ? input : undefined;
    const method = (init?.method ?? given?.method ?? "GET").toUpperCase();
    const request = { index: count++, method, url: new URL(given?.url ?? String(input)) };
    const chosen = options.plan === undefined ? drawFault() : options.plan(request);
    const send = () => fetch(input, init);
    if (chosen === undefined) return await send();
    const fault = completeFault(chosen, random);
    const signal = init?.signal ?? given?.signal;
    signal?.throwIfAborted();
    const note = () => void injected.push({ fault, request });

    switch (fault.kind) {
      case "refused":
        note();
        throw new TypeError("error sending request: connection refused");
      case "resetBeforeHeaders":
        if (fault.isDelivered) await (await send()).body?.cancel();
        note();
        throw new TypeError("error sending request: connection reset by peer");
      case "hang":
        if (fault.isDelivered && fault.isInBody) return await cut("stalled", { keepsLength: true });
        if (fault.isDelivered) await (await send()).body?.cancel();
        note();
        await untilAbort(signal ?? undefined);
        throw signal?.reason;
      case "resetInBody":
        return await cut("broken", { keepsLength: true });
      case "shortContentLength":
        return await cut("closed", { keepsLength: true });
      case "shortCloseDelimited":
        return await cut("closed", { keepsLength: false });
      case "flippedByte":
        return fault.direction === "request" && (init?.body ?? given?.body ?? null) !== null
          ? await flipRequest()
          : await spoil((measured) => flipResponse(measured, fault));
      default: {
        if (fault.kind === "errorIn200" && !mayFailIn200(request, new Headers(init?.headers ?? given?.headers))) {
          return await send();
        }
        note();
        return refusal(fault, method) ?? await send();
      }
    }

    async function spoil(how: (measured: MeasuredResponse) => Response): Promise<Response> {
      const measured = await measureResponse(await send(), method);
      if (measured.length === 0) return measured.response;
      note();
      return how(measured);
    }

    function cut(end: BodyEnd, { keepsLength }: { keepsLength: boolean }): Promise<Response> {
      return spoil((measured) => cutResponse(measured, fault, { end, keepsLength, signal: signal ?? undefined }));
    }

    async function flipRequest(): Promise<Response> {
      const whole = new Request(input, { ...init, signal: null });
      const bytes = new Uint8Array(await whole.arrayBuffer());
      if (bytes.byteLength > 0) note();
      const body = flipBit(bytes, placeInBody(fault, bytes.byteLength), fault.bit);
      return await fetch(whole.url, { ...init, method, headers: whole.headers, body });
    }
  }

  return { fetch: faultyFetch, injected };
}
