import { createSeededRandom, type Fault, FAULT_KINDS, type FaultKind } from "../../src/testing/faults/plan.ts";
import { createFaultyFetch } from "../../src/testing/faults/proxy.ts";
import { createTcpProxy, SOCKET_KINDS } from "../faults/tcp_proxy.ts";

/** A network that fails now and then. */
export interface SoakFaults {
  /** For sources: some of its requests to store and broker fail. */
  readonly fetch: typeof fetch;
  /** The store behind a proxy that breaks connections. */
  readonly proxyUrl: string;
  /** The faults so far, by kind. */
  counts(): Readonly<Record<string, number>>;
  close(): Promise<void>;
}

/**
 * Injects faults into a share of the requests.
 *
 * @param options `isVerified`: whether the store keeps a checksum of the whole file that is read there.
 */
export async function startFaults(
  endpointUrl: string,
  { seed, rate, isVerified }: { seed: number; rate: number; isVerified: (url: URL) => boolean },
): Promise<SoakFaults> {
  const random = createSeededRandom(seed);
  const counted: Record<string, number> = {};
  const draw = (kinds: readonly FaultKind[], method: string): Fault | undefined => {
    if (random() >= rate) return undefined;
    // Requests that hang block their worker for seconds.
    const quick = random() < 0.75 ? kinds.filter((kind) => kind !== "hang") : kinds;
    const kind = quick[Math.floor(random() * quick.length)];
    if (kind === undefined) return undefined;
    // A wrong time would make signed URLs expire early, and a response without a body cannot break in it.
    return { kind, skewSeconds: 0, ...!hasAnswer(method) && { isInBody: false, direction: "request" } };
  };
  let kinds: readonly FaultKind[] = [];
  const faulty = createFaultyFetch((input, init) => fetch(input, init), {
    seed,
    plan: ({ method }) => draw(kinds, method),
  });
  const proxyKinds = [...SOCKET_KINDS].filter((kind) => kind !== "flippedByte");
  const proxy = await createTcpProxy(endpointUrl, {
    seed: seed + 1,
    plan: ({ method }) => draw(proxyKinds.filter((kind) => hasAnswer(method) || !NEEDS_ANSWER.has(kind)), method),
  });

  /** Empties the lists of faults, which would otherwise grow without end. */
  function collect(): void {
    for (const [name, list] of [["", faulty.injected], ["socket: ", proxy.injected]] as const) {
      for (const { fault: { kind } } of list.splice(0)) counted[name + kind] = (counted[name + kind] ?? 0) + 1;
    }
  }

  return {
    fetch: (input, init) => {
      const url = String(input instanceof Request ? input.url : input);
      // The proxy breaks these itself.
      if (url.startsWith(proxy.endpointUrl)) return fetch(input, init);
      // The plan is called before `faulty.fetch` returns.
      kinds = kindsFor(init, new URL(url), isVerified);
      return faulty.fetch(input, init);
    },
    proxyUrl: proxy.endpointUrl,
    counts: () => {
      collect();
      return counted;
    },
    close: () => proxy.close(),
  };
}

/** The faults that can happen to a request and are detected. */
function kindsFor(init: RequestInit | undefined, url: URL, isVerified: (url: URL) => boolean): FaultKind[] {
  const method = init?.method ?? "GET";
  const headers = new Headers(init?.headers);
  return FAULT_KINDS.filter((kind) => {
    if (NEEDS_ANSWER.has(kind)) return hasAnswer(method);
    if (kind === "errorIn200") return method === "POST" || headers.has("x-amz-copy-source");
    // Ranges of a file, listings, a broker's keys and, on SeaweedFS, lists of parts and of files to delete have no
    // checksum.
    const isWhole = method === "GET" && url.search === "" && !headers.has("range");
    return kind !== "flippedByte" || method === "PUT" || (isWhole && isVerified(url));
  });
}

function hasAnswer(method: string): boolean {
  return method === "GET" || method === "POST";
}

const NEEDS_ANSWER: ReadonlySet<FaultKind> = new Set<FaultKind>([
  "resetInBody",
  "shortContentLength",
  "shortCloseDelimited",
]);
