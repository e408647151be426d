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
 * Keeps track of requests. Each gets a signal of ours in place of the one that Deno gives it: that one also aborts when all went
 * well, and Deno warns about it on the console once anyone uses it. Who goes away during an upload is noticed by the body that
 * breaks off. https://docs.deno.com/go/unstable-no-legacy-abort
 */
export function trackRequests(handle: Handler): RunningRequests {
  const running = new Map<AbortController, Promise<Response>>();
  let isClosed = false;
  return {
    async handle({ url, method, headers, body }, address) {
      if (isClosed) return new Response("The server is stopping.\n", { status: 503, headers: { connection: "close" } });
      const controller = new AbortController();
      const answer = handle(new Request(url, { method, headers, body, signal: controller.signal }), address);
      running.set(controller, answer);
      try {
        return await answer;
      } finally {
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
