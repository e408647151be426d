import { guardCallback } from "./callback.ts";
import { ConfigError, show } from "../errors.ts";

import { callable, type Checks, findProblem, flag, group, optionRefusal, whole } from "./checks.ts";
import type { RetryPolicy } from "../s3/retry.ts";
import type { GrantProvider, S3SourceOptions, TimeoutOptions, UploadDefaults } from "../types/config.ts";
import type { S3SourceEvent } from "../types/events.ts";

/** {@link S3SourceOptions}, checked and with the defaults filled in. */
export interface ResolvedOptions {
  readonly provider: GrantProvider | undefined;
  readonly fetch: typeof fetch;
  readonly now: () => number;
  readonly retry: RetryPolicy;
  readonly timeouts: TimeoutOptions & Required<Omit<TimeoutOptions, "totalMs">>;
  readonly upload: Required<UploadDefaults>;
  /** `onEvent`, whose failures are its own; absent if nobody wants to know. */
  readonly emit: ((event: S3SourceEvent) => void) | undefined;
}

/** @throws {ConfigError} If an option is unknown, has the wrong type, or a number is out of its range. */
export function readSourceOptions(options: S3SourceOptions): ResolvedOptions {
  const { provider, fetch, now, onEvent, retry = {}, timeouts = {}, upload = {} } = readGroup("", options, {
    provider: callable,
    fetch: callable,
    now: callable,
    onEvent: callable,
    retry: group,
    timeouts: group,
    upload: group,
  });
  return {
    provider,
    fetch: fetch ?? ((...request) => globalThis.fetch(...request)),
    now: now ?? (() => Date.now()),
    retry: {
      maxAttempts: 5,
      baseDelayMs: 100,
      maxDelayMs: 5_000,
      ...readGroup("retry.", retry, {
        maxAttempts: whole(1),
        baseDelayMs: whole(0, MAX_TIMER_MS),
        maxDelayMs: whole(0, MAX_TIMER_MS),
      }),
    },
    timeouts: {
      headersMs: 30_000,
      idleMs: 30_000,
      ...readGroup("timeouts.", timeouts, {
        headersMs: whole(1, MAX_TIMER_MS),
        idleMs: whole(1, MAX_TIMER_MS),
        totalMs: whole(1),
      }),
    },
    upload: {
      partSizeBytes: 8 * MIB,
      concurrency: 4,
      equalParts: false,
      sendChecksums: true,
      ...readGroup("upload.", upload, {
        partSizeBytes: whole(5 * MIB, 5 * 1024 * MIB),
        concurrency: whole(1),
        equalParts: flag,
        sendChecksums: flag,
      }),
    },
    emit: guardCallback(onEvent),
  };
}

const MIB = 1024 ** 2;
/** Timers of more than 31 bits fire at once. A quarter of it is left for what is added for large bodies. */
const MAX_TIMER_MS = 2 ** 31 - 2 ** 29;

/** The options that are given, each checked; `undefined` counts as absent. */
function readGroup<Group extends object>(place: string, given: Group, checks: Checks<Group>): Group {
  if (group(given)) {
    throw new ConfigError(`Cannot create the source: the options are not an object, but ${show(given)}`);
  }
  const problem = findProblem(given, checks, ALIASES);
  if (problem !== undefined) throw optionRefusal(place + problem.name, problem.reason);
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Group;
}

/** What the options of other libraries are called here. */
const ALIASES = {
  credentials: "provider",
  maxRetries: "retry",
  retries: "retry",
  attempts: "maxAttempts",
  timeout: "timeouts",
  partSize: "partSizeBytes",
  queueSize: "concurrency",
};
