import { findMalformed, type Malformed } from "../options/malformed_request.ts";

/** Handles a request from an address. */
export type Handler = (request: Request, address: string) => Promise<Response>;

/** The running requests of a server. */
export interface RunningRequests {
  /** The handler for the server to call. */
  readonly handle: Handler;
  /** Refuses further requests, and waits until the running ones have ended. */
  finish(): Promise<void>;
  /** Aborts the signals of the running ones. */
  abort(reason: unknown): void;
}

/** A malformed request. */
export interface RefusedRequest {
  /** Where it comes from. */
  readonly address: string;
  /** Why it is refused, in a sentence. */
  readonly reason: string;
}

/**
 * Tracks requests, and answers malformed ones with 400 or 405. Each request gets a signal that aborts if the client
 * disconnects before the response; Deno's own signal also aborts after a success.
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
      if (tracked === undefined) return refuse({ status: 400, reason: "the request is not valid" }, address);
      const { signal } = request;
      const response = handle(tracked, address);
      running.set(controller, response);
      const onDisconnect = () => controller.abort(new DOMException("The client disconnected", "AbortError"));
      signal.addEventListener("abort", onDisconnect);
      try {
        return await response;
      } finally {
        signal.removeEventListener("abort", onDisconnect);
        running.delete(controller);
      }
    },
    async finish() {
      isClosed = true;
      await Promise.allSettled(running.values());
    },
    abort(reason) {
      for (const controller of running.keys()) controller.abort(reason);
    },
  };
}

/** Node asks for it with a body that is a stream. https://fetch.spec.whatwg.org/#dom-requestinit-duplex */
export const STREAMING: object = { duplex: "half" };

/** The same request with another signal; `undefined` if `Request` forbids it, such as a body with the method `GeT`. */
function withSignal({ url, method, headers, body }: Request, signal: AbortSignal): Request | undefined {
  try {
    return new Request(url, { method, headers, body, signal, ...STREAMING });
  } catch {
    return undefined;
  }
}
