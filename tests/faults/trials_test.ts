import { useSeaweedFs } from "../integration/seaweedfs.ts";
import { testAbortedUploads } from "./aborted_uploads.ts";
import { testFailingBodies } from "./failing_bodies.ts";
import { testStoppedProcesses } from "./stopped_processes.ts";
import { testStoppedServer } from "./stopped_server.ts";
import { memoryTrials, seaweedTrials, type TrialStore } from "./upload_trial.ts";

const trials = 4 * Number(Deno.env.get("FAULT_SEEDS") ?? 3);

testTrials(memoryTrials());

const seaweedFs = await useSeaweedFs();
if (seaweedFs !== undefined) {
  const store = seaweedTrials(seaweedFs);
  testTrials(store);
  testStoppedProcesses(seaweedFs, store, trials);
  testStoppedServer(seaweedFs, store, Math.ceil(trials / 20));
}

function testTrials(store: TrialStore): void {
  testFailingBodies(store, trials);
  testAbortedUploads(store, trials);
}
