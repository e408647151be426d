import { testBodies } from "./conformance/bodies.ts";
import { testCopies } from "./conformance/copies.ts";
import { testDeletion } from "./conformance/deletion.ts";
import { testDirectUploads } from "./conformance/direct_uploads.ts";
import { testFailures } from "./conformance/failures.ts";
import { testFaults } from "./conformance/faults.ts";
import { testFiles } from "./conformance/files.ts";
import { testListing } from "./conformance/listing.ts";
import { testModel } from "./conformance/model.ts";
import { testNames } from "./conformance/names.ts";
import { testRanges } from "./conformance/ranges.ts";
import { testScope } from "./conformance/scope.ts";
import { type ConformanceOptions, createConformanceTest } from "./conformance/suite.ts";
import { testUrls } from "./conformance/urls.ts";

/** Registers the tests that a source has to pass on every store. */
export function conformance(options: ConformanceOptions): void {
  const test = createConformanceTest(options);
  for (
    const section of [
      testFiles,
      testBodies,
      testModel,
      testNames,
      testRanges,
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
