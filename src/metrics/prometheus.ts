/** A family of metrics. */
export interface Metric {
  /** Its lines in the text format, version 0.0.4. */
  lines(): string[];
}

/** The values of labels, in the order of a metric's names for them. */
type Labels<Names extends readonly string[]> = { readonly [Name in Names[number]]: string };

/** What every metric has. */
interface Family<Names extends readonly string[]> {
  readonly name: string;
  readonly help: string;
  readonly labels: Names;
}

/** Counts something, by labels. */
export interface Counter<Names extends readonly string[]> extends Metric {
  /** @param amount Default 1. */
  add(labels: Labels<Names>, amount?: number): void;
}

/**
 * Makes a counter.
 *
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 */
export function createCounter<const Names extends readonly string[]>(family: Family<Names>): Counter<Names> {
  const series = createSeries(family, () => ({ count: 0 }));
  return {
    add: (labels, amount = 1) => void (series.at(labels).count += amount),
    lines: () => [
      ...head(family, "counter"),
      ...series.all().map(([labels, { count }]) => `${family.name}${inBraces(labels)} ${count}`),
    ],
  };
}

/** Measures durations, by labels. */
export interface Histogram<Names extends readonly string[]> extends Metric {
  observe(labels: Labels<Names>, seconds: number): void;
}

/** Makes a histogram of durations from 5 ms to 10 s. */
export function createHistogram<const Names extends readonly string[]>(family: Family<Names>): Histogram<Names> {
  const series = createSeries(family, () => ({ buckets: BUCKETS.map(() => 0), count: 0, sum: 0 }));
  return {
    observe(labels, seconds) {
      const entry = series.at(labels);
      entry.count++;
      entry.sum += seconds;
      const index = BUCKETS.findIndex((bound) => seconds <= bound);
      if (index >= 0) entry.buckets[index] = (entry.buckets[index] ?? 0) + 1;
    },
    lines: () => [
      ...head(family, "histogram"),
      ...series.all().flatMap(([labels, { buckets, count, sum }]) => {
        let below = 0;
        const line = (le: string, value: number) =>
          `${family.name}_bucket${inBraces([...labels, `le="${le}"`])} ${value}`;
        return [
          ...BUCKETS.map((bound, index) => line(String(bound), below += buckets[index] ?? 0)),
          line("+Inf", count),
          `${family.name}_sum${inBraces(labels)} ${sum}`,
          `${family.name}_count${inBraces(labels)} ${count}`,
        ];
      }),
    ],
  };
}

/** Makes a gauge whose values are read when they are asked for; without values it has no lines. */
export function createGauge<const Names extends readonly string[]>(
  family: Family<Names>,
  read: () => Iterable<readonly [Labels<Names>, number]>,
): Metric {
  return {
    lines: () => [
      ...head(family, "gauge"),
      ...Array.from(read(), ([labels, value]) => `${family.name}${inBraces(pairsOf(family.labels, labels))} ${value}`),
    ],
  };
}

const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** Of all values of a family's labels; further ones count as `other`. */
const MAX_SERIES = 50_000;

function createSeries<const Names extends readonly string[], Entry>(
  { labels: names }: Family<Names>,
  create: () => Entry,
) {
  const entries = new Map<string, { readonly pairs: readonly string[]; readonly entry: Entry }>();

  function at(labels: Labels<Names>): Entry {
    const pairs = pairsOf(names, labels);
    const key = pairs.join();
    const known = entries.get(key);
    if (known !== undefined) return known.entry;
    const others = names.map((name) => `${name}="other"`);
    if (entries.size >= MAX_SERIES && key !== others.join()) return atPairs(others);
    return atPairs(pairs);
  }

  function atPairs(pairs: readonly string[]): Entry {
    const { entry } = entries.get(pairs.join()) ?? { entry: create() };
    entries.set(pairs.join(), { pairs, entry });
    return entry;
  }

  return { at, all: () => Array.from(entries.values(), ({ pairs, entry }) => [pairs, entry] as const) };
}

function head({ name, help }: { readonly name: string; readonly help: string }, type: string): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
}

function pairsOf<Names extends readonly string[]>(names: Names, labels: Labels<Names>): string[] {
  return names.map((name: Names[number]) => `${name}="${escapeLabel(labels[name])}"`);
}

function escapeLabel(value: string): string {
  return value.toWellFormed().replace(/[\\"\n]/g, (mark) => mark === "\n" ? "\\n" : `\\${mark}`);
}

function inBraces(pairs: readonly string[]): string {
  return pairs.length === 0 ? "" : `{${pairs.join()}}`;
}
