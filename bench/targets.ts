import { formatFigure, type MetricName, METRICS } from "./metrics.ts";
import type { NetworkName, PeerName, RuntimeName, WorkName } from "./names.ts";
import { type Run, valuesOf } from "./run.ts";
import { percentile, ratioOf, type RoundValue, type Spread, spreadOf } from "./statistics.ts";

/** A target of this module: a limit, or a ratio to the best of others. */
export interface Target {
  readonly work: WorkName;
  readonly metric: MetricName;
  /** The limit, or the ratio. */
  readonly bound: number;
  /** Compares with the best of these; without them `bound` is an absolute limit. */
  readonly of?: readonly PeerName[];
  /** Compares with this module's figure of another work. */
  readonly ofWork?: WorkName;
  /** The runtime it is for. Default: all. */
  readonly runtime?: RuntimeName;
  /** The network it is for. Default: loopback. */
  readonly network?: NetworkName;
}

/** Small clients in JavaScript. */
export const SMALL_CLIENTS = ["s3mini", "aws4fetch", "s3-lite"] as const;
const ALL_CLIENTS = [...SMALL_CLIENTS, "aws-sdk", "aws-sdk-fetch", "bun-s3"] as const;
/** The AWS SDK on either of its handlers. */
export const SDK = ["aws-sdk", "aws-sdk-fetch"] as const;
/** Clients that upload in parts; s3mini does so by Bun's own client there. */
const UPLOADERS = ["s3mini", ...SDK] as const;

/** All targets. `bound` is a maximum if less is better, otherwise a minimum. */
export const TARGETS: readonly Target[] = [
  ...(["stat", "read", "upload"] as const).flatMap((work): Target[] => [
    { work, metric: "cpuMs", bound: 1.35, of: ["floor"], runtime: "deno" },
    { work, metric: "cpuMs", bound: 1.3, of: ["floor"], runtime: "bun" },
    { work, metric: "cpuMs", bound: 0.65, of: SMALL_CLIENTS, runtime: "deno" },
    { work, metric: "cpuMs", bound: 0.25, of: SDK, runtime: "deno" },
    { work, metric: "cpuMs", bound: 1.5, of: ["s3mini"], runtime: "bun" },
    { work, metric: "cpuMs", bound: 0.2, of: SDK, runtime: "bun" },
  ]),
  ...(["stat-40", "read-40", "upload-40"] as const).flatMap((work): Target[] => [
    { work, metric: "cpuMs", bound: 1.5, of: ["floor"], runtime: "deno" },
    { work, metric: "cpuMs", bound: 1.8, of: ["floor"], runtime: "bun" },
    { work, metric: "cpuMs", bound: 1.5, of: ["s3mini"], runtime: "bun" },
  ]),
  { work: "parallel", metric: "perSecond", bound: 0.95, of: ["floor"] },
  { work: "parallel", metric: "perSecond", bound: 1.5, of: SMALL_CLIENTS, runtime: "deno" },
  { work: "parallel", metric: "perSecond", bound: 3, of: SDK, runtime: "deno" },
  { work: "parallel", metric: "perSecond", bound: 0.9, of: ["bun-s3"], runtime: "bun" },
  { work: "list", metric: "cpuMs", bound: 2.2, of: ["floor"], runtime: "deno" },
  { work: "list", metric: "cpuMs", bound: 3.5, of: ["floor"], runtime: "bun" },
  { work: "list", metric: "cpuMs", bound: 1, of: ["s3mini"], runtime: "bun" },
  { work: "list", metric: "cpuMs", bound: 0.5, of: ["s3mini"], runtime: "deno" },
  { work: "list", metric: "cpuMs", bound: 0.15, of: SDK, runtime: "deno" },
  { work: "list", metric: "cpuMs", bound: 0.8, of: ["bun-s3"], runtime: "bun" },
  { work: "walk", metric: "seconds", bound: 1, of: ALL_CLIENTS },
  { work: "walk", metric: "laterGrowth", bound: 1.15 },
  { work: "sign", metric: "perSecond", bound: 4, of: ["aws4fetch"] },
  { work: "sign", metric: "perSecond", bound: 10, of: SDK, runtime: "deno" },
  { work: "upload-large", metric: "megabytesPerSecond", bound: 0.87, of: ["floor"] },
  { work: "upload-large", metric: "megabytesPerSecond", bound: 1, of: UPLOADERS },
  { work: "upload-large", metric: "peakMiB", bound: 1, of: UPLOADERS },
  { work: "upload-unhashed", metric: "megabytesPerSecond", bound: 0.95, of: ["floor"] },
  { work: "upload-unhashed", metric: "cpuSeconds", bound: 0.6, of: ["floor"] },
  { work: "download-large", metric: "megabytesPerSecond", bound: 0.88, of: ["floor"] },
  { work: "download-large", metric: "megabytesPerSecond", bound: 1.2, of: SDK },
  { work: "cold", metric: "wallMs", bound: 1.25, of: ["floor"], runtime: "deno" },
  { work: "cold", metric: "wallMs", bound: 1.5, of: ["floor"], runtime: "bun" },
  { work: "cold", metric: "wallMs", bound: 0.45, of: SDK, runtime: "deno" },
  { work: "cold", metric: "wallMs", bound: 0.2, of: SDK, runtime: "bun" },
  { work: "credentials", metric: "credentialsUs", bound: 2 },
  { work: "credentials", metric: "brokerCalls", bound: 10 },
  { work: "bundle", metric: "loadedBytes", bound: 45_000 },
  { work: "upload-huge", metric: "growthMiB", bound: 210, runtime: "deno" },
  { work: "upload-huge", metric: "growthMiB", bound: 128, runtime: "bun" },
  { work: "upload-huge", metric: "growthMiB", bound: 1.15, ofWork: "upload-large" },
  { work: "download-huge", metric: "growthMiB", bound: 128, runtime: "deno" },
  { work: "download-huge", metric: "growthMiB", bound: 64, runtime: "bun" },
  { work: "download-huge", metric: "growthMiB", bound: 1.15, ofWork: "download-large" },
  { work: "download-large", metric: "megabytesPerSecond", bound: 3.5, of: ["floor"], network: "wan" },
  { work: "download-large", metric: "megabytesPerSecond", bound: 3, of: ALL_CLIENTS, network: "wan" },
  { work: "parallel", metric: "perSecond", bound: 0.95, of: ["floor"], network: "wan" },
  { work: "walk", metric: "seconds", bound: 1, of: ALL_CLIENTS, network: "wan" },
  { work: "walk-parallel", metric: "seconds", bound: 0.25, ofWork: "walk", network: "wan" },
  { work: "slow-reader", metric: "growthMiB", bound: 32 },
];

