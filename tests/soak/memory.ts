/** What the process holds at one moment, in bytes and in numbers. */
export interface MemorySample {
  readonly atMs: number;
  readonly rss: number;
  /** After a collection of garbage; absent where none can be asked for. */
  readonly heap?: number;
  /** Open files, sockets among them; absent where the system does not tell. */
  readonly files?: number;
}

/** How one figure went: the median of the second quarter of the time, and of the last. */
export interface Growth {
  readonly before: number;
  readonly after: number;
}

/** Looks at the process. */
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

/** `undefined` if there are too few samples of it to tell. */
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
