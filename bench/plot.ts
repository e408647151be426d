import { formatFigure, METRICS } from "./metrics.ts";
import { PEER_NAMES, type PeerName, type RuntimeName, type WorkName } from "./names.ts";
import { measuredIn } from "./report.ts";
import { type Run, valuesOf } from "./run.ts";
import { type Spread, spreadOf } from "./statistics.ts";
import { WORKS } from "./works.ts";

/** Draws the first figure of each compared work: a panel per work and runtime, a bar per peer. */
export function plotRun(run: Run): string {
  const { runtimes, works } = measuredIn(run);
  const rows = works.flatMap((work) => {
    const panels = runtimes.map((runtime) => panelOf(run, work, runtime));
    return panels.some(({ bars }) => bars.length > 1) ? [panels] : [];
  });
  let y = MARGIN;
  const drawn = rows.map((panels) => {
    const top = y;
    y += PANEL_HEAD + Math.max(...panels.map(({ bars }) => bars.length)) * BAR_STEP + PANEL_GAP;
    return panels.map((panel, column) => drawPanel(panel, MARGIN + column * COLUMN_WIDTH, top)).join("");
  });
  const width = 2 * MARGIN + runtimes.length * COLUMN_WIDTH - COLUMN_GAP;
  const height = y - PANEL_GAP + MARGIN;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>Medians, ${escape(run.date.slice(0, 10))}</title>`,
    `<style>${STYLE}</style>`,
    `<rect class="ground" width="${width}" height="${height}"/>`,
    ...drawn,
    "</svg>\n",
  ].join("\n");
}

interface Bar {
  readonly peer: PeerName;
  readonly spread: Spread;
  readonly label: string;
}

interface Panel {
  readonly title: string;
  readonly subtitle: string;
  readonly bars: readonly Bar[];
}

function panelOf(run: Run, work: WorkName, runtime: RuntimeName): Panel {
  const { title, metrics: [metric] } = WORKS[work];
  const bars = PEER_NAMES.flatMap((peer): Bar[] => {
    const spread = spreadOf(valuesOf(run, { runtime, work, peer }, metric).map(({ value }) => value));
    return spread === undefined ? [] : [{ peer, spread, label: formatFigure(metric, spread.median) }];
  });
  const { title: unit, better } = METRICS[metric];
  return { title: `${title(run.scale)}, ${runtime}`, subtitle: `${unit}, ${better} is better`, bars };
}

function drawPanel({ title, subtitle, bars }: Panel, x: number, y: number): string {
  if (bars.length === 0) return "";
  const most = Math.max(...bars.map(({ spread }) => spread.high));
  const scale = BAR_WIDTH / most;
  const left = x + NAME_WIDTH;
  const lines = bars.map(({ peer, spread: { low, median, high }, label }, index) => {
    const top = y + PANEL_HEAD + index * BAR_STEP;
    const middle = top + BAR_HEIGHT / 2;
    const kind = peer === "s3-source" ? "ours" : peer === "floor" ? "floor" : "other";
    return [
      `<text class="name" x="${left - 8}" y="${middle}">${peer}</text>`,
      `<rect class="${kind}" x="${left}" y="${top}" width="${round(median * scale)}" height="${BAR_HEIGHT}" rx="2"/>`,
      `<path class="spread" d="M${round(left + low * scale)} ${middle}H${round(left + high * scale)}"/>`,
      `<text class="value" x="${round(left + high * scale + 6)}" y="${middle}">${label}</text>`,
    ].join("");
  });
  return [
    `<text class="title" x="${x}" y="${y + 12}">${escape(title)}</text>`,
    `<text class="unit" x="${x}" y="${y + 28}">${escape(subtitle)}</text>`,
    ...lines,
  ].join("\n");
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
}

const MARGIN = 20;
const NAME_WIDTH = 96;
const BAR_WIDTH = 240;
const BAR_HEIGHT = 14;
const BAR_STEP = 19;
const COLUMN_GAP = 30;
const COLUMN_WIDTH = NAME_WIDTH + BAR_WIDTH + 70 + COLUMN_GAP;
const PANEL_HEAD = 38;
const PANEL_GAP = 24;
const STYLE = [
  "text{font:12px system-ui,sans-serif;fill:#24292f;dominant-baseline:central}",
  ".title{font-weight:600;font-size:13px}.unit{fill:#57606a}.name{text-anchor:end}",
  ".ground{fill:#fff}.ours{fill:#0969da}.floor{fill:#8c959f}.other{fill:#d0d7de}.spread{stroke:#24292f;stroke-width:1.5}",
  "@media(prefers-color-scheme:dark){text{fill:#e6edf3}.unit{fill:#9198a1}.ground{fill:#0d1117}",
  ".ours{fill:#4493f8}.floor{fill:#6e7681}.other{fill:#3d444d}.spread{stroke:#e6edf3}}",
].join("");
