/** The memory and open files of the process at one moment. */
export interface MemorySample {
  readonly atMs: number;
  readonly rss: number;
  /** After a garbage collection; absent if none can be forced. */
  readonly heap?: number;
  /** Open files, including sockets; absent if the system does not report them. */
  readonly files?: number;
}

/** How one figure grew: its median in the second quarter of the run, and in the last. */
export interface Growth {
  readonly before: number;
  readonly after: number;
}

/** Measures the process. */
export function sampleMemory(): MemorySample {
  // There with `--v8-flags=--expose-gc`.
  const collectGarbage: unknown = Reflect.get(globalThis, "gc");
  const isCollected = typeof collectGarbage === "function";
  if (isCollected) collectGarbage();
  const { rss, heapUsed } = Deno.memoryUsage();
  const files = countFiles();
  return {
    atMs: performance.now(),
    rss,
    ...isCollected && { heap: heapUsed },
    ...files !== undefined && { files },
  };
}

/** `undefined` if there are too few samples. */
export function growthOf(samples: readonly MemorySample[], figure: "rss" | "heap" | "files"): Growth | undefined {
  const values = samples.map((sample) => sample[figure]).filter((value) => value !== undefined);
  const quarter = Math.floor(values.length / 4);
  if (quarter < LEAST_SAMPLES) return undefined;
  return { before: median(values.slice(quarter, 2 * quarter)), after: median(values.slice(-quarter)) };
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

function countFiles(): number | undefined {
  try {
    return [...Deno.readDirSync("/proc/self/fd")].length;
  } catch {
    return undefined;
  }
}

/** In a quarter. */
const LEAST_SAMPLES = 5;
