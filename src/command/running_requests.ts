import { findMalformed, type Malformed } from "../options/malformed_request.ts";

/** Answers a request from an address. */
export type Handler = (request: Request, address: string) => Promise<Response>;

/** The requests of a server that is to end: to wait for, and to break off. */
export interface RunningRequests {
  /** The handler that the server must call. */
  readonly handle: Handler;
  /** Refuses further requests, and waits for those that run. */
  finish(): Promise<void>;
  /** Aborts the signals of those that run. */
  breakOff(reason: unknown): void;
}

/** Something that is wrong with a request before it has been handed on. */
export interface RefusedRequest {
  /** Where it came from. */
  readonly address: string;
  /** Why it is refused, in a sentence. */
  readonly reason: string;
}

/**
 * Keeps track of requests, and answers those that are malformed with 400 or 405. Each gets a signal of ours in place of the one that Deno gives
 * it, which also aborts when all went well: ours aborts if the client goes away before its answer is there.
 * https://docs.deno.com/go/unstable-no-legacy-abort
 */
export function trackRequests(handle: Handler, onRefused?: (refused: RefusedRequest) => void): RunningRequests {
  const running = new Map<AbortController, Promise<Response>>();
  let isClosed = false;

  function refuse({ status, reason }: Malformed, address: string): Response {
    onRefused?.({ address, reason });
    const allow: HeadersInit = status === 405 ? { allow: "GET, HEAD, POST" } : {};
    return new Response(`Bad request: ${reason}.\n`, { status, headers: { ...allow, "cache-control": "no-store" } });
  }

  return {
    async handle(request, address) {
      const malformed = findMalformed(request);
      if (malformed !== undefined) return refuse(malformed, address);
      if (isClosed) return new Response("The server is stopping.\n", { status: 503, headers: { connection: "close" } });
      const controller = new AbortController();
      const tracked = withSignal(request, controller.signal);
      if (tracked === undefined) return refuse({ status: 400, reason: "it is not a valid request" }, address);
      const { signal } = request;
      const answer = handle(tracked, address);
      running.set(controller, answer);
      const onGone = () => controller.abort(new DOMException("The client has gone away", "AbortError"));
      signal.addEventListener("abort", onGone);
      try {
        return await answer;
      } finally {
        signal.removeEventListener("abort", onGone);
        running.delete(controller);
      }
    },
    async finish() {
      isClosed = true;
      await Promise.allSettled(running.values());
    },
    breakOff(reason) {
      for (const controller of running.keys()) controller.abort(reason);
    },
  };
}

/** The same request with another signal; `undefined` if a `Request` cannot represent it, as Deno's own can: the method `GeT` has a body. */
function withSignal({ url, method, headers, body }: Request, signal: AbortSignal): Request | undefined {
  try {
    return new Request(url, { method, headers, body, signal });
  } catch {
    return undefined;
  }
}
