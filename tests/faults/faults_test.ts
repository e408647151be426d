import { useSeaweedFs } from "../integration/seaweedfs.ts";
import { testFlips } from "./flips.ts";
import { testOverwrites } from "./overwrites.ts";
import { type FaultStore, memoryStore, seaweedStore } from "./store.ts";
import { testFaultKinds } from "./suite.ts";

const seeds = Number(Deno.env.get("FAULT_SEEDS") ?? 3);

testFaults(memoryStore());

const seaweedFs = await useSeaweedFs();
if (seaweedFs !== undefined) testFaults(seaweedStore(seaweedFs));

function testFaults(store: FaultStore): void {
  testFaultKinds(store, seeds);
  testFlips(store, { partedOffsets: 4 * seeds });
  testOverwrites(store, { slicedReads: 4 * seeds });
}
