import { assert, assertEquals } from "@std/assert";
import { printFigures } from "../support/figures.ts";
import { useSeaweedFs } from "../integration/seaweedfs.ts";
import { runSoak } from "./run.ts";
import { judge } from "./verdict.ts";

const seaweedFs = await useSeaweedFs({ sts: true, sessionSeconds: 15 });

if (seaweedFs !== undefined) {
  Deno.test("20 seconds of the soak run have no failure and leave nothing behind", async () => {
    const result = await runSoak(seaweedFs, {
      durationMs: 20_000,
      seed: 1,
      faultRate: 0.05,
      operationsPerSecond: 40,
      reportMs: 5_000,
      report: () => {},
      onFinding: () => {},
    });
    const { tally: { counts, typed }, faults, uploadsLeft } = result;
    const sum = (values: Iterable<number>) => [...values].reduce((total, value) => total + value, 0);
    const injected = sum(Object.values(faults));
    printFigures("soak", {
      ...counts,
      faults: injected,
      "typed errors": sum(typed.values()),
      "uploads left": uploadsLeft.before,
    });
    const { lines, failures } = judge(result);
    assertEquals(failures, [], lines.join("\n"));
    assert(counts.operations > 50 && injected > 0, "too few operations");
    // Two tenants with two sources each, whose keys of 15 s have to be replaced.
    assert(counts.refreshes > 4, "no keys were replaced");
  });
}
