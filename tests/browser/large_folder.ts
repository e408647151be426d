import { createS3Source, type S3Source } from "../../mod.ts";
import { createMemoryS3 } from "../../src/testing/mod.ts";

/** A source with this many files at its top, in memory. */
export function largeFolder(count: number): S3Source {
  const s3 = createMemoryS3();
  for (let number = 0; number < count; number++) {
    const key = `file-${String(number).padStart(6, "0")}.txt`;
    s3.putObject({ bucket: "bucket", key, body: "" });
  }
  return createS3Source(s3.config, { fetch: s3.fetch });
}
