import { startWeed } from "../../tools/weed.ts";
import { findOrInstallWeed } from "../../tools/weed_binary.ts";
import { connectStore, isAvailable, type TestStore } from "./test_store.ts";

/** A SeaweedFS for the tests of one file, with the AWS SDK beside it. */
export interface SeaweedFs extends TestStore {
  /** The role whose temporary keys may do everything, if it was started with STS. */
  readonly roleArn: string;
}

/** What a {@link SeaweedFs} is started with. */
export interface SeaweedFsOptions {
  /** `true`: `AssumeRole` makes temporary keys. Default `false`. */
  readonly sts?: boolean;
  /** How long those keys live if `AssumeRole` is not told, in seconds. Default 900. */
  readonly sessionSeconds?: number;
  /** Buckets beside the one it is for. Default: none. */
  readonly otherBuckets?: readonly string[];
}

/**
 * Starts a SeaweedFS for the tests of the calling file, and stops it behind them.
 *
 * @returns `undefined` if it cannot be had, which under `CI=true` is an error.
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
