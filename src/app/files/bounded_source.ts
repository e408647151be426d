import { TimeoutError } from "../../errors.ts";
import { eitherSignal, sleep, withTimeLimit } from "../../async/abort.ts";
import { toArray } from "../../async/to_array.ts";
import type { S3Source } from "../../types/source.ts";
import type { FileEntry, WalkOptions } from "../../types/files.ts";

/** For one step with all its tries. */
const STEP_MS = 15_000;
/** For the store to respond to anything while it copies a large file. */
const PROBE_MS = 4_000;
/** Files of one DeleteObjects request. */
const BATCH_SIZE = 1_000;

/**
 * The same source for an app whose visitors wait: short operations fail after 15 seconds, retries included, and copies
 * when the store has not responded to anything for 19 seconds. Uploads of streams and downloads have no limit.
 */
export function withTimeLimits(source: S3Source): S3Source {
  return {
    ...source,
    connect: (options) => within("connect", options, (signal) => source.connect({ signal })),
    stat: (path, options) => within("look up a file", options, (signal) => source.stat(path, { signal })),
    read: (path, options) => within("read a file", options, (signal) => source.read(path, { ...options, signal })),
    list: (options) => within("list files", options, (signal) => source.list({ ...options, signal })),
    walk: (options) => ({ [Symbol.asyncIterator]: () => walkWithin(source, options) }),
    upload(path, body, options) {
      if (typeof body !== "string") return source.upload(path, body, options);
      return within("store a text", options, (signal) => source.upload(path, body, { ...options, signal }));
    },
    delete: (path, options) => within("delete a file", options, (signal) => source.delete(path, { signal })),
    async deleteMany(paths, options) {
      const all = await toArray(paths);
      const limitMs = STEP_MS * Math.max(1, Math.ceil(all.length / BATCH_SIZE));
      return await within("delete files", options, (signal) => source.deleteMany(all, { signal }), limitMs);
    },
    copy: (from, to, options) =>
      whileAnswering(source, from, options, (signal) => source.copy(from, to, { ...options, signal })),
    move: (from, to, options) => whileAnswering(source, from, options, (signal) => source.move(from, to, { signal })),
    downloadUrl: (path, options) =>
      within("sign a link", options, (signal) => source.downloadUrl(path, { ...options, signal })),
    prepareUpload: (path, options) =>
      within("prepare an upload", options, (signal) => source.prepareUpload(path, { ...options, signal })),
    prepareMultipartUpload: (path, options) =>
      within("prepare an upload", options, (signal) => source.prepareMultipartUpload(path, { ...options, signal })),
  };
}

interface Cancellable {
  readonly signal?: AbortSignal | undefined;
}

function within<T>(
  action: string,
  { signal: callers }: Cancellable = {},
  run: (signal: AbortSignal) => Promise<T>,
  limitMs = STEP_MS,
): Promise<T> {
  const runOrAbort = (limit: AbortSignal) => run(eitherSignal(callers, limit));
  return withTimeLimit(limitMs, () => tookTooLong(action, limitMs), runOrAbort);
}

function tookTooLong(action: string, limitMs = STEP_MS): TimeoutError {
  return new TimeoutError(`Cannot ${action}: it took more than ${limitMs / 1000} s`);
}

/** Limits each step of a walk. */
async function* walkWithin(source: S3Source, options: WalkOptions = {}): AsyncGenerator<FileEntry> {
  const stopped = new AbortController();
  const signal = eitherSignal(options.signal, stopped.signal);
  const files = source.walk({ ...options, signal })[Symbol.asyncIterator]();
  try {
    while (true) {
      const { done, value } = await withTimeLimit(STEP_MS, () => tookTooLong("list files"), () => files.next());
      if (done) return;
      yield value;
    }
  } finally {
    stopped.abort();
  }
}

/** Runs an operation of any length for as long as the store responds to short ones. */
async function whileAnswering<T>(
  source: S3Source,
  path: string,
  { signal: callers }: Cancellable = {},
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const stopped = new AbortController();
  const finished = new AbortController();
  const watch = async () => {
    while (!finished.signal.aborted) {
      await sleep(STEP_MS, finished.signal);
      await within("copy a file", finished, (signal) => source.stat(path, { signal }), PROBE_MS);
    }
  };
  watch().catch((error: unknown) => {
    // Other failures show in the copy itself.
    if (error instanceof TimeoutError) stopped.abort(error);
  });
  try {
    return await run(eitherSignal(callers, stopped.signal));
  } finally {
    finished.abort();
  }
}