/** The result of a target in one runtime. */
export interface Verdict {
  readonly target: Target;
  readonly runtime: RuntimeName;
  /** The measured value; `undefined` if there is none. */
  readonly reached: Spread | undefined;
  /** Whether the target is met. */
  readonly isMet: boolean;
  /** The client it was compared with, e.g. `s3mini`. */
  readonly reference: string | undefined;
}

/** Checks all targets of a work in a runtime. */
export function judge(run: Run, work: WorkName, runtime: RuntimeName): Verdict[] {
  const targets = TARGETS.filter((target) =>
    target.work === work && (target.runtime ?? runtime) === runtime && (target.network ?? "loopback") === run.network
  );
  return targets.map((target) => {
    const ours = valuesOf(run, { runtime, work, peer: "s3-source" }, target.metric);
    const reference = referenceOf(run, runtime, target);
    const reached = target.of === undefined && target.ofWork === undefined
      ? spreadOf(ours.map(({ value }) => value))
      : ratioOf(ours, reference?.values ?? []);
    const isMet = reached !== undefined && isReached(target, reached.median);
    return { target, runtime, reached, isMet, reference: reference?.name };
  });
}

/** A verdict as a line of text, e.g. `met      CPU ms/op 1.21 × floor (1.18–1.24), at most 1.25`. */
export function formatVerdict({ target, reached, isMet, reference }: Verdict): string {
  const { metric, bound, of, ofWork } = target;
  const isRatio = of !== undefined || ofWork !== undefined;
  const show = (value: number) => isRatio ? value.toFixed(2) : formatFigure(metric, value);
  const limit = `${METRICS[metric].better === "less" ? "at most" : "at least"} ${isRatio ? bound : show(bound)}`;
  const against = isRatio ? ` × ${reference ?? ofWork ?? of?.join(", ")}` : "";
  const found = reached && `${show(reached.median)}${against} (${show(reached.low)}–${show(reached.high)})`;
  const state = reached === undefined ? "not measured" : isMet ? "met" : "not met";
  return `${state.padEnd(13)}${METRICS[metric].title}${found === undefined ? against : ` ${found}`}, ${limit}`;
}

function isReached({ metric, bound }: Target, value: number): boolean {
  return METRICS[metric].better === "less" ? value <= bound : value >= bound;
}

/** The best measured client that the target names. */
function referenceOf(run: Run, runtime: RuntimeName, { work, metric, of, ofWork }: Target) {
  if (ofWork !== undefined) {
    return { name: ofWork, values: valuesOf(run, { runtime, work: ofWork, peer: "s3-source" }, metric) };
  }
  return bestOf(run, { runtime, work, metric, peers: of ?? [] });
}

/** The client with the best median; `undefined` if none was measured. */
export function bestOf(
  run: Run,
  { runtime, work, metric, peers }: {
    runtime: RuntimeName;
    work: WorkName;
    metric: MetricName;
    peers: readonly PeerName[];
  },
): { name: PeerName; values: RoundValue[] } | undefined {
  const measured = peers.flatMap((name) => {
    const values = valuesOf(run, { runtime, work, peer: name }, metric);
    return values.length === 0 ? [] : [{ name, values, median: percentile(values.map(({ value }) => value), 0.5) }];
  });
  const direction = METRICS[metric].better === "less" ? 1 : -1;
  return measured.sort((a, b) => direction * (a.median - b.median))[0];
}
