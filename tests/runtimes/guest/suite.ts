import { conformance } from "../../conformance/conformance.ts";
import { createLimitedTests, type Limits } from "../../conformance/limited_tests.ts";
import { limitsOf } from "../../stores/differences.ts";
import type { GuestSetup, GuestTests } from "./setup.ts";

const WHOLE_PARTS: Limits = {
  "upload() reports progress up to the whole size": {
    seen: "`onProgress` reports whole parts only",
    failure: "4 reports of 3 parts",
  },
};

/** Tests of features that a runtime lacks, by the runtime's name. */
export const RUNTIME_LIMITS: Readonly<Record<string, Limits>> = { Workers: WHOLE_PARTS, Chromium: WHOLE_PARTS };

/** The conformance suite, on the store of a setup. */
export function conformanceTests({ runtime, store, uploadsUrl }: GuestSetup): GuestTests {
  const tests: GuestTests = new Map();
  const listUploads = async (prefix: string) => {
    const response = await fetch(`${uploadsUrl}?prefix=${encodeURIComponent(prefix)}`);
    return await response.json();
  };
  const limits = { ...limitsOf("SeaweedFS"), ...RUNTIME_LIMITS[runtime] };
  const { test, end } = createLimitedTests(`SeaweedFS, ${runtime}`, limits, (name, run) => {
    if (tests.has(name)) throw new Error(`There are two tests with the name ${name}`);
    tests.set(name, run);
  });
  conformance({
    test,
    open: () => ({ config: store, listUploads, keepsEmptyFolders: true, fetch: (input, init) => fetch(input, init) }),
  });
  end();
  return tests;
}
