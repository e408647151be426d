import { createS3Source, type S3Source, type S3SourceOptions } from "../../mod.ts";
import { withTimeLimit } from "../../src/async/abort.ts";
import { createSeededRandom } from "../../src/testing/faults/plan.ts";
import { PART_BYTES } from "../conformance/suite.ts";
import type { SeaweedFs } from "../integration/seaweedfs.ts";
import { signedFetch } from "../support/signed_fetch.ts";
import { startBroker } from "./broker.ts";
import { DIRECT } from "./direct.ts";
import { startFaults } from "./faults.ts";
import { createFiles, type Files } from "./files.ts";
import { type MemorySample, sampleMemory } from "./memory.ts";
import { READING } from "./reading.ts";
import { createTally, type Tally } from "./tally.ts";
import { drawNumber, drawWeighted, type Worker } from "./worker.ts";
import { WRITING } from "./writing.ts";

/** How long to run, and with how much load. */
export interface SoakOptions {
  readonly durationMs: number;
  readonly seed: number;
  /** The share of requests that get a fault: 0 to 1. */
  readonly faultRate: number;
  /** The most operations per second, of all workers together. */
  readonly operationsPerSecond: number;
  /** Between two reports, in milliseconds. */
  readonly reportMs: number;
  readonly report: (progress: SoakProgress) => void;
  /** Receives each failure as it happens. */
  readonly onFinding: (text: string) => void;
}

/** The state of a run. */
export interface SoakProgress {
  readonly elapsedMs: number;
  readonly tally: Tally;
  readonly faults: Readonly<Record<string, number>>;
  readonly memory: MemorySample;
}

/** The result of a run. */
export interface SoakResult {
  readonly tally: Tally;
  readonly faults: Readonly<Record<string, number>>;
  /** Grants that the broker handed out, and those that it got from STS for them. */
  readonly grants: { readonly granted: number; readonly made: number; readonly failed: number };
  readonly samples: readonly MemorySample[];
  /** Multipart uploads: before the stale ones were removed, and after. */
  readonly uploadsLeft: { readonly before: number; readonly after: number };
}

/** Runs all operations of a source for a while, on a bad network and with keys that expire soon. */
export async function runSoak(seaweedFs: SeaweedFs, options: SoakOptions): Promise<SoakResult> {
  const tally = createTally(options.onFinding);
  const onRejection = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    tally.reject(event.reason);
  };
  globalThis.addEventListener("unhandledrejection", onRejection);
  const broker = await startBroker(seaweedFs, TENANTS);
  const folders = new Map<string, Files>();
  const faults = await startFaults(seaweedFs.config.endpointUrl, {
    seed: options.seed,
    rate: options.faultRate,
    isVerified: ({ pathname }) => {
      const [, , tenant, folder, ...path] = decodeURIComponent(pathname).split("/");
      return folders.get(`${tenant}/${folder}/`)?.get(path.join("/"))?.hasChecksum ?? false;
    },
  });
  const samples: MemorySample[] = [];
  const startedMs = performance.now();
  const report = () => {
    const memory = sampleMemory();
    samples.push(memory);
    options.report({ elapsedMs: memory.atMs - startedMs, tally, faults: faults.counts(), memory });
  };
  const reporting = setInterval(report, options.reportMs);
  try {
    const { endpointUrl } = seaweedFs.config;
    const open = (tenant: string, endpointUrl: string, more: S3SourceOptions) => {
      const config = { credentialsUrl: broker.credentialsUrl, credentialsUrlSecret: broker.secrets[tenant] ?? "" };
      return createS3Source({ ...config, endpointUrl }, { ...more, upload: { partSizeBytes: PART_BYTES } });
    };
    const bad = { fetch: faults.fetch, onEvent: tally.onEvent, timeouts: TIMEOUTS };
    const tenants = TENANTS.map((tenant) => ({
      name: tenant,
      viaFetch: open(tenant, endpointUrl, bad),
      viaProxy: open(tenant, faults.proxyUrl, bad),
      good: open(tenant, endpointUrl, {}),
    }));
    // A bucket's first file takes SeaweedFS seconds: with short timeouts it might be stored after the next operation.
    for (const { good } of tenants) {
      await good.upload("first", new Uint8Array(1));
      await good.delete("first");
    }
    const untilMs = performance.now() + options.durationMs;
    await Promise.all(Array.from({ length: WORKERS }, (_, index) => {
      const tenant = tenants[index % tenants.length];
      if (tenant === undefined) throw new Error("There are no tenants");
      const folder = `worker ${index}`;
      const files = createFiles(PATHS, (path) => peek(seaweedFs, `${tenant.name}/${folder}/${path}`));
      folders.set(`${tenant.name}/${folder}/`, files);
      return work({ tenant, folder, files, tally, untilMs, index, options });
    }));
    for (const files of folders.values()) {
      await files.audit().catch((error) => tally.end("compare all files at the end", error));
    }
    const before = (await seaweedFs.listUploads("")).length;
    for (const { good } of tenants) await good.abortStaleUploads({ olderThanSeconds: 0 });
    const after = (await seaweedFs.listUploads("")).length;
    report();
    return { tally, faults: faults.counts(), grants: broker.counts, samples, uploadsLeft: { before, after } };
  } finally {
    clearInterval(reporting);
    await faults.close();
    await broker.stop();
    // Unhandled rejections are reported after the microtasks.
    await new Promise((resolve) => setTimeout(resolve));
    globalThis.removeEventListener("unhandledrejection", onRejection);
  }
}

