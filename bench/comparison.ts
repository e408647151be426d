import { formatFigure, METRICS } from "./metrics.ts";
import { measuredIn } from "./report.ts";
import { type Run, valuesOf } from "./run.ts";
import { type Spread, spreadOf } from "./statistics.ts";
import { formatTable } from "./table.ts";
import { WORKS } from "./works.ts";

/**
 * The change of each work's first figure since an earlier run. The last column excludes the change of the floor, which
 * is due to the machine and the store.
 */
export function formatComparison(run: Run, earlier: Run): string {
  const { runtimes, works } = measuredIn(run);
  const head = ["", "then", "now", "now : then", "floor, now : then", "beside the floor"];
  const rows = works.flatMap((work) =>
    runtimes.flatMap((runtime) => {
      const metric = WORKS[work].metrics[0];
      const find = (from: Run, peer: "s3-source" | "floor"): Spread | undefined =>
        spreadOf(valuesOf(from, { runtime, work, peer }, metric).map(({ value }) => value));
      const [now, then] = [find(run, "s3-source"), find(earlier, "s3-source")];
      if (now === undefined || then === undefined) return [];
      const change = now.median / then.median;
      const [floorNow, floorThen] = [find(run, "floor"), find(earlier, "floor")];
      const floorChange = floorNow && floorThen && floorNow.median / floorThen.median;
      return [[
        `${work}, ${runtime}, ${METRICS[metric].title}`,
        formatFigure(metric, then.median),
        formatFigure(metric, now.median),
        change.toFixed(2),
        floorChange?.toFixed(2) ?? "–",
        floorChange === undefined ? "–" : (change / floorChange).toFixed(2),
      ]];
    })
  );
  return [`## Against the run of ${earlier.date}`, "", formatTable([head, ...rows])].join("\n");
}
