import { BrokerError, ConfigError, CredentialsExpiredError, S3SourceError, TimeoutError } from "../errors.ts";
import { sleep, untilAborted, withTimeLimit } from "../s3/abort.ts";
import { isBucketName } from "../s3/bucket_name.ts";
import type { Clock } from "../s3/clock.ts";
import { type Grant, hasSameScope } from "../s3/grant.ts";
import { pathProblem, toPrefix } from "../s3/keys.ts";
import type { Credentials, ProvidedGrant, S3SourceEvent } from "../types.ts";
import { backoffMs, type RefreshTimes, refreshTimes } from "./refresh_times.ts";

/** A way to a grant. `isUrgent`: callers wait for it, having nothing valid to go on with. */
export type ObtainGrant = (context: { signal: AbortSignal; isUrgent: boolean }) => Promise<ProvidedGrant>;

/** Hands out grants, keeps them fresh, and asks for one at a time whatever the number of callers. */
export interface GrantCache {
  /**
   * The grant to begin an operation with.
   *
   * @param options `lifeMs`: how long it should still live. Where a newer one can be had it is waited for; otherwise the
   * one at hand is returned.
   * @throws {CredentialsExpiredError} If the last one is over and no newer one is to be had.
   */
  get(options?: { signal?: AbortSignal | undefined; lifeMs?: number }): Promise<Grant>;
  /** A newer grant than the one the store has rejected; `undefined` if there is none. */
  renew(rejected: Grant, signal?: AbortSignal): Promise<Grant | undefined>;
}

/** What a cache is made of. */
export interface GrantCacheOptions {
  /** Asks for a grant. */
  readonly obtain: ObtainGrant;
  /** Where a grant applies that does not say so itself. */
  readonly location: { readonly bucket?: string | undefined; readonly prefix: string };
  /** Time for expiry. */
  readonly clock: Clock;
  /** Receives what happens. */
  readonly emit: (event: S3SourceEvent) => void;
}

/** A cache for keys that never change: what is configured directly. */
export function createFixedGrant(grant: Grant): GrantCache {
  return {
    get({ signal } = {}) {
      signal?.throwIfAborted();
      return Promise.resolve(grant);
    },
    renew: () => Promise.resolve(undefined),
  };
}

