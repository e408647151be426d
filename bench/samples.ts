import { bundleSize } from "./bundle.ts";
import type { Fixtures } from "./fixtures.ts";
import type { Figures } from "./metrics.ts";
import type { StoreConfig } from "./peer.ts";
import type { Runtime } from "./runtimes.ts";
import { percentile } from "./statistics.ts";
import { isYoung, type Task } from "./works.ts";

/**
 * Measures one work of one client once, in its own processes.
 *
 * @throws {Error} If it fails, with the process's output.
 */
export async function takeSample(runtime: Runtime, task: Task, fixtures: Fixtures | undefined): Promise<Figures> {
  if (task.work === "bundle") return { bytes: await bundleSize(task.peer) };
  if (task.work === "credentials") return await runWorker(runtime, task, NO_STORE);
  if (fixtures === undefined) throw new Error(`The work "${task.work}" needs the store`);
  if (task.work === "cold") return await measureColdProcesses(runtime, task, fixtures.store);
  if (isYoung(task.work)) return await measureYoungProcesses(runtime, task, fixtures.store);
  const isLargeUpload = /^upload-/.test(task.work);
  return isLargeUpload
    ? await fixtures.withBucket((store) => runWorker(runtime, task, store))
    : await runWorker(runtime, task, fixtures.store);
}

/** Whether a work needs the store. */
export function needsStore(work: Task["work"]): boolean {
  return work !== "bundle" && work !== "credentials";
}

async function runWorker(runtime: Runtime, task: Task, { signedReadUrl: _, ...store }: StoreConfig): Promise<Figures> {
  const output = await succeed(runtime.command("worker.ts", JSON.stringify({ ...task, store })));
  return JSON.parse(output.trimEnd().split("\n").at(-1) ?? "");
}

/** The medians of several processes, as each compiles other functions at other times. */
async function measureYoungProcesses(runtime: Runtime, task: Task, store: StoreConfig): Promise<Figures> {
  const all: Figures[] = [];
  while (all.length < task.scale.youngProcesses) all.push(await runWorker(runtime, task, store));
  const medianOf = (metric: "cpuMs" | "latencyMs") => percentile(all.map(({ [metric]: value = NaN }) => value), 0.5);
  return { cpuMs: medianOf("cpuMs"), latencyMs: medianOf("latencyMs") };
}

/** The median of several processes, each from start to exit. */
async function measureColdProcesses(runtime: Runtime, { peer, scale }: Task, store: StoreConfig): Promise<Figures> {
  const wallMs: number[] = [];
  const cpuMs: number[] = [];
  for (let count = 0; count <= scale.coldProcesses; count++) {
    const command = runtime.command("cold.ts", JSON.stringify({ peer, store }));
    const began = performance.now();
    const cpuSeconds = await succeed(command);
    const tookMs = performance.now() - began;
    // The first one warms the caches of the runtime and the disk.
    if (count === 0) continue;
    wallMs.push(tookMs);
    cpuMs.push(Number(cpuSeconds) * 1000);
  }
  return { wallMs: percentile(wallMs, 0.5), cpuMs: percentile(cpuMs, 0.5) };
}

async function succeed(command: Deno.Command): Promise<string> {
  const child = command.spawn();
  const timer = setTimeout(() => child.kill("SIGKILL"), LIMIT_MS);
  const { success, stdout, stderr, signal } = await child.output();
  clearTimeout(timer);
  if (success) return new TextDecoder().decode(stdout);
  const said = new TextDecoder().decode(stderr).trim().slice(-2000);
  throw new Error(signal === "SIGKILL" ? `it took longer than ${LIMIT_MS / 60_000} minutes` : said);
}

const NO_STORE: StoreConfig = { endpointUrl: "", bucket: "", accessKeyId: "", secretAccessKey: "" };
const LIMIT_MS = 10 * 60_000;
