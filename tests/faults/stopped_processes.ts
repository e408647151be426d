import { AbortMultipartUploadCommand, CreateMultipartUploadCommand } from "@aws-sdk/client-s3";
import { assertEquals, assertStringIncludes } from "@std/assert";
import { PART_BYTES } from "../conformance/suite.ts";
import { printFigures } from "../support/figures.ts";
import type { SeaweedFs } from "../integration/seaweedfs.ts";
import { createRelay } from "./relay.ts";
import { LONGEST, PATH } from "./trial_files.ts";
import type { ChildOrder } from "./upload_child.ts";
import {
  below,
  countNames,
  inspectTrial,
  type Remains,
  runTrials,
  type Trial,
  type TrialStore,
} from "./upload_trial.ts";
import type { UploadRequest } from "./watch.ts";

/** When a process gets the signal. */
type Stage = Exclude<UploadRequest, "AbortMultipartUpload"> | "before the first request" | "between two requests";

const STAGES: readonly Stage[] = [
  "before the first request",
  "PutObject",
  "CreateMultipartUpload",
  "UploadPart",
  "between two requests",
  "CompleteMultipartUpload",
];

/** Processes that are killed during an upload. */
export function testStoppedProcesses(seaweedFs: SeaweedFs, store: TrialStore, trials: number): void {
  Deno.test("docs/large_transfers.md shows the program that these tests stop", async () => {
    const child = await Deno.readTextFile(CHILD);
    const [shown = ""] = /^\/\*\* Exit code 0.*?^}$/ms.exec(child) ?? [];
    assertStringIncludes(shown, "async function uploadUnlessStopped(");
    const guide = new URL("../../docs/large_transfers.md", import.meta.url);
    assertStringIncludes(await Deno.readTextFile(guide), shown);
  });

  Deno.test("upload() of a process that gets SIGTERM leaves nothing behind [SeaweedFS]", async () => {
    const results = await runTrials(store, trials, (trial) => runChild(seaweedFs, store, { trial, signal: "SIGTERM" }));
    const figures = {
      ...figuresOf(results),
      "ended by the signal": results.filter(isStopped).length,
      "succeeded nevertheless": results.filter(({ code }) => code === 0).length,
    };
    printFigures("SIGTERM [SeaweedFS]", figures);
    assertEquals(results.filter((result) => !hasEndedWell(result)), []);
    if (trials >= 100) assertEquals(missedStages(results), []);
  });

  Deno.test("abortStaleUploads() removes the upload of a process that got SIGKILL, and no others [SeaweedFS]", async () => {
    const results = await runTrials(store, trials, async (trial) => {
      const neighbours = await beginNeighbours(seaweedFs, trial.prefix);
      const result = await runChild(seaweedFs, store, { trial, signal: "SIGKILL" });
      const aborted = await store.open(trial.prefix).abortStaleUploads({ olderThanSeconds: 0 });
      const left = await store.listUploads(trial.prefix.replace(/team\/$/, ""));
      await neighbours.end();
      if (result === undefined) return undefined;
      const isClean = left.toSorted().join() === neighbours.keys.toSorted().join();
      return { ...result, aborted: aborted.map(({ path }) => path), isClean };
    });
    const figures = {
      ...figuresOf(results),
      "removed by abortStaleUploads()": results.reduce((sum, { aborted }) => sum + aborted.length, 0),
      "neighbours untouched": results.filter(({ isClean }) => isClean).length,
    };
    printFigures("SIGKILL [SeaweedFS]", figures);
    for (const { isClean, aborted, uploads, file, hasCommitted } of results) {
      assertEquals([isClean, aborted], [true, Array.from({ length: uploads }, () => PATH)]);
      assertEquals(file === "old" || (file === "new" && hasCommitted), true);
    }
    assertEquals(figures["uploads left"] > 0, true, "there was nothing to remove");
    if (trials >= 100) assertEquals(missedStages(results), []);
  });
}

const CHILD = new URL("./upload_child.ts", import.meta.url);

/** How a process ended, and what it left. */
interface ChildResult extends Remains {
  readonly index: number;
  /** What it was doing when it got the signal. */
  readonly stage: Stage;
  readonly code: number;
  /** The signal that ended it, unless it exited. */
  readonly endedBy: string | null;
  readonly printed: string;
  /** Whether it had sent the request that stores the file. */
  readonly hasCommitted: boolean;
}