/** A cache for grants that end. */
export function createGrantCache({ obtain, location, clock, emit }: GrantCacheOptions): GrantCache {
  let held: HeldGrant | undefined;
  let inFlight: Promise<Grant> | undefined;
  let rejectedCredentials: Credentials | undefined;
  let generation = 0;
  // Since the last progress: tries that failed or brought the same again, why, and when the next may be.
  let setbacks = 0;
  let lastError: unknown;
  let nextTryMs = -Infinity;
  const triedMs: number[] = [];

  async function get({ signal, lifeMs = 0 }: { signal?: AbortSignal | undefined; lifeMs?: number } = {}) {
    signal?.throwIfAborted();
    if (held === undefined) return await untilAborted(refresh(true), signal);
    const nowMs = clock.now();
    const wantsLonger = nowMs + lifeMs > held.endsMs && nowMs > held.halfMs;
    if (nowMs < held.refreshMs && !wantsLonger) return held.grant;
    if (nowMs >= held.endsMs) return await getAfterExpiry(nowMs, signal);
    if (inFlight === undefined && nowMs >= nextTryMs) refresh(false);
    const mustWait = nowMs >= held.waitMs || wantsLonger;
    // Callers do not wait for what has just failed: it may hang, and the grant at hand is still good.
    if (!mustWait || setbacks > 0 || inFlight === undefined) return held.grant;
    await untilAborted(inFlight.catch(() => {}), signal);
    return clock.now() < held.endsMs ? held.grant : await getAfterExpiry(clock.now(), signal);
  }

  async function getAfterExpiry(nowMs: number, signal: AbortSignal | undefined): Promise<Grant> {
    if (setbacks > 0 && inFlight === undefined && nowMs < nextTryMs) throw expired(lastError);
    const isFailing = setbacks > 0;
    const waits: Promise<Grant | void>[] = [refresh(true).catch((error) => Promise.reject(expired(error)))];
    const graceOver = new AbortController();
    if (isFailing) waits.push(sleep(GRACE_MS, graceOver.signal).catch(() => {}));
    try {
      const grant = await untilAborted(Promise.race(waits), signal);
      if (grant === undefined) throw expired(lastError);
      return grant;
    } finally {
      graceOver.abort();
    }
  }

  async function renew(rejected: Grant, signal?: AbortSignal): Promise<Grant | undefined> {
    if (held?.grant === rejected) {
      rejectedCredentials = rejected.credentials;
      held = { ...held, refreshMs: -Infinity, waitMs: -Infinity, endsMs: -Infinity };
    }
    try {
      return await get({ signal });
    } catch (error) {
      if (error instanceof S3SourceError && error.cause === SAME_CREDENTIALS) return undefined;
      throw error;
    }
  }

  /** Asks for a grant, unless that is under way. What it rejects with never goes unhandled. */
  function refresh(isUrgent: boolean): Promise<Grant> {
    if (inFlight === undefined) {
      inFlight = tryRefresh(isUrgent).finally(() => inFlight = undefined);
      inFlight.catch(() => {});
    }
    return inFlight;
  }

  async function tryRefresh(isUrgent: boolean): Promise<Grant> {
    const startedMs = clock.uncorrected();
    triedMs.push(clock.now());
    try {
      const timedOut = () => new TimeoutError(`Cannot get credentials: there were none within ${OBTAIN_MS} ms`);
      const provided = await withTimeLimit(OBTAIN_MS, timedOut, (signal) => obtain({ signal, isUrgent }));
      return adopt(toGrant(provided, location, generation + 1));
    } catch (error) {
      const failure = error instanceof S3SourceError ? error : new BrokerError(
        "Cannot get credentials: the provider failed",
        { code: "ProviderFailed", cause: error },
      );
      hold(failure);
      emit({ type: "refresh", ok: false, durationMs: clock.uncorrected() - startedMs, error: failure.message });
      throw failure;
    }

    function adopt(next: Grant): Grant {
      const nowMs = clock.now();
      if (next.expiration <= nowMs) {
        throw new CredentialsExpiredError("Cannot use the credentials: they were over when they came");
      }
      if (rejectedCredentials !== undefined && hasSameKeys(next.credentials, rejectedCredentials)) {
        throw SAME_CREDENTIALS;
      }
      if (held && hasSameKeys(next.credentials, held.grant.credentials) && next.expiration === held.grant.expiration) {
        hold(undefined);
        return held.grant;
      }
      const scopeChanged = held !== undefined && !hasSameScope(held.grant, next);
      generation = next.generation;
      held = { grant: next, ...refreshTimes(nowMs, next.expiration) };
      rejectedCredentials = undefined;
      setbacks = 0;
      nextTryMs = -Infinity;
      triedMs.length = 0;
      const expiration = Number.isFinite(next.expiration) ? { expiration: new Date(next.expiration) } : {};
      emit({ type: "refresh", ok: true, durationMs: clock.uncorrected() - startedMs, scopeChanged, ...expiration });
      return next;
    }
  }

  /** Puts off the next try. */
  function hold(error: unknown): void {
    const nowMs = clock.now();
    setbacks++;
    lastError = error;
    while (triedMs.length > TRIES_PER_MINUTE) triedMs.shift();
    const oldestMs = triedMs.length === TRIES_PER_MINUTE ? triedMs[0] ?? nowMs : -Infinity;
    nextTryMs = Math.max(nowMs + backoffMs(setbacks), oldestMs + 60_000);
  }

  return { get, renew };
}

interface HeldGrant extends RefreshTimes {
  readonly grant: Grant;
}

/** A provider that takes longer than this has failed; a broker is given up on earlier. */
const OBTAIN_MS = 30_000;
/** How long callers without a valid grant wait for a provider that was failing just before. */
const GRACE_MS = 1_000;
const TRIES_PER_MINUTE = 6;

const SAME_CREDENTIALS = new BrokerError("Cannot use the credentials: they are the ones the store has just rejected", {
  code: "SameCredentials",
});

function expired(cause: unknown): CredentialsExpiredError {
  return new CredentialsExpiredError("Cannot go on: the credentials no longer work and no newer ones are to be had", {
    cause,
  });
}

function hasSameKeys(a: Credentials, b: Credentials): boolean {
  return a.accessKeyId === b.accessKeyId && a.secretAccessKey === b.secretAccessKey &&
    a.sessionToken === b.sessionToken;
}

function toGrant(provided: ProvidedGrant, location: GrantCacheOptions["location"], generation: number): Grant {
  const { credentials, expiration, bucket = location.bucket, prefix = location.prefix } = provided;
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  if (!accessKeyId || !secretAccessKey) throw unusable("it has no accessKeyId or no secretAccessKey");
  if (bucket === undefined) throw unusable("neither it nor the configuration names a bucket");
  if (!isBucketName(bucket)) throw unusable(`${JSON.stringify(bucket)} is not a valid bucket name`);
  const problem = pathProblem(prefix);
  if (problem !== undefined) throw unusable(`its prefix cannot be used: ${problem}`);
  const expirationMs = expiration === undefined ? Infinity : expiration.getTime();
  if (Number.isNaN(expirationMs)) throw unusable("its expiration is not a valid date");
  return {
    credentials: { accessKeyId, secretAccessKey, ...sessionToken !== undefined && { sessionToken } },
    bucket,
    prefix: toPrefix(prefix),
    expiration: expirationMs,
    generation,
  };
}

function unusable(reason: string): ConfigError {
  return new ConfigError(`Cannot use the provided grant: ${reason}`, { code: "InvalidGrant" });
}
