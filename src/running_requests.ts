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

/**
 * Keeps track of requests. Each gets a signal of ours in place of the one that Deno gives it, which also aborts when all went well: ours
 * aborts if the client goes away before its answer is there. https://docs.deno.com/go/unstable-no-legacy-abort
 */
export function trackRequests(handle: Handler, onRefused: (reason: string) => void = () => {}): RunningRequests {
  const running = new Map<AbortController, Promise<Response>>();
  let isClosed = false;
  return {
    async handle(request, address) {
      const problem = problemOf(request);
      if (problem !== undefined) {
        onRefused(problem.reason);
        return new Response(`${problem.reason}\n`, { status: problem.status });
      }
      const { url, method, headers, body, signal } = request;
      if (isClosed) return new Response("The server is stopping.\n", { status: 503, headers: { connection: "close" } });
      const controller = new AbortController();
      const answer = handle(new Request(url, { method, headers, body, signal: controller.signal }), address);
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

/** What is wrong with a request that cannot even be made: Deno makes the URL from the Host header, whatever that says. */
function problemOf({ url, method }: Request): { readonly status: number; readonly reason: string } | undefined {
  if (!URL.canParse(url)) return { status: 400, reason: "The Host header, or the request's target, is not valid" };
  // https://fetch.spec.whatwg.org/#forbidden-method
  if (/^(?:CONNECT|TRACE|TRACK)$/i.test(method)) return { status: 405, reason: "There is no such method here" };
  return undefined;
}
