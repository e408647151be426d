import { S3SourceError, type S3SourceOptions } from "../../mod.ts";
import { createSeededRandom, FAULT_KINDS, type FaultKind } from "../../src/testing/faults/plan.ts";
import { PART_BYTES } from "../conformance/suite.ts";
import { type FaultOperation, FILES, inspect, OPERATIONS } from "./operations.ts";
import type { FaultPlan, FaultStore } from "./store.ts";

/** One operation on a bad network. */
export interface FaultRun {
  readonly kind: FaultKind;
  readonly operation: FaultOperation;
  readonly seed: number;
}

/** The result of a run. */
export interface FaultOutcome {
  /** `"unverifiable"`: wrong, but a bit was flipped in something without a checksum. */
  readonly verdict: "ok" | "typed error" | "unverifiable" | "wrong";
  /** What happened, for debugging. */
  readonly detail: string;
  readonly injected: number;
  /** Multipart uploads left behind, by cause. */
  readonly left: { readonly lostAnswer: number; readonly reported: number; readonly unexplained: number };
  readonly durationMs: number;
}

/** The limit for a run: more than all tries and the removal of parts take. */
export const DEADLINE_MS = 8_000;

/** Runs one operation and inspects its result, the store, and the uploads it left there. */
export async function runWithFaults(store: FaultStore, run: FaultRun): Promise<FaultOutcome> {
  const prefix = `${crypto.randomUUID()}/`;
  const good = store.open(prefix);
  for (const [path, bytes] of Object.entries(FILES)) await good.upload(path, bytes);
  const faulty = await store.openFaults(planOf(run));
  let reported = 0;
  let unanswered = 0;
  const source = faulty.open(prefix, {
    ...optionsOf(run),
    onEvent(event) {
      if (event.type === "warning" && event.code === "AbortFailed") reported++;
      // Not only injected faults lose responses: with limits this short, a busy machine does too.
      if (event.type === "request" && event.operation === "CreateMultipartUpload" && event.status === undefined) {
        unanswered++;
      }
    },
  });
  const begunMs = performance.now();
  let result: boolean | "refused" | unknown;
  try {
    result = await run.operation.run(source);
  } catch (error) {
    result = error;
  }
  const durationMs = performance.now() - begunMs;
  await faulty.close();
  const { injected } = faulty;

  const wrong = await inspect(store, prefix, { operation: run.operation, hasSucceeded: result === true });
  const left = (await store.listUploads(prefix)).length;
  const spoilt = injected.filter(({ request }) => request.url.searchParams.has("uploads")).length;
  const lostAnswer = Math.min(left, spoilt + unanswered);
  const unexplained = Math.max(0, left - lostAnswer - reported);
  await good.abortStaleUploads({ olderThanSeconds: 0 });
  const still = (await store.listUploads(prefix)).length;
  const isTyped = result === "refused" || result instanceof S3SourceError;
  const isFlipped = run.kind === "flippedByte";
  const isAnswerOpen = isFlipped && !run.operation.isVerified && result === false;
  const isRight = wrong.length === 0 && (result === true || isTyped || isAnswerOpen);
  const isWrong = !isRight || still > 0 || durationMs > DEADLINE_MS;
  const isUnverifiable = !isTyped && result !== true;
  return {
    verdict: isWrong ? "wrong" : isUnverifiable ? "unverifiable" : isTyped ? "typed error" : "ok",
    detail:
      `${run.kind} × ${run.operation.name} × ${run.seed}: ${result}; ${Math.round(durationMs)} ms; at the store: ` +
      `${wrong.join() || "nothing"} wrong, ${still} uploads; injected: ${
        injected.map(({ request, fault }) =>
          `${request.index} ${request.method}${request.url.search} ${JSON.stringify(fault)}`
        ).join("; ")
      }`,
    injected: injected.length,
    left: { lostAnswer, reported: left - lostAnswer - unexplained, unexplained },
    durationMs,
  };
}

/** From one fault to a network that never recovers; an operation of several requests is hit at any of them. */
function planOf({ kind, operation, seed }: FaultRun): FaultPlan {
  const random = createSeededRandom((seed * 31 + OPERATIONS.indexOf(operation)) * 31 + FAULT_KINDS.indexOf(kind));
  const most = [1, 1, 2, 4, Infinity][Math.floor(random() * 5)] ?? 1;
  const rate = random() < 0.5 ? 1 : 0.5;
  const first = Math.floor(random() * operation.requests);
  return {
    kind,
    seed: Math.floor(random() * 2 ** 31),
    isHit: ({ index }, count) => index >= first && count < most && (count === 0 || random() < rate),
  };
}

function optionsOf({ kind, seed }: FaultRun): S3SourceOptions {
  const hangs = { headersMs: 100, idleMs: 100, totalMs: 750 };
  const skewMs = kind === "skewedClock" ? [0, 3_600_000, -3_600_000][seed % 3] ?? 0 : 0;
  return {
    retry: { maxAttempts: 3, baseDelayMs: 0, maxDelayMs: 0 },
    timeouts: kind === "hang" ? hangs : { headersMs: 5_000, idleMs: 5_000, totalMs: 6_000 },
    upload: { partSizeBytes: PART_BYTES, concurrency: 2 },
    now: () => Date.now() + skewMs,
  };
}
