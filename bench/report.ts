import { formatFigure, type MetricName, METRICS } from "./metrics.ts";
import { PEER_NAMES, type PeerName, RUNTIME_NAMES, type RuntimeName, WORK_NAMES, type WorkName } from "./names.ts";
import { PEERS } from "./peers.ts";
import { describeNetwork, WAN } from "./slow_network.ts";
import { type Run, type SampleGroup, valuesOf } from "./run.ts";
import { runsIn } from "./runtimes.ts";
import { ratioOf, spreadOf } from "./statistics.ts";
import { formatTable } from "./table.ts";
import { formatVerdict, judge, type Verdict } from "./targets.ts";
import { WORKS } from "./works.ts";

/** A run as text: a table per work and runtime, with its targets, and the compared clients. */
export function formatRun(run: Run): string {
  const { runtimes, works } = measuredIn(run);
  const sections = works.flatMap((work) => runtimes.flatMap((runtime) => formatWork(run, work, runtime)));
  const verdicts = works.flatMap((work) => runtimes.flatMap((runtime) => judge(run, work, runtime)));
  return [
    formatPeers(run),
    ...sections,
    ...run.failures.map(({ runtime, work, peer, round, reason }) =>
      `FAILED: ${work}, ${runtime}, ${peer}, round ${round}: ${reason}`
    ),
    summarize(run, verdicts),
  ].join("\n\n");
}

/** The runtimes and works of a run, in the usual order. */
export function measuredIn({ samples }: Run): { runtimes: RuntimeName[]; works: WorkName[] } {
  return {
    runtimes: RUNTIME_NAMES.filter((name) => samples.some(({ runtime }) => runtime === name)),
    works: WORK_NAMES.filter((name) => samples.some(({ work }) => work === name)),
  };
}

function formatWork(run: Run, work: WorkName, runtime: RuntimeName): string[] {
  const { title, metrics } = WORKS[work];
  const peers = PEER_NAMES.filter((peer) => runsIn(runtime, peer));
  const measured = peers.filter((peer) => valuesOf(run, { runtime, work, peer }, metrics[0]).length > 0);
  if (measured.length === 0) return [];
  const head = ["", ...metrics.map((metric) => METRICS[metric].title), "× floor"];
  const rows = measured.map((peer) => [
    peer,
    ...metrics.map((metric, index) => formatCell(run, { runtime, work, peer }, { metric, hasSpread: index === 0 })),
    formatRatio(run, { runtime, work, peer }, metrics[0]),
  ]);
  const absent = peers.flatMap((peer) => {
    const reason = PEERS[peer].cannot[work];
    return reason === undefined || reason.startsWith("measure") ? [] : [`${peer}  –  ${reason}`];
  });
  const verdicts = judge(run, work, runtime).map(formatVerdict);
  const version = run.surroundings[runtime] ?? "";
  return [
    [`## ${title(run.scale)}, ${runtime} ${version}`, "", formatTable([head, ...rows]), ...absent, "", ...verdicts]
      .join("\n").trimEnd(),
  ];
}

function formatCell(
  run: Run,
  group: SampleGroup,
  { metric, hasSpread }: { metric: MetricName; hasSpread: boolean },
): string {
  const spread = spreadOf(valuesOf(run, group, metric).map(({ value }) => value));
  if (spread === undefined) return "–";
  const [low, median, high] = [spread.low, spread.median, spread.high].map((value) => formatFigure(metric, value));
  return hasSpread && run.rounds > 1 ? `${median} (${low}–${high})` : median ?? "";
}

/** The ratio of the first column to the floor. */
function formatRatio(run: Run, group: SampleGroup, metric: MetricName): string {
  const ratio = ratioOf(valuesOf(run, group, metric), valuesOf(run, { ...group, peer: "floor" }, metric));
  return ratio === undefined ? "" : ratio.median.toFixed(2);
}

function formatPeers({ surroundings, date, rounds, network }: Run): string {
  const rows = PEER_NAMES.map((name: PeerName) => {
    const { title, packages, licence } = PEERS[name];
    return [name, title, packages.map((p) => `${p} ${surroundings[p] ?? ""}`).join(", "), licence];
  });
  const left = rows.map(([name = "", title = "", packages = "", licence = ""]) =>
    `${name.padEnd(15)}${title.padEnd(32)}${[packages, licence].filter(Boolean).join("; ")}`.trimEnd()
  );
  return [
    `${date}, ${rounds === 1 ? "one round" : `medians of ${rounds} rounds`} (quartiles), on ${surroundings.machine}`,
    ...network === "wan" ? [`network: ${describeNetwork(WAN)}`] : [],
    "",
    ...left,
  ].join("\n");
}

function summarize({ samples, failures, rounds }: Run, verdicts: readonly Verdict[]): string {
  const judged = verdicts.filter(({ reached }) => reached !== undefined);
  const met = judged.filter(({ isMet }) => isMet).length;
  const few = rounds < 7 ? " Fewer than 7 rounds: read them as a hint." : "";
  return `${met} of ${judged.length} targets met, ${verdicts.length - judged.length} not measured; ` +
    `${samples.length} measurements, ${failures.length} failed.${few}`;
}
