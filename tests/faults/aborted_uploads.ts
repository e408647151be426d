import { assertEquals } from "@std/assert";
import { PART_BYTES } from "../conformance/suite.ts";
import { printFigures } from "../support/figures.ts";
import { LONGEST, PATH } from "./trial_files.ts";
import { below, countNames, inspectTrial, runTrials, type Trial, type TrialStore } from "./upload_trial.ts";
import { pause, type UploadRequest } from "./watch.ts";

/** When a caller aborts. */
type Stage = UploadRequest | "before it begins" | "before the first request" | "between two requests";

const STAGES: readonly Stage[] = [
  "before it begins",
  "before the first request",
  "PutObject",
  "CreateMultipartUpload",
  "UploadPart",
  "between two requests",
  "CompleteMultipartUpload",
  "AbortMultipartUpload",
];

/** Callers that abort at any stage. */
export function testAbortedUploads(store: TrialStore, trials: number): void {
  Deno.test(`upload() that is aborted at any stage leaves the old file or the whole new one [${store.name}]`, async () => {
    const results = await runTrials(store, trials, (trial) => tryAbort(store, trial));
    const stages = countNames(results.map(({ stage }) => stage));
    const figures = {
      trials: results.length,
      ...stages,
      "first error reported": results.filter(({ isFirstError }) => isFirstError).length,
      "succeeded nevertheless": results.filter(({ hasSucceeded }) => hasSucceeded).length,
      "old file intact": results.filter(({ file }) => file === "old").length,
      "new file whole, abort too late": results.filter(({ file }) => file === "new").length,
      "uploads left": results.reduce((sum, { uploads }) => sum + uploads, 0),
    };
    printFigures(`aborts [${store.name}]`, figures);
    assertEquals(results.filter((result) => !isRight(result)), []);
    if (trials >= 100) assertEquals(STAGES.filter((stage) => stages[stage] === undefined), []);
  });
}

/** The result of a trial. */
interface AbortResult {
  readonly index: number;
  readonly stage: Stage;
  readonly hasSucceeded: boolean;
  readonly isFirstError: boolean;
  readonly file: string;
  readonly uploads: number;
}

function isRight({ stage, hasSucceeded, isFirstError, file, uploads }: AbortResult): boolean {
  if (uploads > 0) return false;
  if (hasSucceeded) return file === "new";
  // The store may have stored the file before the abort reached it.
  const mayBeStored = stage === "PutObject" || stage === "CompleteMultipartUpload";
  return isFirstError && (file === "old" || (mayBeStored && file === "new"));
}

async function tryAbort(store: TrialStore, { index, prefix, random }: Trial): Promise<AbortResult | undefined> {
  const wanted = STAGES[index % STAGES.length] ?? "UploadPart";
  const reason = new Error(`The caller gave up trial ${index}`);
  const failure = new Error(`The body failed in trial ${index}`);
  const size = wanted === "PutObject" ? 1 + below(PART_BYTES, random) : PART_BYTES + 1 + below(2 * PART_BYTES, random);
  const bytes = LONGEST.subarray(0, size);
  const caller = new AbortController();
  const sent: UploadRequest[] = [];
  let hasEnded = false;
  let stage: Stage | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const abort = () => {
    if (caller.signal.aborted) return;
    if (!hasEnded) stage = watched.underWay()[0] ?? stageBetween(sent);
    caller.abort(reason);
  };
  const watched = await store.watch({
    delayMs: () => random() < 0.5 ? 0 : random() * 8,
    onRequest: (request) => {
      sent.push(request);
      if (request !== wanted) return;
      if (random() < 0.2) return abort();
      timer ??= setTimeout(abort, random() * 25);
    },
  });

  async function* body() {
    const stopsAt = wanted === "before the first request" ? below(PART_BYTES, random) : PART_BYTES + 1;
    for (let offset = 0; offset < size;) {
      const hasReached = offset >= stopsAt;
      if (hasReached && wanted === "AbortMultipartUpload") throw failure;
      if (hasReached && (wanted === "before the first request" || wanted === "between two requests")) {
        // Wait for the responses to the earlier parts.
        while (watched.underWay().length > 0) await pause(1);
        abort();
        // A body that never continues must not block the upload.
        if (random() < 0.5) await new Promise(() => {});
      }
      yield bytes.slice(offset, offset += 1 + below(500_000, random));
    }
    if (wanted === "AbortMultipartUpload") throw failure;
  }

  if (wanted === "before it begins") {
    stage = wanted;
    caller.abort(reason);
  }
  const source = watched.open(prefix, { upload: { partSizeBytes: PART_BYTES, concurrency: 1 + below(3, random) } });
  const upload = source.upload(PATH, body(), { signal: caller.signal });
  const outcome = await upload.catch((error) => error).finally(() => hasEnded = true);
  clearTimeout(timer);
  await watched.settle();
  const isOfBody = wanted === "AbortMultipartUpload";
  const isExpected = outcome === (isOfBody ? failure : reason);
  const hasSucceeded = !(outcome instanceof Error);
  const remains = await inspectTrial(store, prefix, bytes);
  await watched.close();
  if (stage === undefined) return void assertEquals(remains, { file: isOfBody ? "old" : "new", uploads: 0 });
  return { index, stage, hasSucceeded, isFirstError: isExpected, ...remains };
}

/** The stage when no request is in progress; the last response may not have been read to its end. */
function stageBetween(sent: readonly UploadRequest[]): Stage {
  const last = sent.at(-1);
  if (last === undefined) return "before the first request";
  return last === "PutObject" || last === "CompleteMultipartUpload" ? last : "between two requests";
}
