/** How a figure is shown, and which way is better. */
export interface Metric {
  /** Head of its column. */
  readonly title: string;
  /** Digits behind the point. */
  readonly digits: number;
  /** Which of two is better. */
  readonly better: "less" | "more";
}

/** Every figure there can be. */
export const METRICS = {
  cpuMs: { title: "CPU ms/op", digits: 3, better: "less" },
  latencyMs: { title: "latency ms", digits: 2, better: "less" },
  p95Ms: { title: "p95 ms", digits: 2, better: "less" },
  perSecond: { title: "ops/s", digits: 0, better: "more" },
  megabytesPerSecond: { title: "MB/s", digits: 0, better: "more" },
  seconds: { title: "seconds", digits: 2, better: "less" },
  cpuSeconds: { title: "CPU s", digits: 2, better: "less" },
  growthMiB: { title: "growth MiB", digits: 0, better: "less" },
  peakMiB: { title: "peak MiB", digits: 0, better: "less" },
  laterGrowth: { title: "growth, whole : half", digits: 2, better: "less" },
  wallMs: { title: "process ms", digits: 0, better: "less" },
  brokerCalls: { title: "broker calls", digits: 0, better: "less" },
  credentialsUs: { title: "credentials µs/op", digits: 2, better: "less" },
  bytes: { title: "bytes", digits: 0, better: "less" },
} as const satisfies Record<string, Metric>;

/** Name of a figure. */
export type MetricName = keyof typeof METRICS;

/** What one measurement found. */
export type Figures = Partial<Record<MetricName, number>>;

/** A figure as tables show it. */
export function formatFigure(metric: MetricName, value: number): string {
  return METRICS[metric].digits === 0
    ? Math.round(value).toLocaleString("en-US")
    : value.toFixed(METRICS[metric].digits);
}
