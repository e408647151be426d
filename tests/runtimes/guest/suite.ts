import { conformance } from "../../conformance.ts";
import { SEAWEEDFS_LIMITS } from "../../integration/seaweedfs_limits.ts";
import type { GuestSetup, GuestTests } from "./setup.ts";

/** Tests that ask for more than a runtime can, by its name, with why; see `ConformanceOptions`. */
export const RUNTIME_LIMITS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Workers: { "upload() reports progress up to the whole size": "`onProgress` is told of whole parts only" },
};

/** The conformance suite, on the store of a setup. */
export function conformanceTests({ runtime, store, uploadsUrl }: GuestSetup): GuestTests {
  const tests: GuestTests = new Map();
  const listUploads = async (prefix: string) => {
    const response = await fetch(`${uploadsUrl}?prefix=${encodeURIComponent(prefix)}`);
    return await response.json();
  };
  conformance(`SeaweedFS, ${runtime}`, {
    open: () => ({ config: store, listUploads, keepsEmptyFolders: true, fetch: (input, init) => fetch(input, init) }),
    limits: { ...SEAWEEDFS_LIMITS, ...RUNTIME_LIMITS[runtime] },
    register(name, run) {
      if (tests.has(name)) throw new Error(`There are two tests with the name ${name}`);
      tests.set(name, run);
    },
  });
  return tests;
}
