import { testBodies } from "./bodies.ts";
import { testCopies } from "./copies.ts";
import { testDeletion } from "./deletion.ts";
import { testDirectUploads } from "./direct_uploads.ts";
import { testFailures } from "./failures.ts";
import { testFaults } from "./faults.ts";
import { testFiles } from "./files.ts";
import { testListing } from "./listing.ts";
import { testModel } from "./model.ts";
import { testNames } from "./names.ts";
import { testRanges } from "./ranges.ts";
import { testScope } from "./scope.ts";
import { testServing } from "./serving.ts";
import { type ConformanceOptions, createConformanceTest } from "./suite.ts";
import { testUrls } from "./urls.ts";

/** Registers the tests that a source must pass on every store. */
export function conformance(options: ConformanceOptions): void {
  const test = createConformanceTest(options);
  for (
    const section of [
      testFiles,
      testBodies,
      testModel,
      testNames,
      testRanges,
      testServing,
      testListing,
      testScope,
      testDeletion,
      testCopies,
      testUrls,
      testDirectUploads,
      testFailures,
      testFaults,
    ]
  ) {
    section(test);
  }
}
