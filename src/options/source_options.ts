import { guardCallback } from "./callback.ts";
import { callable, clock, fetcher, group, valueThat, whole } from "./checks.ts";
import { type OptionTable, type ReadOptions, readOptions } from "./option_table.ts";
import { encryption, storageClass } from "./storage.ts";
import type { RetryPolicy } from "../s3/retry.ts";
import type {
  DownloadDefaults,
  RetryOptions,
  S3SourceOptions,
  TimeoutOptions,
  UploadDefaults,
} from "../types/config.ts";
import type { S3SourceEvent } from "../types/events.ts";

const MIB = 1024 ** 2;
/** Timers of more than 31 bits fire at once. A quarter of that is left for the time that large bodies add. */
const MAX_TIMER_MS = 2 ** 31 - 2 ** 29;

/** The options of {@link S3SourceOptions}. */
export const SOURCE_OPTIONS = {
  credentials: valueThat("function", "a function that returns credentials", (value) => typeof value === "function"),
  fetch: fetcher,
  now: clock,
  retry: group,
  timeouts: group,
  upload: group,
  download: group,
  onEvent: callable,
} as const satisfies OptionTable<S3SourceOptions>;

/** The options below `retry`. */
export const RETRY_OPTIONS = {
  maxAttempts: { ...whole(1), default: 5 },
  baseDelayMs: { ...whole(0, MAX_TIMER_MS), default: 100 },
  maxDelayMs: { ...whole(0, MAX_TIMER_MS), default: 5_000 },
} as const satisfies OptionTable<RetryOptions>;

/** The options below `timeouts`. */
export const TIMEOUT_OPTIONS = {
  headersMs: { ...whole(1, MAX_TIMER_MS), default: 30_000 },
  idleMs: { ...whole(1, MAX_TIMER_MS), default: 30_000 },
  totalMs: whole(1),
} as const satisfies OptionTable<TimeoutOptions>;

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
export const PART_SIZE_BYTES = whole(5 * MIB, 5 * 1024 * MIB);

/** The options below `upload`. */
export const UPLOAD_DEFAULTS = {
  partSizeBytes: { ...PART_SIZE_BYTES, default: 8 * MIB },
  concurrency: { ...whole(1), default: 4 },
  encryption,
  storageClass,
} as const satisfies OptionTable<UploadDefaults>;

/** The options below `download`. */
export const DOWNLOAD_DEFAULTS = {
  partSizeBytes: { ...whole(64 * 1024), default: 8 * MIB },
  concurrency: { ...whole(1), default: 8 },
} as const satisfies OptionTable<DownloadDefaults>;

/** {@link UploadDefaults}, checked and with the defaults filled in. */
export type ResolvedUpload = ReadOptions<UploadDefaults, typeof UPLOAD_DEFAULTS>;

/** {@link S3SourceOptions}, checked and with the defaults filled in. */
export interface ResolvedOptions extends Pick<S3SourceOptions, "credentials"> {
  readonly fetch: typeof fetch;
  readonly now: () => number;
  readonly retry: RetryPolicy;
  readonly timeouts: ReadOptions<TimeoutOptions, typeof TIMEOUT_OPTIONS>;
  readonly upload: ResolvedUpload;
  readonly download: ReadOptions<DownloadDefaults, typeof DOWNLOAD_DEFAULTS>;
  /** `onEvent`, with its failures ignored. */
  readonly emit: ((event: S3SourceEvent) => void) | undefined;
}

/** @throws {ConfigError} If an option is unknown, has the wrong type, or a number is out of its range. */
export function readSourceOptions(given: S3SourceOptions): ResolvedOptions {
  const { onEvent, retry = {}, timeouts = {}, upload = {}, download = {}, ...options } = readOptions(
    given,
    SOURCE_OPTIONS,
    {
      verb: "create the source",
    },
  );
  return {
    ...options,
    retry: readOptions(retry, RETRY_OPTIONS, { place: "retry." }),
    timeouts: readOptions(timeouts, TIMEOUT_OPTIONS, { place: "timeouts." }),
    upload: readOptions(upload, UPLOAD_DEFAULTS, { place: "upload." }),
    download: readOptions(download, DOWNLOAD_DEFAULTS, { place: "download." }),
    emit: guardCallback(onEvent),
  };
}