interface Job {
  readonly tenant: { readonly viaFetch: S3Source; readonly viaProxy: S3Source };
  readonly folder: string;
  readonly files: Files;
  readonly tally: Tally;
  readonly untilMs: number;
  readonly index: number;
  readonly options: SoakOptions;
}

async function work({ tenant, folder, files, tally, untilMs, index, options }: Job): Promise<void> {
  const random = createSeededRandom(options.seed * WORKERS + index);
  const [viaFetch, viaProxy] = [tenant.viaFetch.folder(folder), tenant.viaProxy.folder(folder)];
  const pauseMs = WORKERS / options.operationsPerSecond * 1000;
  for (let nextMs = performance.now(); nextMs < untilMs; nextMs = Math.max(nextMs + pauseMs, performance.now())) {
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, nextMs - performance.now())));
    const { name, run, isWithoutProxy = false } = drawWeighted(random, OPERATIONS);
    const path = files.paths[drawNumber(random, 0, files.paths.length)] ?? "";
    const isOverProxy = !isWithoutProxy && random() < 0.3;
    const worker: Worker = { source: isOverProxy ? viaProxy : viaFetch, files, random, tenant: tenant.viaFetch };
    const tooLong = () =>
      new TooLong(`it did not end within ${MOST_MS / 1000} s, over the ${isOverProxy ? "proxy" : "fetch"}`);
    let failure: unknown;
    try {
      await withTimeLimit(MOST_MS, tooLong, () => run(worker, path));
    } catch (error) {
      failure = error ?? new Error("nothing was thrown");
    }
    tally.end(name, failure);
    // Its late effects would contradict the next operations.
    if (failure instanceof TooLong) return;
  }
}

/** An operation that does not end. */
class TooLong extends Error {}

/** A file as it is stored, read without the code under test. */
async function peek({ config, bucket }: SeaweedFs, key: string): Promise<Uint8Array | undefined> {
  const { endpointUrl } = config;
  const response = await signedFetch({ path: `/${bucket}/${key}` }, { fetch, endpointUrl, credentials: config });
  const bytes = await response.bytes();
  if (response.ok) return bytes;
  if (response.status === 404) return undefined;
  throw new Error(`The store answered ${response.status} to a plain GET`);
}

const OPERATIONS = [...READING, ...WRITING, ...DIRECT];
const TENANTS = ["team", "team-2"];
const WORKERS = 8;
/** No file is also a folder, which SeaweedFS does not support. */
const PATHS = [
  "a.txt",
  "b b+ü%.bin",
  "c.bin",
  "folder/a",
  "folder/日本",
  "folder/deep/er/x",
  "folder 2/a",
  "d",
  "e",
  "f",
];
/** Longer than all tries of all requests of one operation. */
const MOST_MS = 120_000;
/**
 * A request that hangs blocks its worker for so long (with large files until `totalMs`); healthy ones must be faster.
 */
const TIMEOUTS = { headersMs: 10_000, idleMs: 3_000, totalMs: 30_000 };
