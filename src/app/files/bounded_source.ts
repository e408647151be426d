import { TimeoutError } from "../../errors.ts";
import { sleep, withTimeLimit } from "../../async/abort.ts";
import type { S3Source } from "../../types/source.ts";
import type { FileInfo, WalkOptions } from "../../types/files.ts";

/** How long a person waits for one step, over all its tries. */
const STEP_MS = 15_000;
/** How long the store has to show that it answers at all, while it copies something large. */
const PROBE_MS = 4_000;
/** Files that DeleteObjects removes in one request. */
const BATCH_SIZE = 1_000;

/**
 * A source for an app whose visitors wait: its short operations fail after 15 seconds, however often the source would try
 * again, and copies once the store has not answered anything for 19. Uploads of streams and downloads take as long as they
 * take.
 */
export function withTimeLimits(source: S3Source): S3Source {
  const limited: Partial<S3Source> = {
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
    deleteMany(paths, options) {
      const all = [...paths];
      const limitMs = STEP_MS * Math.max(1, Math.ceil(all.length / BATCH_SIZE));
      return within("delete files", options, (signal) => source.deleteMany(all, { signal }), limitMs);
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
  return new Proxy(source, {
    get(target, name) {
      const value: unknown = Reflect.get(limited, name) ?? Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
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
  const runOrAbort = (limit: AbortSignal) => run(callers === undefined ? limit : AbortSignal.any([callers, limit]));
  return withTimeLimit(limitMs, () => tookTooLong(action, limitMs), runOrAbort);
}

function tookTooLong(action: string, limitMs = STEP_MS): TimeoutError {
  return new TimeoutError(`Cannot ${action}: it took more than ${limitMs / 1000} s`);
}

/** Each step may take so long, but not the walk. */
async function* walkWithin(source: S3Source, options: WalkOptions = {}): AsyncGenerator<FileInfo> {
  const stopped = new AbortController();
  const signal = options.signal === undefined ? stopped.signal : AbortSignal.any([options.signal, stopped.signal]);
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

/** Runs what may take long, as long as the store answers what is quick. */
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
    // What else fails now is for the copy itself to find out.
    if (error instanceof TimeoutError) stopped.abort(error);
  });
  try {
    return await run(callers === undefined ? stopped.signal : AbortSignal.any([callers, stopped.signal]));
  } finally {
    finished.abort();
  }
}
