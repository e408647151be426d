import { type Fixtures, prepareFixtures } from "./fixtures.ts";
import type { PeerName, RuntimeName, WorkName } from "./names.ts";
import type { Options } from "./options.ts";
import { PEERS } from "./peers.ts";
import type { Run, Sample, SampleFailure } from "./run.ts";
import { versionOf } from "../tools/pinned.ts";
import { runsIn, type Runtime, useBun, useDeno } from "./runtimes.ts";
import { needsStore, takeSample } from "./samples.ts";
import { FULL_SCALE, QUICK_SCALE, WAN_SCALE, WORKS } from "./works.ts";

/**
 * Runs the whole benchmark.
 *
 * @param watcher `report` receives progress; `signal` ends the run early, with the results so far.
 */
export async function runBenchmark(
  { works, rounds, isQuick, runtimes: names, peers, network }: Pick<
    Options,
    "works" | "rounds" | "isQuick" | "runtimes" | "peers" | "network"
  >,
  { report, signal }: { report: (line: string) => void; signal: AbortSignal },
): Promise<Run> {
  const date = new Date().toISOString();
  const scale = isQuick ? QUICK_SCALE : network === "wan" ? WAN_SCALE : FULL_SCALE;
  const runtimes: Runtime[] = [];
  for (const name of names) runtimes.push(await START[name]());
  const samples: Sample[] = [];
  const failures: SampleFailure[] = [];
  let fixtures: Fixtures | undefined;
  try {
    if (works.some(needsStore)) {
      report("storing the files to measure with");
      fixtures = await prepareFixtures(works, { scale, network });
    }
    for (const { round, work, runtime, peer } of schedule({ works, rounds, runtimes, peers })) {
      if (signal.aborted) break;
      const sample = { runtime: runtime.name, peer, work, round };
      report(`round ${round} of ${rounds}: ${work}, ${runtime.name}, ${peer}`);
      try {
        samples.push({ ...sample, figures: await takeSample(runtime, { work, peer, scale }, fixtures) });
      } catch (error) {
        // Ctrl-C interrupts the child process too; that is not a failure.
        if (signal.aborted) break;
        failures.push({ ...sample, reason: error instanceof Error ? error.message : String(error) });
      }
    }
  } finally {
    await fixtures?.stop();
  }
  return { date, surroundings: await describeSurroundings(runtimes), rounds, network, scale, samples, failures };
}

/** One measurement to take. */
export interface Turn {
  /** 1 for the first. */
  readonly round: number;
  readonly work: WorkName;
  readonly runtime: Runtime;
  readonly peer: PeerName;
}

/** The measurements to take. */
export interface Plan extends Pick<Options, "works" | "rounds" | "peers"> {
  readonly runtimes: readonly Runtime[];
}

/** Every second round runs backwards, so that the first peer of one is the last of the next. */
export function* schedule({ works, rounds, runtimes, peers }: Plan): Generator<Turn> {
  for (let round = 1; round <= rounds; round++) {
    const inTurn = round % 2 === 1 ? peers : peers.toReversed();
    for (const work of works) {
      for (const runtime of runtimes) {
        if (!(WORKS[work].runtimes ?? [runtime.name]).includes(runtime.name)) continue;
        for (const peer of inTurn) {
          if (runsIn(runtime.name, peer) && PEERS[peer].cannot[work] === undefined) {
            yield { round, work, runtime, peer };
          }
        }
      }
    }
  }
}

async function describeSurroundings(runtimes: readonly Runtime[]): Promise<Record<string, string>> {
  const cpu = /^model name\s*:\s*(.*)$/m.exec(await Deno.readTextFile("/proc/cpuinfo").catch(() => ""))?.[1];
  return {
    machine: [
      cpu ?? Deno.build.arch,
      `${navigator.hardwareConcurrency} cores`,
      `${Math.round(Deno.systemMemoryInfo().total / 1024 ** 3)} GiB`,
      `${Deno.build.os} ${Deno.osRelease()}`,
    ].join(", "),
    ...Object.fromEntries(runtimes.map(({ name, version }) => [name, version])),
    ...Object.fromEntries(Object.values(PEERS).flatMap(({ packages }) => packages.map((p) => [p, versionOf(p)]))),
  };
}

const START: Readonly<Record<RuntimeName, () => Runtime | Promise<Runtime>>> = { deno: useDeno, bun: useBun };
