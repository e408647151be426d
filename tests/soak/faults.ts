import { createSeededRandom, type Fault, FAULT_KINDS, type FaultKind } from "../../src/testing/faults/plan.ts";
import { createFaultyFetch } from "../../src/testing/faults/proxy.ts";
import { createTcpProxy, SOCKET_KINDS } from "../faults/tcp_proxy.ts";

/** A network that is bad now and then. */
export interface SoakFaults {
  /** For sources: of its requests, to the store and to the broker, some fail. */
  readonly fetch: typeof fetch;
  /** The store behind a proxy that breaks connections. */
  readonly proxyUrl: string;
  /** Faults that came about, by kind. */
  counts(): Readonly<Record<string, number>>;
  close(): Promise<void>;
}

/**
 * Injects so many faults a request.
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
    // Those that hang hold up their worker for seconds.
    const quick = random() < 0.75 ? kinds.filter((kind) => kind !== "hang") : kinds;
    const kind = quick[Math.floor(random() * quick.length)];
    if (kind === undefined) return undefined;
    // A store that lies about the time would have signed URLs end early; and what has no body cannot break there.
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

  /** Takes the faults out of the lists, which would grow all the time. */
  function collect(): void {
    for (const [name, list] of [["", faulty.injected], ["socket: ", proxy.injected]] as const) {
      for (const { fault: { kind } } of list.splice(0)) counted[name + kind] = (counted[name + kind] ?? 0) + 1;
    }
  }

  return {
    fetch: (input, init) => {
      const url = String(input instanceof Request ? input.url : input);
      // The proxy's requests fail by themselves.
      if (url.startsWith(proxy.endpointUrl)) return fetch(input, init);
      // The plan is asked before the call returns.
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

/** What can go wrong with a request, and is found out by something. */
function kindsFor(init: RequestInit | undefined, url: URL, isVerified: (url: URL) => boolean): FaultKind[] {
  const method = init?.method ?? "GET";
  const headers = new Headers(init?.headers);
  return FAULT_KINDS.filter((kind) => {
    if (NEEDS_ANSWER.has(kind)) return hasAnswer(method);
    if (kind === "errorIn200") return method === "POST" || headers.has("x-amz-copy-source");
    // Nothing verifies parts of a file, listings, the keys of a broker, nor, on SeaweedFS, lists of parts and of files to delete.
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
