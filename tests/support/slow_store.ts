import { FakeTime } from "@std/testing/time";
import { createS3Source, type S3SourceOptions } from "../../mod.ts";
import { createMemoryS3 } from "../../src/testing/memory_s3/memory_s3.ts";
import { someBytes } from "../conformance/suite.ts";

/** Slices do not end where chunks end. */
export const CHUNK = 8000;
/** `download.partSizeBytes`. */
export const SLICE = 64 * 1024;
/** Where a body is known to be slow whose chunks take 20 ms each. */
export const SLOW = 15 * CHUNK;
/** The file: what comes before the body is known to be slow, the rest of its slice, and four more slices. */
export const BYTES = someBytes(SLOW + 4 * SLICE + 5);

/** What becomes of the response to a request with this `Range`; another one is not slow. */
export type Change = (response: Response, range: string | undefined) => Response;

/** A store, and a source that reads from it three slices at a time. */
export interface SlowStore extends Disposable {
  readonly stream: (signal?: AbortSignal) => Promise<ReadableStream<Uint8Array<ArrayBuffer>>>;
  /** `Range` and `If-Match` of all requests, in their order. */
  readonly requests: string[];
  /** Bytes that have been taken from bodies. */
  readonly sent: () => number;
  readonly openBodies: () => number;
  readonly time: FakeTime;
  readonly put: (bytes: Uint8Array<ArrayBuffer>) => void;
}

/** A store with the file `a`, whose bodies take so many milliseconds for each chunk, in fake time. */
export function slowStore(
  { chunkMs = 20, firstByteMs = 10, change = (response) => response, flippedAt, options = {} }: {
    chunkMs?: number;
    firstByteMs?: number;
    change?: Change;
    /** The offset of a byte that has a flipped bit on its way. */
    flippedAt?: number;
    options?: S3SourceOptions;
  } = {},
): SlowStore {
  const time = new FakeTime();
  const s3 = createMemoryS3();
  const put = (body: Uint8Array<ArrayBuffer>) => s3.putObject({ bucket: "bucket", key: "a", body });
  put(BYTES);
  const requests: string[] = [];
  let sent = 0;
  let openBodies = 0;

  const fetch: typeof globalThis.fetch = async (input, init) => {
    const headers = new Headers(init?.headers);
    const range = headers.get("range") ?? undefined;
    requests.push(`${range} ${headers.get("if-match") ?? undefined}`);
    time.tick(firstByteMs);
    const response = await s3.fetch(input, init);
    const changed = change(response, range);
    if (changed !== response) return changed;
    const bytes = await response.bytes();
    const flipped = (flippedAt ?? -1) - Number(/\d+/.exec(range ?? "0")?.[0]);
    if (flipped >= 0 && flipped < bytes.byteLength) bytes[flipped] = (bytes[flipped] ?? 0) ^ 1 << flipped % 8;
    let at = 0;
    let isOpen = true;
    const end = () => {
      if (isOpen) openBodies--;
      isOpen = false;
    };
    init?.signal?.throwIfAborted();
    openBodies++;
    // As of a real connection.
    init?.signal?.addEventListener("abort", end);
    const body = new ReadableStream({
      pull(controller) {
        time.tick(chunkMs);
        const chunk = bytes.slice(at, at + CHUNK);
        if (chunk.byteLength > 0) controller.enqueue(chunk);
        sent += chunk.byteLength;
        at += CHUNK;
        if (at < bytes.byteLength) return;
        end();
        controller.close();
      },
      cancel: end,
    }, { highWaterMark: 0 });
    return new Response(response.ok ? body : bytes, response);
  };

  const source = createS3Source(s3.config, {
    fetch,
    retry: { baseDelayMs: 0, maxAttempts: 2 },
    download: { partSizeBytes: SLICE, concurrency: 3 },
    ...options,
  });
  return {
    stream: async (signal) => (await source.stream("a", { signal })).body,
    requests,
    sent: () => sent,
    openBodies: () => openBodies,
    time,
    put,
    [Symbol.dispose]: () => time.restore(),
  };
}

/** Resolves when nothing happens any more. */
export async function settle({ sent }: SlowStore): Promise<void> {
  for (let before = -1; before !== sent();) {
    before = sent();
    await new Promise((resolve) => setImmediate(resolve));
  }
}
