import { assertEquals } from "@std/assert";
import { FAULT_KINDS, type FaultKind } from "../../src/testing/faults/plan.ts";
import { printFigures } from "../support/figures.ts";
import { type FaultOutcome, type FaultRun, runWithFaults } from "./fault_run.ts";
import { OPERATIONS } from "./operations.ts";
import type { FaultStore } from "./store.ts";

/** Registers a test for each kind of fault, which runs every operation with each seed. */
export function testFaultKinds(store: FaultStore, seeds: number): void {
  const all: FaultOutcome[] = [];
  for (const kind of FAULT_KINDS) {
    Deno.test(
      `each operation succeeds or fails with a typed error: ${kind} [${store.name}]`,
      () => testKind(store, kind, { seeds, all }),
    );
  }
  Deno.test(`no fault leads to wrong bytes [${store.name}]`, () => {
    printFigures(`all kinds [${store.name}]`, figuresOf(all));
    assertEquals(all.filter(isBad).length, 0);
  });
}

async function testKind(
  store: FaultStore,
  kind: FaultKind,
  { seeds, all }: { seeds: number; all: FaultOutcome[] },
): Promise<void> {
  const rejections: unknown[] = [];
  const onRejection = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    rejections.push(event.reason);
  };
  globalThis.addEventListener("unhandledrejection", onRejection);
  try {
    const runs = Array.from({ length: seeds }, (_, seed) => OPERATIONS.map((operation) => ({ kind, operation, seed })));
    const outcomes = await runAll(store, runs.flat());
    all.push(...outcomes);
    // Unhandled rejections are reported after the microtasks.
    await new Promise((resolve) => setTimeout(resolve));
    printFigures(`${kind} [${store.name}]`, { ...figuresOf(outcomes), "unhandled rejections": rejections.length });
    assertEquals(outcomes.filter(isBad).map(({ detail }) => detail), []);
    assertEquals(rejections, []);
  } finally {
    globalThis.removeEventListener("unhandledrejection", onRejection);
  }
}

function isBad({ verdict, left }: FaultOutcome): boolean {
  return verdict === "wrong" || left.unexplained > 0;
}

function figuresOf(outcomes: readonly FaultOutcome[]): Record<string, number> {
  const count = (verdict: string) => outcomes.filter((outcome) => outcome.verdict === verdict).length;
  const sum = (value: (outcome: FaultOutcome) => number) => outcomes.reduce((sum, next) => sum + value(next), 0);
  return {
    runs: outcomes.length,
    faults: sum(({ injected }) => injected),
    ok: count("ok"),
    "typed error": count("typed error"),
    "typed error after one fault": sum(({ verdict, injected }) => Number(verdict === "typed error" && injected === 1)),
    wrong: count("wrong"),
    "wrong where nothing verifies": count("unverifiable"),
    "uploads left, answer lost": sum(({ left }) => left.lostAnswer),
    "uploads left, reported": sum(({ left }) => left.reported),
    "uploads left, unexplained": sum(({ left }) => left.unexplained),
    "longest ms": Math.round(Math.max(0, ...outcomes.map(({ durationMs }) => durationMs))),
  };
}

/** A few at a time, so that runs that hang do not delay the others. */
async function runAll(store: FaultStore, runs: FaultRun[]): Promise<FaultOutcome[]> {
  const outcomes: FaultOutcome[] = [];
  const work = async () => {
    for (let run = runs.pop(); run !== undefined; run = runs.pop()) outcomes.push(await runWithFaults(store, run));
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  return outcomes;
}

const CONCURRENCY = 6;
