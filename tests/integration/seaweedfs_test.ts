import { conformance } from "../conformance.ts";
import { testCors } from "./cors.ts";
import { testOracles } from "./oracles.ts";
import { useSeaweedFs } from "./seaweedfs.ts";
import { SEAWEEDFS_LIMITS } from "./seaweedfs_limits.ts";

const seaweedFs = await useSeaweedFs();

if (seaweedFs !== undefined) {
  conformance("SeaweedFS", {
    open: () => {
      const { config, listUploads } = seaweedFs;
      // 4.48 removes an emptied folder some time later.
      return { config, listUploads, keepsEmptyFolders: true, fetch: (input, init) => fetch(input, init) };
    },
    limits: SEAWEEDFS_LIMITS,
  });
  testCors(seaweedFs);
  testOracles(seaweedFs);
}
