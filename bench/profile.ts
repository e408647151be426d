import { prepareFixtures } from "./fixtures.ts";
import type { PeerName, WorkName } from "./names.ts";
import { formatTable } from "./table.ts";
import { FULL_SCALE } from "./works.ts";

/**
 * The fields of V8's profile that are used here.
 * https://chromedevtools.github.io/devtools-protocol/tot/Profiler/#type-Profile
 */
export interface CpuProfile {
  /** Every sampled function, once per call path. */
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
  }[];
  /** The running node of each sample. */
  readonly samples: readonly number[];
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[];
}

/**
 * Shows where the time of a work goes in Deno's main thread, for this module and for plain `fetch`: in percent of the
 * time without waiting, including the warm-up.
 */
export async function profileWork(work: WorkName): Promise<string> {
  const fixtures = await prepareFixtures([work], { scale: FULL_SCALE, network: "loopback" });
  const dir = await Deno.makeTempDir({ prefix: "s3-source-profile-" });
  try {
    const columns: Map<string, number>[] = [];
    for (const peer of PROFILED) {
      const task = JSON.stringify({ work, peer, scale: FULL_SCALE, store: fixtures.store });
      columns.push(sharesOf(JSON.parse(await runProfiled(`${dir}/${peer}`, task))));
    }
    return formatShares(columns);
  } finally {
    await fixtures.stop();
    await Deno.remove(dir, { recursive: true });
  }
}

/** Runs one measurement with the profiler, and returns the profile. */
async function runProfiled(dir: string, task: string): Promise<string> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "--allow-all", "--cpu-prof", `--cpu-prof-dir=${dir}`, `${ROOT}/bench/worker.ts`, task],
    stdout: "null",
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  for await (const { name } of Deno.readDir(dir)) return await Deno.readTextFile(`${dir}/${name}`);
  throw new Error("Deno wrote no profile");
}

/** The share of each group in the time without waiting, from 0 to 1. */
export function sharesOf({ nodes, samples, timeDeltas }: CpuProfile): Map<string, number> {
  const groups = new Map(nodes.map(({ id, callFrame }) => [id, groupOf(callFrame)]));
  const times = new Map<string, number>();
  let total = 0;
  samples.forEach((id, index) => {
    const group = groups.get(id);
    if (group === undefined) return;
    const micros = timeDeltas[index] ?? 0;
    times.set(group, (times.get(group) ?? 0) + micros);
    total += micros;
  });
  return new Map([...times].map(([group, micros]) => [group, micros / total]));
}

/** `undefined`: waiting. */
function groupOf({ functionName, url }: { functionName: string; url: string }): string | undefined {
  if (functionName === "(idle)") return undefined;
  if (functionName === "(garbage collector)") return "garbage collection";
  return GROUPS.find(({ pattern }) => pattern.test(`${url} ${functionName}`))?.group ?? "the rest of the runtime";
}

/** The first match counts. */
const GROUPS: readonly { readonly group: string; readonly pattern: RegExp }[] = [
  { group: "our signing", pattern: /\/src\/(s3\/(sign\/\w+|keys|store|endpoint)|hash\/short_sha256)\.ts/ },
  {
    group: "our checksums",
    pattern: /\/src\/(hash\/\w+|operations\/(verification|stored_checksum|part_layout))\.ts/,
  },
  { group: "our time limits, and timers", pattern: /\/step_guard\.ts|timers|etTimeout|learTimeout/ },
  { group: "our reading of XML", pattern: /\/src\/s3\/xml\// },
  { group: "the rest of our code", pattern: /\/src\// },
  { group: "the benchmark", pattern: /\/bench\// },
  { group: "abort signals of the runtime", pattern: /abort_signal/ },
  { group: "headers of the runtime", pattern: /headers\.js/ },
  { group: "fetch of the runtime", pattern: /deno_fetch|op_fetch|streams\.js|op_read|_url\.js|op_url|webidl/ },
];

function formatShares(columns: readonly Map<string, number>[]): string {
  const names = new Set(columns.flatMap((column) => [...column.keys()]));
  const rows = [...names].sort((a, b) => (columns[0]?.get(b) ?? 0) - (columns[0]?.get(a) ?? 0));
  const toPercent = (share = 0) => share === 0 ? "–" : `${(share * 100).toFixed(1)} %`;
  return formatTable([
    ["", ...PROFILED],
    ...rows.map((name) => [name, ...columns.map((column) => toPercent(column.get(name)))]),
  ]);
}

const PROFILED: readonly PeerName[] = ["s3-source", "floor"];
const ROOT = decodeURIComponent(new URL("..", import.meta.url).pathname).replace(/\/$/, "");
