/** How a figure is displayed, and which direction is better. */
export interface Metric {
  /** The column's title. */
  readonly title: string;
  /** Decimal places. */
  readonly digits: number;
  readonly better: "less" | "more";
}

/** All figures. */
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
  loadedBytes: { title: "bytes for read and list", digits: 0, better: "less" },
  bytes: { title: "bytes in one file", digits: 0, better: "less" },
} as const satisfies Record<string, Metric>;

export type MetricName = keyof typeof METRICS;

/** The figures of one measurement. */
export type Figures = Partial<Record<MetricName, number>>;

/** A figure as shown in tables. */
export function formatFigure(metric: MetricName, value: number): string {
  return METRICS[metric].digits === 0
    ? Math.round(value).toLocaleString("en-US")
    : value.toFixed(METRICS[metric].digits);
}
