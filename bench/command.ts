// deno-lint-ignore-file no-console -- A command.
import { runBenchmark } from "./benchmark.ts";
import { formatComparison } from "./comparison.ts";
import { formatGraph } from "./graph.ts";
import { HELP, type Options, readOptions } from "./options.ts";
import { plotRun } from "./plot.ts";
import { profileWork } from "./profile.ts";
import { formatRatios } from "./ratios.ts";
import { formatRun } from "./report.ts";
import { parseRun, type Run } from "./run.ts";

/** Runs the command and returns its exit code: 1 if a measurement failed. */
export async function runCommand(args: readonly string[]): Promise<number> {
  try {
    const options = readOptions(args);
    if (options?.profile !== undefined) {
      console.log(await profileWork(options.profile));
      return 0;
    }
    if (options?.isGraph) {
      console.log(await formatGraph());
      return 0;
    }
    if (options !== undefined) return await measureAndShow(options);
    console.log(HELP);
    return 0;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return 1;
  }
}

async function measureAndShow(options: Options): Promise<number> {
  const { from, json, against, plot, isMarkdown } = options;
  // First, so that an unreadable file fails before the work.
  const earlier = against === undefined ? undefined : await readRun(against);
  const network = from === undefined ? options.network : undefined;
  if (earlier !== undefined && network !== undefined && network !== earlier.network) {
    throw new Error(`Cannot compare with ${against}: its network was ${earlier.network}`);
  }
  const run = from === undefined ? await measure(options) : await readRun(from);
  if (json !== undefined) await Deno.writeTextFile(json, `${JSON.stringify(run)}\n`);
  console.log(isMarkdown ? formatRatios(run) : formatRun(run));
  if (earlier !== undefined) console.log(`\n${formatComparison(run, earlier)}`);
  if (plot !== undefined) await Deno.writeTextFile(plot, plotRun(run));
  return run.failures.length === 0 ? 0 : 1;
}

/** Measures; the first Ctrl-C stops and shows the results so far. */
async function measure(options: Options): Promise<Run> {
  const stopped = new AbortController();
  const stop = () => stopped.abort();
  Deno.addSignalListener("SIGINT", stop);
  try {
    return await runBenchmark(options, { report: (line) => console.error(line), signal: stopped.signal });
  } finally {
    Deno.removeSignalListener("SIGINT", stop);
  }
}

async function readRun(file: string): Promise<Run> {
  try {
    return parseRun(await Deno.readTextFile(file));
  } catch (error) {
    throw new Error(`Cannot read the run in ${file}: ${error instanceof Error ? error.message : error}`);
  }
}
