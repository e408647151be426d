import { startWeed } from "../../tools/weed.ts";
import { findOrInstallWeed } from "../../tools/weed_binary.ts";
import { connectStore, isAvailable, type TestStore } from "./test_store.ts";

/** A SeaweedFS for the tests of one file, and a client of the AWS SDK for it. */
export interface SeaweedFs extends TestStore {
  /** The role with unrestricted temporary keys, if STS is on. */
  readonly roleArn: string;
}

/** Options of a {@link SeaweedFs}. */
export interface SeaweedFsOptions {
  /** Whether `AssumeRole` is available. Default `false`. */
  readonly sts?: boolean;
  /** The default lifetime of temporary keys. Default 900. */
  readonly sessionSeconds?: number;
  /** The longest lifetime of temporary keys. Default 43,200. */
  readonly maxSessionSeconds?: number;
  /** More buckets. Default: none. */
  readonly otherBuckets?: readonly string[];
}

/**
 * Starts a SeaweedFS for the tests of the calling file, and stops it after them.
 *
 * @returns `undefined` if it cannot be installed, which is an error under `CI=true`.
 */
export async function useSeaweedFs(options: SeaweedFsOptions = {}): Promise<SeaweedFs | undefined> {
  if (!await isAvailable("SeaweedFS", findOrInstallWeed)) return undefined;
  const seaweedFs = await openSeaweedFs(options);
  Deno.test.afterAll(() => seaweedFs.stop());
  return seaweedFs;
}

/** Starts a SeaweedFS outside of tests. Stop it. */
export async function openSeaweedFs(
  { otherBuckets = [], ...options }: SeaweedFsOptions = {},
): Promise<SeaweedFs> {
  const bucket = "conformance";
  const dataDir = await Deno.makeTempDir({ prefix: "s3-source-test-" });
  const logFile = `${dataDir}/weed.log`;
  const weed = await startWeed({ ...options, dataDir, buckets: [bucket, ...otherBuckets], throwaway: true, logFile });
  return { ...connectStore(weed, bucket), roleArn: weed.roleArn };
}
