import { formatFigure, METRICS } from "./metrics.ts";
import type { PeerName, RuntimeName, WorkName } from "./names.ts";
import { PEERS } from "./peers.ts";
import { measuredIn } from "./report.ts";
import { type Run, valuesOf } from "./run.ts";
import { ratioOf, spreadOf } from "./statistics.ts";
import { bestOf, SDK, SMALL_CLIENTS } from "./targets.ts";
import { WORKS } from "./works.ts";

/**
 * A run as a Markdown table: the first figure of each work, and its ratios to the others. Ratios are medians of those
 * within each round; of several clients, the best counts.
 */
export function formatRatios(run: Run): string {
  const { runtimes, works } = measuredIn(run);
  const rows = works.flatMap((work) => runtimes.flatMap((runtime) => formatRow(run, work, runtime)));
  return [HEAD, HEAD.map((_, column) => column === 0 ? "---" : "--:"), ...rows].map(toLine).join("\n");
}

const HEAD = [
  "work",
  "runtime",
  "s3-source",
  "× plain `fetch`",
  "× best small client",
  "× AWS SDK",
  "× `Bun.S3Client`",
];

function formatRow(run: Run, work: WorkName, runtime: RuntimeName): string[][] {
  const [metric] = WORKS[work].metrics;
  const ours = valuesOf(run, { runtime, work, peer: "s3-source" }, metric);
  const figure = spreadOf(ours.map(({ value }) => value));
  if (figure === undefined) return [];
  const { title, better } = METRICS[metric];
  const toRatio = (peers: readonly PeerName[]): string => {
    const best = bestOf(run, { runtime, work, metric, peers });
    const ratio = best && ratioOf(ours, best.values);
    if (best === undefined || ratio === undefined) return "–";
    return `${ratio.median.toFixed(2)}${peers.length > 1 ? `, ${PEERS[best.name].title}` : ""}`;
  };
  return [[
    `${WORKS[work].title(run.scale)}: ${title}, ${better} is better`,
    runtime,
    formatFigure(metric, figure.median),
    toRatio(["floor"]),
    toRatio(SMALL_CLIENTS),
    toRatio(SDK).replace(/,.*/, ""),
    toRatio(["bun-s3"]),
  ]];
}

function toLine(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}
