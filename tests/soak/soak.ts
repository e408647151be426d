// `deno task soak`; see --help.
// deno-lint-ignore-file no-console -- People read what it prints.
import { openSeaweedFs } from "../integration/seaweedfs.ts";
import { runSoak } from "./run.ts";
import { judge, progressLine } from "./verdict.ts";

const HELP = `deno task soak [--minutes 30] [--seed NUMBER] [--faults 0.05] [--rate 60] [--report 10]

Runs all operations of a source at random on a new SeaweedFS: with keys that expire after 60 s, a share of --faults of the
requests failing, at most --rate operations per second, and a report every --report seconds. Exits with 1 if anything was
wrong, lost or left behind, or if memory grew.`;

Deno.exitCode = await main(Deno.args);
// A process that does not end now has left something open.
Deno.unrefTimer(setTimeout(() => {
  console.log("FAILED: the process does not end");
  Deno.exit(1);
}, 10_000));

async function main(args: string[]): Promise<number> {
  const options = readArguments(args);
  if (options === undefined) {
    console.log(HELP);
    return 2;
  }
  const { minutes, seed, faults, rate, report } = options;
  console.log(`soak: ${minutes} min, seed ${seed}, faults ${faults}, at most ${rate} operations/s`);
  const seaweedFs = await openSeaweedFs({ sts: true, sessionSeconds: 60 });
  try {
    const result = await runSoak(seaweedFs, {
      durationMs: minutes * 60_000,
      seed,
      faultRate: faults,
      operationsPerSecond: rate,
      reportMs: report * 1000,
      report: (progress) => console.log(progressLine(progress)),
      onFinding: (text) => console.log(`*** ${new Date().toISOString()} ${text}`),
    });
    const { lines, failures } = judge(result);
    for (const line of lines) console.log(line);
    console.log(failures.length === 0 ? "PASSED" : `FAILED: ${failures.join("; ")}`);
    return failures.length === 0 ? 0 : 1;
  } finally {
    await seaweedFs.stop();
  }
}

function readArguments(args: string[]) {
  const values = { minutes: 30, seed: Math.floor(Math.random() * 2 ** 31), faults: 0.05, rate: 60, report: 10 };
  for (let index = 0; index < args.length; index += 2) {
    const name = args[index]?.replace(/^--/, "") ?? "";
    const value = Number(args[index + 1] ?? NaN);
    if (!isName(name, values) || !(value >= 0)) return undefined;
    values[name] = value;
  }
  return values;
}

function isName<T extends object>(name: string, values: T): name is string & keyof T {
  return Object.hasOwn(values, name);
}
