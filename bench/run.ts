import {
  isOneOf,
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
  /** Where. */
  readonly runtime: RuntimeName;
  /** Who. */
  readonly peer: PeerName;
  /** What. */
  readonly work: WorkName;
  /** 1 for the first. */
  readonly round: number;
  /** What was found. */
  readonly figures: Figures;
}

/** A measurement that failed. */
export interface SampleFailure extends Omit<Sample, "figures"> {
  /** Why. */
  readonly reason: string;
}

/** A run of the benchmark: what `--json` writes and `--against` reads. */
export interface Run {
  /** When it began. */
  readonly date: string;
  /** The machine, the runtimes, the packages. */
  readonly surroundings: Readonly<Record<string, string>>;
  /** How often everything was measured. */
  readonly rounds: number;
  /** How much was done. */
  readonly scale: Scale;
  /** What was found. */
  readonly samples: readonly Sample[];
  /** What failed. */
  readonly failures: readonly SampleFailure[];
}

/** Whose figures are meant. */
export interface SampleGroup {
  /** Where. */
  readonly runtime: RuntimeName;
  /** What. */
  readonly work: WorkName;
  /** Who. */
  readonly peer: PeerName;
}

/** One figure of all rounds. */
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
  return run;
}

function isSample(sample: Partial<Record<keyof Sample, unknown>> | null): boolean {
  return isOneOf(RUNTIME_NAMES, sample?.runtime) && isOneOf(PEER_NAMES, sample.peer) &&
    isOneOf(WORK_NAMES, sample.work) && typeof sample.round === "number" &&
    Object.entries(sample.figures ?? {}).every(([name, value]) =>
      name in METRICS && (value === null || typeof value === "number")
    );
}
