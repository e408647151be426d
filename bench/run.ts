import {
  isOneOf,
  NETWORK_NAMES,
  type NetworkName,
  PEER_NAMES,
  type PeerName,
  RUNTIME_NAMES,
  type RuntimeName,
  WORK_NAMES,
  type WorkName,
} from "./names.ts";
import { type MetricName, METRICS } from "./metrics.ts";
import type { Figures } from "./metrics.ts";
import type { RoundValue } from "./statistics.ts";
import type { Scale } from "./works.ts";

/** One measurement. */
export interface Sample {
  readonly runtime: RuntimeName;
  readonly peer: PeerName;
  readonly work: WorkName;
  /** 1 for the first. */
  readonly round: number;
  readonly figures: Figures;
}

/** A measurement that failed. */
export interface SampleFailure extends Omit<Sample, "figures"> {
  readonly reason: string;
}

/** A run of the benchmark: what `--json` writes and `--against` reads. */
export interface Run {
  /** Its start, as ISO 8601. */
  readonly date: string;
  /** The machine, the runtimes, the packages. */
  readonly surroundings: Readonly<Record<string, string>>;
  readonly rounds: number;
  /** What lay between the clients and the store. */
  readonly network: NetworkName;
  readonly scale: Scale;
  readonly samples: readonly Sample[];
  readonly failures: readonly SampleFailure[];
}

/** Selects figures of a run. */
export interface SampleGroup {
  readonly runtime: RuntimeName;
  readonly work: WorkName;
  readonly peer: PeerName;
}

/** One figure, from all rounds. */
export function valuesOf(run: Run, group: SampleGroup, metric: MetricName): RoundValue[] {
  return run.samples.flatMap(({ runtime, work, peer, round, figures }) => {
    const value = figures[metric];
    const isMeant = runtime === group.runtime && work === group.work && peer === group.peer;
    return isMeant && value !== undefined && Number.isFinite(value) ? [{ round, value }] : [];
  });
}

/**
 * Reads a run from the text of a file.
 *
 * @throws {Error} If it is not one.
 */
export function parseRun(text: string): Run {
  const run = JSON.parse(text);
  if (!Array.isArray(run?.samples) || !run.samples.every(isSample) || typeof run.rounds !== "number") {
    throw new Error("it was not written by --json of this benchmark");
  }
  if (!isOneOf(NETWORK_NAMES, run.network ??= "loopback")) throw new Error(`its network, ${run.network}, is unknown`);
  return run;
}

function isSample(sample: Partial<Record<keyof Sample, unknown>> | null): boolean {
  return isOneOf(RUNTIME_NAMES, sample?.runtime) && isOneOf(PEER_NAMES, sample.peer) &&
    isOneOf(WORK_NAMES, sample.work) && typeof sample.round === "number" &&
    Object.entries(sample.figures ?? {}).every(([name, value]) =>
      name in METRICS && (value === null || typeof value === "number")
    );
}
