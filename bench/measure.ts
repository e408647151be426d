import { cpuSeconds } from "./cpu.ts";
import { watchMemory } from "./memory.ts";
import type { Figures } from "./metrics.ts";
import { percentile } from "./statistics.ts";
import type { Scale } from "./works.ts";

/** How an operation is repeated. */
export interface Repetition {
  readonly scale: Scale;
  /** Concurrent operations. Default 1. */
  readonly lanes?: number;
  /** The share of the usual number of repetitions, for slow operations. Default 1. */
  readonly share?: number;
}

/** Warms an operation up, then measures it for the time and at least the count of the scale. */
export async function measureOperations(
  operate: () => Promise<unknown> | unknown,
  { scale, lanes = 1, share = 1 }: Repetition,
): Promise<Figures> {
  const { warmUpSeconds, warmUpOperations, seconds: leastSeconds, operations } = scale;
  // Several at once: JIT compilers need thousands of repetitions, and most of an operation is waiting.
  const isWarm = (count: number, seconds: number) => count >= warmUpOperations * share || seconds >= warmUpSeconds;
  await repeatUntil(isWarm, operate, Math.max(lanes, 8));
  const memory = watchMemory();
  const cpuBefore = cpuSeconds();
  // On a busy machine only a few operations with cold caches would fit into the time.
  const isEnough = (count: number, seconds: number) =>
    seconds >= leastSeconds && (count >= operations * share || seconds >= MOST_SECONDS);
  const { latenciesMs, seconds } = await repeatUntil(isEnough, operate, lanes);
  const cpu = cpuSeconds() - cpuBefore;
  const growthMiB = memory.growthMiB();
  memory.stop();
  return {
    cpuMs: cpu * 1000 / latenciesMs.length,
    latencyMs: percentile(latenciesMs, 0.5),
    p95Ms: percentile(latenciesMs, 0.95),
    perSecond: latenciesMs.length / seconds,
    growthMiB,
  };
}

/** Measures operations of a process that has done few before, as scripts and functions in a cloud do. */
export async function measureYoung(operate: () => Promise<unknown> | unknown): Promise<Figures> {
  const isPast = (limit: number) => (count: number) => count >= limit;
  await repeatUntil(isPast(OPERATIONS_BEFORE), operate, 1);
  const cpuBefore = cpuSeconds();
  const { latenciesMs } = await repeatUntil(isPast(YOUNG_OPERATIONS), operate, 1);
  return {
    cpuMs: (cpuSeconds() - cpuBefore) * 1000 / latenciesMs.length,
    latencyMs: percentile(latenciesMs, 0.5),
  };
}

async function repeatUntil(
  isEnough: (count: number, seconds: number) => boolean,
  operate: () => Promise<unknown> | unknown,
  lanes: number,
): Promise<{ latenciesMs: number[]; seconds: number }> {
  const latenciesMs: number[] = [];
  const began = performance.now();
  await Promise.all(Array.from({ length: lanes }, async () => {
    let now = performance.now();
    do {
      await operate();
      const after = performance.now();
      latenciesMs.push(after - now);
      now = after;
    } while (!isEnough(latenciesMs.length, (now - began) / 1000));
  }));
  return { latenciesMs, seconds: (performance.now() - began) / 1000 };
}

/** Measures a single run. `operate` can read its memory while it runs. */
export async function measureOnce(
  operate: (memory: { growthMiB(): number }) => Promise<unknown>,
): Promise<{ seconds: number; cpuSeconds: number; growthMiB: number; peakMiB: number }> {
  const memory = watchMemory();
  const cpuBefore = cpuSeconds();
  const began = performance.now();
  await operate(memory);
  const seconds = (performance.now() - began) / 1000;
  const cpu = cpuSeconds() - cpuBefore;
  const figures = { seconds, cpuSeconds: cpu, growthMiB: memory.growthMiB(), peakMiB: memory.peakMiB() };
  memory.stop();
  return figures;
}

const MOST_SECONDS = 30;
const OPERATIONS_BEFORE = 40;
const YOUNG_OPERATIONS = 200;
