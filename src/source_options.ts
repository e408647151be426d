import { ConfigError } from "./errors.ts";
import type { RetryPolicy } from "./s3/retry.ts";
import type { GrantProvider, S3SourceEvent, S3SourceOptions, TimeoutOptions, UploadDefaults } from "./types.ts";

/** {@link S3SourceOptions}, checked and with the defaults filled in. */
export interface ResolvedOptions {
  readonly provider: GrantProvider | undefined;
  readonly fetch: typeof fetch;
  readonly now: () => number;
  readonly retry: RetryPolicy;
  readonly timeouts: TimeoutOptions & Required<Omit<TimeoutOptions, "totalMs">>;
  readonly upload: Required<UploadDefaults>;
  /** `onEvent`, whose failures are its own. */
  readonly emit: (event: S3SourceEvent) => void;
}

/** @throws {ConfigError} If an option is unknown, or a number is out of its range. */
export function readSourceOptions(options: S3SourceOptions): ResolvedOptions {
  const { provider, fetch, now, onEvent } = options;
  assertKnown("", options, ["provider", "fetch", "now", "retry", "timeouts", "upload", "onEvent"]);
  for (const [name, value] of Object.entries({ provider, fetch, now, onEvent })) {
    if (value !== undefined && typeof value !== "function") throw refusal(name, "it must be a function");
  }
  const retry = { maxAttempts: 5, baseDelayMs: 100, maxDelayMs: 5_000, ...options.retry };
  assertKnown("retry.", retry, ["maxAttempts", "baseDelayMs", "maxDelayMs"]);
  assertWhole("retry.maxAttempts", retry.maxAttempts, 1);
  assertWhole("retry.baseDelayMs", retry.baseDelayMs, 0);
  assertWhole("retry.maxDelayMs", retry.maxDelayMs, 0);
  const timeouts = { headersMs: 30_000, idleMs: 30_000, ...options.timeouts };
  assertKnown("timeouts.", timeouts, ["headersMs", "idleMs", "totalMs"]);
  assertWhole("timeouts.headersMs", timeouts.headersMs, 1, MAX_TIMER_MS);
  assertWhole("timeouts.idleMs", timeouts.idleMs, 1, MAX_TIMER_MS);
  if (timeouts.totalMs !== undefined) assertWhole("timeouts.totalMs", timeouts.totalMs, 1);
  const upload = { partSizeBytes: 8 * MIB, concurrency: 4, equalParts: false, sendChecksums: true, ...options.upload };
  assertKnown("upload.", upload, ["partSizeBytes", "concurrency", "equalParts", "sendChecksums"]);
  assertWhole("upload.partSizeBytes", upload.partSizeBytes, 5 * MIB, 5 * 1024 * MIB);
  assertWhole("upload.concurrency", upload.concurrency, 1);
  return {
    provider,
    fetch: fetch ?? ((...request) => globalThis.fetch(...request)),
    now: now ?? (() => Date.now()),
    retry,
    timeouts,
    upload,
    emit: onEvent === undefined ? () => {} : (event) => {
      try {
        onEvent(event);
      } catch {
        // Whoever listens must not change what happens.
      }
    },
  };
}

const MIB = 1024 ** 2;
/** Timers of more than 31 bits fire at once. A quarter of it is left for what is added for large bodies. */
const MAX_TIMER_MS = 2 ** 31 - 2 ** 29;

function assertKnown(group: string, options: object, names: readonly string[]): void {
  for (const name of Object.keys(options)) {
    if (!names.includes(name)) {
      throw refusal(
        group + name,
        `there is no such option; there are ${names.map((known) => group + known).join(", ")}`,
      );
    }
  }
}

function assertWhole(name: string, value: number, least: number, most = Number.MAX_SAFE_INTEGER): void {
  if (!Number.isSafeInteger(value) || value < least || value > most) {
    throw refusal(name, `it must be a whole number from ${least} to ${most}, not ${value}`);
  }
}

function refusal(name: string, reason: string): ConfigError {
  return new ConfigError(`Cannot use the option "${name}": ${reason}`);
}
