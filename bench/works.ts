import type { MetricName } from "./metrics.ts";
import type { PeerName, RuntimeName, WorkName } from "./names.ts";

/** How much work is done. */
export interface Scale {
  /** Repetitions of the warm-up. */
  readonly warmUpOperations: number;
  /** Time limit of the warm-up. */
  readonly warmUpSeconds: number;
  /** Minimum number of measured operations. */
  readonly operations: number;
  /** Minimum time of measuring. */
  readonly seconds: number;
  /** Keys to walk over. */
  readonly walkKeys: number;
  /** Size of the large file. */
  readonly largeBytes: number;
  /** Size of the huge file. */
  readonly hugeBytes: number;
  /** How long the slow reader reads. */
  readonly slowSeconds: number;
  /** Processes per round for what is measured after 40 operations. */
  readonly youngProcesses: number;
  /** Cold processes per round. */
  readonly coldProcesses: number;
  /** Repetitions of the 10,000 operations with each kind of credentials. */
  readonly credentialPasses: number;
}

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;

/** The scale of the targets. */
export const FULL_SCALE: Scale = {
  warmUpOperations: 10_000,
  warmUpSeconds: 4,
  operations: 1000,
  seconds: 1,
  walkKeys: 100_000,
  largeBytes: GIB,
  hugeBytes: 5 * GIB,
  slowSeconds: 20,
  youngProcesses: 3,
  coldProcesses: 5,
  credentialPasses: 7,
};

/** A round trip of 30 ms needs no thousand repetitions. */
export const WAN_SCALE: Scale = { ...FULL_SCALE, warmUpSeconds: 1, operations: 100, seconds: 2 };

/** The works that a network makes different; 1,000 small reads take as long as their round trips. */
export const WAN_WORKS: readonly WorkName[] = ["parallel", "walk", "walk-parallel", "download-large"];

/** Checks that everything runs. */
export const QUICK_SCALE: Scale = {
  warmUpOperations: 100,
  warmUpSeconds: 0.5,
  operations: 20,
  seconds: 0.3,
  walkKeys: 3000,
  largeBytes: 64 * MIB,
  hugeBytes: 128 * MIB,
  slowSeconds: 3,
  youngProcesses: 1,
  coldProcesses: 2,
  credentialPasses: 1,
};

/** One work of the benchmark. */
export interface Work {
  readonly title: (scale: Scale) => string;
  /** The columns of its table; the first one is plotted. */
  readonly metrics: readonly [MetricName, ...MetricName[]];
  /** `true`: runs only by name, because it takes much time or space. */
  readonly isExtra?: boolean;
  /** Its runtimes. Default: all. */
  readonly runtimes?: readonly RuntimeName[];
}

const PER_OPERATION = ["cpuMs", "latencyMs", "p95Ms", "perSecond", "growthMiB"] as const;
const PER_YOUNG_OPERATION = ["cpuMs", "latencyMs"] as const;
const PER_TRANSFER = ["megabytesPerSecond", "cpuSeconds", "growthMiB", "peakMiB"] as const;

/** All works. */
export const WORKS: Readonly<Record<WorkName, Work>> = {
  stat: { title: () => "stat", metrics: PER_OPERATION },
  "stat-40": { title: () => "stat, after 40", metrics: PER_YOUNG_OPERATION },
  read: { title: () => "read 1 KiB", metrics: PER_OPERATION },
  "read-40": { title: () => "read 1 KiB, after 40", metrics: PER_YOUNG_OPERATION },
  upload: { title: () => "upload 1 KiB", metrics: PER_OPERATION },
  "upload-40": { title: () => "upload 1 KiB, after 40", metrics: PER_YOUNG_OPERATION },
  parallel: {
    title: () => "read 1 KiB, 16 in parallel",
    metrics: ["perSecond", "cpuMs", "latencyMs", "p95Ms", "growthMiB"],
  },
  list: { title: () => "list 1,000 keys", metrics: PER_OPERATION },
  "list-40": { title: () => "list 1,000 keys, after 40", metrics: PER_YOUNG_OPERATION },
  walk: {
    title: ({ walkKeys }) => `walk ${walkKeys.toLocaleString("en-US")} keys`,
    metrics: ["seconds", "cpuSeconds", "growthMiB", "laterGrowth"],
  },
  "walk-parallel": {
    title: ({ walkKeys }) => `walk ${walkKeys.toLocaleString("en-US")} keys, 16 pages at a time`,
    metrics: ["seconds", "cpuSeconds", "growthMiB"],
    isExtra: true,
  },
  sign: { title: () => "sign GET URLs", metrics: ["perSecond", "cpuMs"] },
  cold: { title: () => "read 1 KiB in a new process", metrics: ["wallMs", "cpuMs"] },
  "upload-large": { title: ({ largeBytes }) => `upload ${formatSize(largeBytes)}`, metrics: PER_TRANSFER },
  "upload-unhashed": {
    title: ({ largeBytes }) => `upload ${formatSize(largeBytes)}, contentHash: false`,
    metrics: PER_TRANSFER,
  },
  "download-large": { title: ({ largeBytes }) => `download ${formatSize(largeBytes)}`, metrics: PER_TRANSFER },
  credentials: {
    title: () => "10,000 mixed operations across 10 rotations",
    metrics: ["credentialsUs", "brokerCalls"],
  },
  bundle: {
    title: () => "a minified bundle, the SDK left out of ours",
    metrics: ["loadedBytes", "bytes"],
    runtimes: ["deno"],
  },
  "upload-huge": { title: ({ hugeBytes }) => `upload ${formatSize(hugeBytes)}`, metrics: PER_TRANSFER, isExtra: true },
  "download-huge": {
    title: ({ hugeBytes }) => `download ${formatSize(hugeBytes)}`,
    metrics: PER_TRANSFER,
    isExtra: true,
  },
  "slow-reader": {
    title: ({ slowSeconds }) => `read 1 MiB/s for ${slowSeconds} s`,
    metrics: ["growthMiB", "peakMiB", "cpuSeconds"],
    isExtra: true,
  },
};

/** A part of the benchmark that runs in its own process. */
export interface Task {
  readonly work: WorkName;
  readonly peer: PeerName;
  readonly scale: Scale;
}

/** Whether a work is measured in a process that has done few operations before. */
export function isYoung(work: WorkName): boolean {
  return work.endsWith("-40");
}

function formatSize(bytes: number): string {
  return bytes % GIB === 0 ? `${bytes / GIB} GiB` : `${bytes / MIB} MiB`;
}