async function runChild(
  { config }: SeaweedFs,
  store: TrialStore,
  { trial: { index, prefix, random }, signal }: { trial: Trial; signal: "SIGTERM" | "SIGKILL" },
): Promise<ChildResult | undefined> {
  const wanted = STAGES[index % STAGES.length] ?? "UploadPart";
  const isBetween = wanted === "between two requests";
  const concurrency = isBetween ? 1 : 2;
  const behindFirst = isBetween ? PART_BYTES : 1 + below(PART_BYTES, random);
  const sizeBytes = wanted === "PutObject" ? 1 + below(PART_BYTES, random) : PART_BYTES + behindFirst;
  const sent: UploadRequest[] = [];
  let stage: Stage | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const kill = () => {
    const [request] = relay.underWay();
    if (request !== "AbortMultipartUpload") {
      stage = request ?? (sent.length === 0 ? "before the first request" : "between two requests");
    }
    try {
      child.kill(signal);
    } catch {
      // It has ended already.
      stage = undefined;
    }
  };
  const killSoon = (leastMs: number, mostMs: number) => {
    timer ??= setTimeout(kill, leastMs + random() * (mostMs - leastMs));
  };
  const relay = await createRelay(config.endpointUrl, {
    delayMs: () => random() < 0.5 ? 0 : random() * 8,
    onRequest: (request) => {
      sent.push(request);
      if (request === wanted) killSoon(0, 12);
    },
    onAnswer: (request) => {
      // Only now does it read the second part.
      if (isBetween && request === "UploadPart") killSoon(0, 15);
    },
  });
  const order: ChildOrder = { config: { ...config, endpointUrl: relay.endpointUrl, prefix }, sizeBytes, concurrency };
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", CHILD.pathname, JSON.stringify(order)],
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const errors = new Response(child.stderr).text();
  for await (const _ of child.stdout) {
    if (wanted === "before the first request") killSoon(0, 40);
  }
  const { code, signal: endedBy } = await child.status;
  clearTimeout(timer);
  const printed = await errors;
  await relay.settle();
  const remains = await inspectTrial(store, prefix, LONGEST.subarray(0, sizeBytes));
  await relay.close();
  const hasCommitted = sent.some((request) => request === "PutObject" || request === "CompleteMultipartUpload");
  if (stage === undefined) return void assertEquals(remains, { file: "new", uploads: 0 });
  return { index, stage, code, endedBy, printed, hasCommitted, ...remains };
}

/** Ended by its own handler, which printed the reason. */
function isStopped({ code, endedBy, printed }: ChildResult): boolean {
  return code === 143 && endedBy === null && printed === `Cannot upload ${PATH}: SIGTERM\n`;
}

function hasEndedWell(result: ChildResult): boolean {
  const { code, endedBy, file, uploads, hasCommitted } = result;
  if (uploads > 0) return false;
  // It had stored the file and no longer handled the signal.
  if (code === 0 || endedBy === "SIGTERM") return file === "new";
  return isStopped(result) && (file === "old" || (file === "new" && hasCommitted));
}

/** Unfinished uploads in neighbouring folders. */
async function beginNeighbours({ sdk, bucket: Bucket }: SeaweedFs, prefix: string) {
  const above = prefix.replace(/team\/$/, "");
  const keys = [`${above}team-2/${PATH}`, `${above}${PATH}`];
  const uploads = await Promise.all(
    keys.map((Key) => sdk.send(new CreateMultipartUploadCommand({ Bucket, Key }))),
  );
  return {
    keys,
    async end() {
      for (const { Key, UploadId } of uploads) {
        await sdk.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
      }
    },
  };
}

function figuresOf(results: readonly ChildResult[]): Record<string, number> & { "uploads left": number } {
  return {
    trials: results.length,
    ...countNames(results.map(({ stage }) => stage)),
    "old file intact": results.filter(({ file }) => file === "old").length,
    "new file whole": results.filter(({ file }) => file === "new").length,
    "uploads left": results.reduce((sum, { uploads }) => sum + uploads, 0),
  };
}

function missedStages(results: readonly ChildResult[]): Stage[] {
  return STAGES.filter((stage) => !results.some((result) => result.stage === stage));
}
