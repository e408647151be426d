import {
  createS3Source,
  type S3Source,
  type S3SourceConfig,
  type S3SourceOptions,
  type StoreTraits,
} from "../../mod.ts";
import { completeFault, type FaultKind, type FaultRequest, type InjectedFault } from "../../src/testing/faults/plan.ts";
import { createFaultyFetch } from "../../src/testing/faults/proxy.ts";
import { createMemoryS3 } from "../../src/testing/memory_s3/memory_s3.ts";
import { findFreePorts } from "../../tools/free_ports.ts";
import type { SeaweedFs } from "../integration/seaweedfs.ts";
import { signedFetch } from "../support/signed_fetch.ts";
import { createTcpProxy, SOCKET_KINDS } from "./tcp_proxy.ts";

/** A store that can be reached over a bad network, and inspected over a good one. */
export interface FaultStore {
  /** For the names of tests. */
  readonly name: string;
  /** Reaches the store over a good network. */
  readonly fetch: typeof fetch;
  /** A source of a folder, over a good network. */
  open(prefix: string, options?: S3SourceOptions, store?: StoreTraits): S3Source;
  /** The store over a bad network. Close it. */
  openFaults(faults: FaultPlan): Promise<FaultyStore>;
  /** An object as it is stored, read without our code. */
  peek(key: string): Promise<Uint8Array | undefined>;
  /** Keys of the multipart uploads below a prefix, as the store lists them. */
  listUploads(prefix: string): Promise<string[]>;
}

/** The faults of a run. */
export interface FaultPlan {
  readonly seed: number;
  readonly kind: FaultKind;
  /** Whether a request is hit, given how many were hit before. */
  readonly isHit: (request: FaultRequest, injectedCount: number) => boolean;
}

/** A store over a bad network. */
export interface FaultyStore {
  /** A source of a folder, over the bad network. */
  open(prefix: string, options: S3SourceOptions, store?: StoreTraits): S3Source;
  /** The faults so far. */
  readonly injected: readonly InjectedFault[];
  close(): Promise<void>;
}

/** A store in memory, whose faults are injected into `fetch`. */
export function memoryStore(): FaultStore {
  const s3 = createMemoryS3();
  return {
    name: "in memory",
    fetch: s3.fetch,
    ...onNetwork(s3.config, s3.fetch),
    openFaults: (plan) => Promise.resolve(fetchFaults(s3.config, s3.fetch, plan)),
    peek: (key) => {
      const body = s3.getObject("bucket", key)?.body;
      return Promise.resolve(typeof body === "string" ? new TextEncoder().encode(body) : body);
    },
    listUploads: (prefix) => {
      const keys = s3.listUploads("bucket").map((upload) => upload.key);
      return Promise.resolve(keys.filter((key) => key.startsWith(prefix)));
    },
  };
}

/** A SeaweedFS: faults of connections are caused on a socket, the others in `fetch`. */
export function seaweedStore({ config, bucket, listUploads }: SeaweedFs): FaultStore {
  const direct: typeof fetch = (input, init) => fetch(input, init);
  return {
    name: "SeaweedFS",
    fetch: direct,
    ...onNetwork(config, direct),
    openFaults: async (plan) => {
      if (plan.kind === "refused") return refusals(config, plan);
      if (!SOCKET_KINDS.has(plan.kind)) return fetchFaults(config, direct, plan);
      const proxy = await createTcpProxy(config.endpointUrl, {
        seed: plan.seed,
        plan: (request, count) => plan.isHit(request, count) ? { kind: plan.kind } : undefined,
      });
      const { endpointUrl, injected, close } = proxy;
      return { ...onNetwork({ ...config, endpointUrl }, direct), injected, close };
    },
    peek: async (key) => {
      const target = { fetch: direct, endpointUrl: config.endpointUrl, credentials: config };
      const response = await signedFetch({ path: `/${bucket}/${key}` }, target);
      const bytes = new Uint8Array(await response.arrayBuffer());
      if (response.ok) return bytes;
      if (response.status === 404) return undefined;
      throw new Error(`The store answered ${response.status}`);
    },
    listUploads,
  };
}

/** Sends refused requests to a closed port. */
function refusals(config: S3SourceConfig, plan: FaultPlan): FaultyStore {
  const [port = 0] = findFreePorts(1);
  const injected: InjectedFault[] = [];
  let index = 0;
  const refusing: typeof fetch = (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const request = { index: index++, method: init?.method ?? "GET", url };
    if (!plan.isHit(request, injected.length)) return fetch(input, init);
    injected.push({ fault: completeFault({ kind: "refused" }, Math.random), request });
    const closed = new URL(url);
    closed.port = String(port);
    return fetch(closed, init);
  };
  return { ...onNetwork(config, refusing), injected, close: () => Promise.resolve() };
}

function fetchFaults(config: S3SourceConfig, fetch: typeof globalThis.fetch, plan: FaultPlan): FaultyStore {
  const faulty = createFaultyFetch(fetch, {
    seed: plan.seed,
    plan: (request) => plan.isHit(request, faulty.injected.length) ? { kind: plan.kind } : undefined,
  });
  return { ...onNetwork(config, faulty.fetch), injected: faulty.injected, close: () => Promise.resolve() };
}

function onNetwork(config: S3SourceConfig, fetch: typeof globalThis.fetch): Pick<FaultStore, "open"> {
  return {
    open: (prefix, options = {}, store = {}) => createS3Source({ ...config, prefix, store }, { fetch, ...options }),
  };
}
