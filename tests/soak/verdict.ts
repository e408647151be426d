import { growthOf } from "./memory.ts";
import type { SoakProgress, SoakResult } from "./run.ts";
import type { Findings } from "./tally.ts";

/** A report during the run. */
export function progressLine({ elapsedMs, tally, faults, memory }: SoakProgress): string {
  const { counts, typed, integrity, untyped, unhandled } = tally;
  return join({
    min: (elapsedMs / 60_000).toFixed(1),
    operations: counts.operations,
    requests: counts.requests,
    faults: sum(faults),
    retries: counts.retries,
    refreshes: `${counts.refreshes}+${counts.failedRefreshes} failed`,
    "typed errors": sum(typed),
    wrong: integrity.count,
    untyped: untyped.count,
    unhandled: unhandled.count,
    "RSS MB": toMegabytes(memory.rss),
    "heap MB": memory.heap === undefined ? "?" : toMegabytes(memory.heap),
    files: memory.files ?? "?",
  });
}

/** The report at the end, and its lines that are failures. */
export function judge(result: SoakResult): { lines: string[]; failures: string[] } {
  const { tally, faults, grants, samples, uploadsLeft } = result;
  const failures: string[] = [];
  const lines = [
    `operations: ${join(tally.byOperation)}`,
    `requests: ${join(tally.counts)}`,
    `faults: ${sum(faults)} (${join(faults)})`,
    `grants: ${join({ ...grants })}`,
    `typed errors: ${sum(tally.typed)} (${join(tally.typed)})`,
    `warnings: ${join(tally.warnings) || "none"}`,
    `multipart uploads left: ${uploadsLeft.before}, after abortStaleUploads: ${uploadsLeft.after}`,
  ];
  const mustBeNone = (what: string, { count, shown }: Findings) => {
    lines.push(`${what}: ${count}`, ...shown.map((text) => `  ${text}`));
    if (count > 0) failures.push(`${what}: ${count}`);
  };
  mustBeNone("integrity errors", tally.integrity);
  mustBeNone("untyped errors", tally.untyped);
  mustBeNone("unhandled rejections", tally.unhandled);
  // A source that always fails returns nothing wrong either.
  const typed = sum(tally.typed);
  if (typed > 10 + MOST_TYPED * tally.counts.operations) failures.push(`typed errors: ${typed}`);
  if (uploadsLeft.after > 0) failures.push(`multipart uploads left: ${uploadsLeft.after}`);
  for (const [figure, unit, most] of LIMITS) {
    const growth = growthOf(samples, figure);
    if (growth === undefined) {
      lines.push(`${figure}: too few samples to tell whether it grows`);
      continue;
    }
    const { before, after } = growth;
    const ratio = after / before;
    const text = `${figure}: ${(before / unit).toFixed(1)} in the second quarter, ${
      (after / unit).toFixed(1)
    } in the last, × ${ratio.toFixed(3)} (at most ${most})`;
    lines.push(text);
    if (ratio > most) failures.push(text);
  }
  return { lines, failures };
}

/**
 * As a share of the operations: one in twenty of a request's five tries fails. A few more waited for the same grant.
 */
const MOST_TYPED = 0.01;
const MEGABYTE = 1024 ** 2;
const LIMITS = [["rss", MEGABYTE, 1.15], ["heap", MEGABYTE, 1.15], ["files", 1, 1.5]] as const;

function toMegabytes(bytes: number): string {
  return (bytes / MEGABYTE).toFixed(1);
}

function entriesOf<T>(counts: Readonly<Record<string, T>> | ReadonlyMap<string, T>): [string, T][] {
  return counts instanceof Map ? [...counts] : Object.entries(counts);
}

function sum(counts: Readonly<Record<string, number>> | ReadonlyMap<string, number>): number {
  return entriesOf(counts).reduce((total, [, count]) => total + count, 0);
}

function join(figures: Readonly<Record<string, string | number>> | ReadonlyMap<string, number>): string {
  return entriesOf<string | number>(figures).map(([name, value]) => `${name} ${value}`).join(", ");
}
