import { GetObjectCommand, NoSuchKey } from "@aws-sdk/client-s3";
import {
  createS3Source,
  type S3Source,
  type S3SourceConfig,
  type S3SourceOptions,
  type StoreTraits,
} from "../../mod.ts";
import { createMemoryS3 } from "../../src/testing/memory_s3/memory_s3.ts";
import { createSeededRandom } from "../../src/testing/faults/plan.ts";
import { isSame } from "../conformance/suite.ts";
import type { SeaweedFs } from "../integration/seaweedfs.ts";
import { createRelay } from "./relay.ts";
import { OLD, PATH } from "./trial_files.ts";
import { type WatchedStore, watchFetch, type WatchOptions } from "./watch.ts";

/** A store for uploads that fail, inspected without our own code. */
export interface TrialStore {
  /** For the names of tests. */
  readonly name: string;
  /** A source of a folder. */
  open(prefix: string, options?: S3SourceOptions, store?: StoreTraits): S3Source;
  /** The store, with its requests watched. */
  watch(options: WatchOptions): Promise<WatchedStore>;
  /** An object as it is stored. */
  get(key: string): Promise<Uint8Array | undefined>;
  /** Keys of the multipart uploads below a prefix. */
  listUploads(prefix: string): Promise<string[]>;
}

/** One upload that fails. */
export interface Trial {
  readonly index: number;
  /** A folder in which {@link PATH} has the content {@link OLD}. */
  readonly prefix: string;
  /** From 0 to less than 1, the same numbers in each run. */
  readonly random: () => number;
}

/** A store in memory. */
export function memoryTrials(): TrialStore {
  const s3 = createMemoryS3();
  const open = (fetch: typeof globalThis.fetch) => (prefix: string, options: S3SourceOptions = {}) =>
    createS3Source({ ...s3.config, prefix }, { fetch, ...options });
  return {
    name: "in memory",
    open: open(s3.fetch),
    watch: (options) => {
      const watched = watchFetch(s3.fetch, options);
      return Promise.resolve({ ...watched, open: open(watched.fetch), close: () => Promise.resolve() });
    },
    get: (key) => {
      const body = s3.getObject("bucket", key)?.body;
      return Promise.resolve(typeof body === "string" ? new TextEncoder().encode(body) : body);
    },
    listUploads: (prefix) => {
      const keys = s3.listUploads("bucket").map(({ key }) => key);
      return Promise.resolve(keys.filter((key) => key.startsWith(prefix)));
    },
  };
}

/** A SeaweedFS, inspected with the AWS SDK. */
export function seaweedTrials({ config, bucket, sdk, listUploads }: SeaweedFs): TrialStore {
  const open = (config: S3SourceConfig) => (prefix: string, options?: S3SourceOptions) =>
    createS3Source({ ...config, prefix }, options);
  return {
    name: "SeaweedFS",
    open: open(config),
    watch: async (options) => {
      const { endpointUrl, ...relay } = await createRelay(config.endpointUrl, options);
      return { ...relay, open: open({ ...config, endpointUrl }) };
    },
    get: async (key) => {
      try {
        const { Body } = await sdk.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
        return await Body?.transformToByteArray();
      } catch (error) {
        if (error instanceof NoSuchKey) return undefined;
        throw error;
      }
    },
    listUploads,
  };
}

/**
 * Runs the trials, a few at a time, each in a new folder where the file already exists.
 *
 * @param run Returns `undefined` if the trial missed its stage; it is then repeated.
 */
export async function runTrials<Result>(
  store: TrialStore,
  count: number,
  run: (trial: Trial) => Promise<Result | undefined>,
): Promise<Result[]> {
  const results: Result[] = [];
  const indexes = Array.from({ length: count }, (_, index) => index).values();
  const work = async () => {
    for (const index of indexes) {
      const random = createSeededRandom(index + 1);
      let result: Result | undefined;
      while (result === undefined) {
        const prefix = `${crypto.randomUUID()}/team/`;
        await store.open(prefix).upload(PATH, OLD);
        result = await run({ index, prefix, random });
        await store.open(prefix).delete(PATH);
      }
      results.push(result);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  return results;
}

const CONCURRENCY = 4;

/** What a trial left in the store. */
export interface Remains {
  /** Whether the file has the old content, the new one, or neither. */
  readonly file: "old" | "new" | "wrong";
  /** How many multipart uploads are left. */
  readonly uploads: number;
}

/** Inspects the store after a trial. */
export async function inspectTrial(
  store: TrialStore,
  prefix: string,
  uploaded: Uint8Array,
): Promise<Remains> {
  const stored = await store.get(prefix + PATH) ?? new Uint8Array();
  const uploads = (await store.listUploads(prefix)).length;
  return { file: isSame(stored, OLD) ? "old" : isSame(stored, uploaded) ? "new" : "wrong", uploads };
}

/** A whole number from 0 to below the limit. */
export function below(limit: number, random: () => number): number {
  return Math.floor(random() * limit);
}

/** How often each name occurs. */
export function countNames(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names.toSorted()) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
