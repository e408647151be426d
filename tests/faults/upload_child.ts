// deno-lint-ignore-file no-console -- A program.
// Uploads a file slowly, and exits with the code of `uploadUnlessStopped` in docs/large_transfers.md.
import process from "node:process";
import { createS3Source, type S3Source, type S3SourceConfig, type UploadBody } from "../../mod.ts";
import { PART_BYTES } from "../conformance/suite.ts";
import { LONGEST, PATH } from "./trial_files.ts";
import { pause } from "./watch.ts";

/** The argument of the process, as JSON. */
export interface ChildOrder {
  readonly config: S3SourceConfig;
  readonly sizeBytes: number;
  /** How many parts may be sent at once. */
  readonly concurrency: number;
}

/** Exit code 0: the file is stored. 143: SIGTERM came first, and no parts are left. */
async function uploadUnlessStopped(
  source: S3Source,
  path: string,
  body: UploadBody,
): Promise<number> {
  const stopping = new AbortController();
  const stop = () => stopping.abort(new Error("SIGTERM"));
  process.once("SIGTERM", stop);
  try {
    await source.upload(path, body, { signal: stopping.signal });
    return 0;
  } catch (error) {
    console.error(`Cannot upload ${path}: ${error instanceof Error ? error.message : error}`);
    return stopping.signal.aborted ? 143 : 1;
  } finally {
    process.off("SIGTERM", stop);
  }
}

async function* slowBody(sizeBytes: number) {
  // The parent process waits for this line: from now on the signal is handled.
  console.log("reading");
  for (let offset = 0; offset < sizeBytes;) {
    await pause(2);
    const end = Math.min(sizeBytes, offset + 250_000);
    yield LONGEST.slice(offset, end);
    offset = end;
  }
}

if (import.meta.main) {
  const { config, sizeBytes, concurrency }: ChildOrder = JSON.parse(process.argv[2] ?? "");
  const source = createS3Source(config, { upload: { partSizeBytes: PART_BYTES, concurrency } });
  process.exit(await uploadUnlessStopped(source, PATH, slowBody(sizeBytes)));
}
