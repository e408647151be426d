import { createMemoryS3 } from "../../src/testing/memory_s3/memory_s3.ts";
import { conformance } from "../conformance/conformance.ts";
import { createLimitedTests } from "../conformance/limited_tests.ts";

conformance({
  test: createLimitedTests("in memory").test,
  open: () => {
    const s3 = createMemoryS3();
    return {
      config: s3.config,
      fetch: s3.fetch,
      listUploads: (prefix) => {
        const keys = s3.listUploads("bucket").map((upload) => upload.key);
        return Promise.resolve(keys.filter((key) => key.startsWith(prefix)));
      },
    };
  },
});
