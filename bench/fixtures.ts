import { CreateBucketCommand, DeleteBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { statfs } from "node:fs/promises";
import { createS3Source, type S3Source } from "../mod.ts";
import { startWeed } from "../tools/weed.ts";
import { generateBody, randomBytes } from "./bodies.ts";
import { KEYS } from "./keys.ts";
import type { NetworkName, WorkName } from "./names.ts";
import { REGION, type StoreConfig } from "./peer.ts";
import { startSlowNetwork, WAN } from "./slow_network.ts";
import type { Scale } from "./works.ts";

/** A throwaway store with the benchmark's files. */
export interface Fixtures {
  /** The store, and the bucket with the files. */
  readonly store: StoreConfig;
  /** Runs a function with a new bucket, then removes the bucket and its contents. */
  withBucket<T>(use: (store: StoreConfig) => Promise<T>): Promise<T>;
  /** Stops the store and removes its data. */
  stop(): Promise<void>;
}

/** Starts a SeaweedFS and stores the files that the works need. */
export async function prepareFixtures(
  works: readonly WorkName[],
  { scale, network }: { scale: Scale; network: NetworkName },
): Promise<Fixtures> {
  const dataDir = await Deno.makeTempDir({ dir: await findRoom(roomBytes(works, scale)), prefix: "s3-source-bench-" });
  const bucket = "bench";
  const weed = await startWeed({ dataDir, buckets: [bucket], throwaway: true, logFile: `${dataDir}/weed.log` });
  const { endpointUrl, accessKeyId, secretAccessKey } = weed;
  const store = { endpointUrl, bucket, accessKeyId, secretAccessKey };
  const sdk = new S3Client({
    endpoint: endpointUrl,
    region: REGION,
    credentials: { accessKeyId, secretAccessKey },
    forcePathStyle: true,
  });
  const slow = network === "wan" ? startSlowNetwork(endpointUrl, WAN) : undefined;
  const stop = async () => {
    await slow?.[Symbol.asyncDispose]();
    sdk.destroy();
    await weed.stop();
  };
  try {
    await storeFiles(createS3Source(store), works, scale);
    const reached = slow === undefined ? store : { ...store, endpointUrl: slow.url };
    const { url: signedReadUrl } = await createS3Source(reached)
      .downloadUrl(KEYS.small, { expiresInSeconds: 86_400 });
    return {
      store: { ...reached, signedReadUrl },
      withBucket: (use) => withBucket(sdk, store, ({ bucket }) => use({ ...reached, bucket })),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

let bucketCount = 0;

/** SeaweedFS frees the space of a bucket at once, that of a deleted file much later. */
async function withBucket<T>(
  sdk: S3Client,
  store: StoreConfig,
  use: (store: StoreConfig) => Promise<T>,
): Promise<T> {
  const bucket = `uploads-${++bucketCount}`;
  await sdk.send(new CreateBucketCommand({ Bucket: bucket }));
  try {
    return await use({ ...store, bucket });
  } finally {
    const source = createS3Source({ ...store, bucket });
    const { files } = await source.list({ limit: 1000 });
    await source.deleteMany(files.map(({ path }) => path));
    await sdk.send(new DeleteBucketCommand({ Bucket: bucket }));
  }
}

async function storeFiles(source: S3Source, works: readonly WorkName[], scale: Scale): Promise<void> {
  const needs = (...names: WorkName[]) => names.some((name) => works.includes(name));
  await source.upload(KEYS.small, randomBytes(1024));
  if (needs("list", "list-40", "walk", "walk-parallel")) await storeEmptyFiles(source, KEYS.listed, 1000);
  if (needs("walk", "walk-parallel")) await storeEmptyFiles(source, KEYS.walked, scale.walkKeys);
  if (needs("download-large", "slow-reader")) await storeLarge(source, KEYS.large, scale.largeBytes);
  if (needs("download-huge")) await storeLarge(source, KEYS.huge, scale.hugeBytes);
}

async function storeEmptyFiles(source: S3Source, prefix: string, count: number): Promise<void> {
  let next = 0;
  await Promise.all(Array.from({ length: 32 }, async () => {
    while (next < count) await source.upload(`${prefix}${String(next++).padStart(6, "0")}.txt`, "");
  }));
}

async function storeLarge(source: S3Source, key: string, size: number): Promise<void> {
  await source.upload(key, generateBody(size), { size });
}

/** Space for the stored files and the uploads, with a reserve. */
function roomBytes(works: readonly WorkName[], scale: Scale): number {
  const sizes: Partial<Record<WorkName, number>> = {
    "download-large": scale.largeBytes,
    "slow-reader": scale.largeBytes,
    "upload-large": scale.largeBytes,
    "upload-unhashed": scale.largeBytes,
    "download-huge": scale.hugeBytes,
    "upload-huge": scale.hugeBytes,
  };
  return GIB + 1.2 * works.reduce((sum, work) => sum + (sizes[work] ?? 0), 0);
}

/**
 * A folder for the store's data: in memory if there is enough, so that no disk is measured, otherwise in the temporary
 * folder.
 *
 * @throws {Error} If there is not enough space.
 */
async function findRoom(bytes: number): Promise<string> {
  const isFree = async (folder: string) => {
    try {
      const { bavail, bsize } = await statfs(folder);
      return bavail * bsize > bytes;
    } catch {
      return false;
    }
  };
  if (Deno.systemMemoryInfo().available > 2 * bytes + 4 * GIB && await isFree("/dev/shm")) return "/dev/shm";
  const folder = Deno.env.get("TMPDIR") ?? "/tmp";
  if (await isFree(folder)) return folder;
  throw new Error(
    `Cannot store the benchmark's files: they need ${Math.ceil(bytes / GIB)} GiB, and ${folder} has less. ` +
      "Set TMPDIR to a folder with more room, or leave out the large works with --only.",
  );
}

const GIB = 1024 ** 3;
