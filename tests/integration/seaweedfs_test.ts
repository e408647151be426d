import { limitsOf } from "../stores/differences.ts";
import { useSeaweedFs } from "./seaweedfs.ts";
import { testStore } from "./store_suite.ts";

const seaweedFs = await useSeaweedFs();

if (seaweedFs !== undefined) {
  // 4.48 removes an empty folder some time later.
  testStore(seaweedFs, { name: "SeaweedFS", limits: limitsOf("SeaweedFS"), keepsEmptyFolders: true });
}
