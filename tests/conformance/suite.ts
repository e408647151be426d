import type { LimitedTest } from "./limited_tests.ts";
import {
  createS3Source,
  type S3Source,
  type S3SourceConfig,
  type S3SourceOptions,
  type StoreTraits,
} from "../../mod.ts";

/** A store to run the suite on. */
export interface ConformanceStore {
  /** Bucket, endpoint, and credentials with all permissions in the bucket; no prefix. */
  readonly config: S3SourceConfig;
  /** Sends requests to the store. */
  readonly fetch: typeof fetch;
  /** Whether it lists a folder for a while after its last file was deleted. */
  readonly keepsEmptyFolders?: boolean;
  /** The keys of multipart uploads in progress below a prefix, listed without our own code. */
  listUploads(prefix: string): Promise<string[]>;
}

/** Options of the suite. */
export interface ConformanceOptions {
  /** Called by each test. It may return the same store every time, as each test has a folder of its own. */
  readonly open: () => ConformanceStore;
  /** Registers a test. */
  readonly test: LimitedTest;
}

/** The folder of a test in a store. */
export interface Workbench {
  /** The source of the folder. */
  readonly source: S3Source;
  /** The key of the folder, with its trailing slash. */
  readonly prefix: string;
  /** The store. */
  readonly store: ConformanceStore;
  /** Opens a source of another folder of the bucket, with other options, or of a store with other traits. */
  open(prefix: string, options?: S3SourceOptions, store?: StoreTraits): S3Source;
}

/** Registers a test. */
export type ConformanceTest = (name: string, run: (bench: Workbench) => Promise<void>) => void;

/** Creates the function that registers tests with a workbench. */
export function createConformanceTest({ open, test }: ConformanceOptions): ConformanceTest {
  return (name, run) =>
    test(name, async () => {
      const store = open();
      const prefix = `${crypto.randomUUID()}/`;
      const openFolder = (folder: string, options: S3SourceOptions = {}, traits: StoreTraits = {}) =>
        createS3Source({ ...store.config, prefix: folder, store: { ...store.config.store, ...traits } }, {
          fetch: store.fetch,
          ...options,
        });
      await run({ source: openFolder(prefix), prefix, store, open: openFolder });
    });
}

/** Fixed bytes without a repeating pattern, so that mixed-up parts are noticed. */
export function someBytes(size: number): Uint8Array<ArrayBuffer> {
  const words = new Uint32Array(Math.ceil(size / 4));
  let state = 0x9e3779b9;
  for (let index = 0; index < words.length; index++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[index] = state;
  }
  return new Uint8Array(words.buffer, 0, size).slice();
}

/** Bytes as a stream of chunks of uneven sizes. */
export function toStream(
  bytes: Uint8Array<ArrayBuffer>,
  chunkBytes = 100_003,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let offset = 0;
  return new ReadableStream({
    pull(controller) {
      if (offset >= bytes.byteLength) return controller.close();
      controller.enqueue(bytes.slice(offset, offset += chunkBytes));
    },
  });
}

/** The `contentHash` of bytes. */
export async function hashOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return `sha256:${Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

/** Whether two arrays have the same bytes; `assertEquals` is too slow for megabytes. */
export function isSame(a: Uint8Array, b: Uint8Array): boolean {
  if (a.byteLength !== b.byteLength) return false;
  for (let index = 0; index < a.byteLength; index++) {
    if (a[index] !== b[index]) return false;
  }
  return true;
}

/** Decodes UTF-8. */
export function toText(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
}

/** All items of an iterable. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** The smallest part size of S3, to keep multipart uploads small. */
export const PART_BYTES = 5 * 1024 * 1024;
