import { guardCallback } from "./callback.ts";
import { ConfigError } from "./errors.ts";
import { optionRefusal } from "./named_options.ts";
import { nearestName } from "./nearest_name.ts";
import type { RetryPolicy } from "./s3/retry.ts";
import type { GrantProvider, S3SourceOptions, TimeoutOptions, UploadDefaults } from "./config_types.ts";
import type { S3SourceEvent } from "./event_types.ts";

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
    provider: isFunction,
    fetch: isFunction,
    now: isFunction,
    onEvent: isFunction,
    retry: isGroup,
    timeouts: isGroup,
    upload: isGroup,
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
        maxAttempts: isWhole(1),
        baseDelayMs: isWhole(0, MAX_TIMER_MS),
        maxDelayMs: isWhole(0, MAX_TIMER_MS),
      }),
    },
    timeouts: {
      headersMs: 30_000,
      idleMs: 30_000,
      ...readGroup("timeouts.", timeouts, {
        headersMs: isWhole(1, MAX_TIMER_MS),
        idleMs: isWhole(1, MAX_TIMER_MS),
        totalMs: isWhole(1),
      }),
    },
    upload: {
      partSizeBytes: 8 * MIB,
      concurrency: 4,
      equalParts: false,
      sendChecksums: true,
      ...readGroup("upload.", upload, {
        partSizeBytes: isWhole(5 * MIB, 5 * 1024 * MIB),
        concurrency: isWhole(1),
        equalParts: isBoolean,
        sendChecksums: isBoolean,
      }),
    },
    emit: guardCallback(onEvent),
  };
}

const MIB = 1024 ** 2;
/** Timers of more than 31 bits fire at once. A quarter of it is left for what is added for large bodies. */
const MAX_TIMER_MS = 2 ** 31 - 2 ** 29;

/** What a value must be; `undefined` if it is. */
type Check = (value: unknown) => string | undefined;

const isFunction: Check = (value) => typeof value === "function" ? undefined : "a function";
const isBoolean: Check = (value) => typeof value === "boolean" ? undefined : "true or false";
const isGroup: Check = (value) =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? undefined : "an object";
const isWhole = (least: number, most = Number.MAX_SAFE_INTEGER): Check => (value) =>
  Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most
    ? undefined
    : `a whole number from ${least} to ${most}`;

/** The options that are given, each checked; `undefined` counts as absent. */
function readGroup<Group extends object>(
  group: string,
  given: Group,
  checks: Readonly<Record<keyof Group & string, Check>>,
): Group {
  if (isGroup(given)) throw new ConfigError("Cannot create the source: the options are not an object");
  const known: Readonly<Record<string, Check>> = checks;
  for (const [name, value] of Object.entries(given)) {
    const check = Object.hasOwn(known, name) ? known[name] : undefined;
    if (check === undefined) {
      const nearest = nearestName(name, Object.keys(known));
      throw optionRefusal(group + name, `there is no such option; did you mean "${group}${nearest}"?`);
    }
    const expected = value === undefined ? undefined : check(value);
    if (expected !== undefined) throw optionRefusal(group + name, `it must be ${expected}`);
  }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Group;
}
