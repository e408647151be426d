import { ListMultipartUploadsCommand, S3Client } from "@aws-sdk/client-s3";
import { startWeed } from "../../tools/weed.ts";
import { findOrInstallWeed } from "../../tools/weed_binary.ts";

/** A SeaweedFS for the tests of one file, with the AWS SDK beside it. */
export interface SeaweedFs {
  /** Bucket, endpoint and keys. */
  readonly config: Readonly<Record<"bucket" | "endpointUrl" | "accessKeyId" | "secretAccessKey", string>>;
  /** The bucket's name. */
  readonly bucket: string;
  /** A client of the SDK, connected to it. */
  readonly sdk: S3Client;
  /** The role whose temporary keys may do everything, if it was started with STS. */
  readonly roleArn: string;
  /** The keys of the multipart uploads below a prefix, as the SDK sees them. */
  listUploads(prefix: string): Promise<string[]>;
  /** Ends it, and removes its files. */
  stop(): Promise<void>;
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
  if (!await isAvailable()) return undefined;
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
  const sdk = new S3Client({
    endpoint: weed.endpointUrl,
    region: "us-east-1",
    credentials: { accessKeyId: weed.accessKeyId, secretAccessKey: weed.secretAccessKey },
    forcePathStyle: true,
  });
  const { endpointUrl, accessKeyId, secretAccessKey, roleArn } = weed;
  return {
    config: { bucket, endpointUrl, accessKeyId, secretAccessKey },
    bucket,
    sdk,
    roleArn,
    async listUploads(prefix) {
      // Its `Prefix` is matched here, not by the store: the judge must not rely on the store's filter.
      const { Uploads = [] } = await sdk.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
      return Uploads.map((upload) => upload.Key ?? "").filter((key) => key.startsWith(prefix));
    },
    async stop() {
      sdk.destroy();
      await weed.stop();
    },
  };
}

/** Whether there is a SeaweedFS to start. One that is there and does not start is an error anywhere. */
async function isAvailable(): Promise<boolean> {
  try {
    await findOrInstallWeed();
    return true;
  } catch (error) {
    if (Deno.env.get("CI") === "true") throw error;
    // deno-lint-ignore no-console
    console.warn(`\n*** SKIPPED: all tests on SeaweedFS. ${error instanceof Error ? error.message : error}\n`);
    return false;
  }
}
