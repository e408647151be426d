import { CredentialsError, CredentialsExpiredError, S3SourceError, TimeoutError } from "../errors.ts";
import { untilAborted, withTimeLimit } from "../async/abort.ts";
import type { Clock } from "../s3/clock.ts";
import { type Grant, hasSameScope } from "../s3/grant.ts";
import type { Credentials, ScopedCredentials } from "../types/config.ts";
import type { S3SourceEvent } from "../types/events.ts";
import { type DefaultLocation, toGrant } from "./provided_credentials.ts";
import { type RefreshTimes, refreshTimes } from "./refresh_times.ts";
import { isSafeCause, wordlessCause } from "../text/safe_text.ts";
import { createSharedTask } from "../async/shared_task.ts";
import { createTrySchedule } from "./try_schedule.ts";

/** Obtains a grant. `isUrgent`: callers wait for it, as they have no valid one. */
export type ObtainGrant = (context: { signal: AbortSignal; isUrgent: boolean }) => Promise<ScopedCredentials>;

/** Hands out grants and refreshes them, with one call at a time for all callers. */
export interface GrantCache {
  /**
   * The grant to begin an operation with.
   *
   * @param options `lifeMs`: how long it should still live. If it does not, `get` waits for a newer one, but returns
   * the old one if none is available.
   * @throws {CredentialsExpiredError} If the last grant has expired and no newer one is available.
   */
  get(options?: { signal?: AbortSignal | undefined; lifeMs?: number }): Promise<Grant>;
  /** A newer grant than the one the store has rejected; `undefined` if there is none. */
  renew(rejected: Grant, signal?: AbortSignal): Promise<Grant | undefined>;
}

/** Where grants come from, and what they are checked against. */
export interface GrantCacheOptions {
  /** Obtains a grant. */
  readonly obtain: ObtainGrant;
  /** Bucket and prefix of a grant that does not name its own. */
  readonly location: DefaultLocation;
  /** Decides what has expired. */
  readonly clock: Clock;
  /** Receives each refresh, if anyone listens. */
  readonly emit: ((event: S3SourceEvent) => void) | undefined;
}

/** A cache for grants that expire. */
export function createGrantCache({ obtain, location, clock, emit }: GrantCacheOptions): GrantCache {
  let held: HeldGrant | undefined;
  let rejectionsMs: number[] = [];
  const schedule = createTrySchedule(clock);
  const refreshing = createSharedTask(tryRefresh);

  async function get({ signal, lifeMs = 0 }: { signal?: AbortSignal | undefined; lifeMs?: number } = {}) {
    signal?.throwIfAborted();
    if (held === undefined) return await untilAborted(refresh({ isUrgent: true }), signal);
    if (!isUsable(held)) return await getUrgently(signal);
    const nowMs = clock.now();
    const wantsLonger = nowMs + lifeMs > held.grant.expiration && nowMs > held.halfMs;
    if (nowMs < held.refreshMs && !wantsLonger) return held.grant;
    if (schedule.isOpen()) refresh({ isUrgent: false });
    const mustWait = nowMs >= held.waitMs || wantsLonger;
    // After a failure callers do not wait: the provider may hang, and the grant is still valid.
    if (!mustWait || schedule.isStuck()) return held.grant;
    await untilAborted(refresh({ isUrgent: false }).catch(() => {}), signal);
    return isUsable(held) ? held.grant : await getUrgently(signal);
  }

  /** Waits for a grant, as there is no valid one; but not long for a provider that did not answer the last time. */
  async function getUrgently(signal: AbortSignal | undefined): Promise<Grant> {
    const lastError = schedule.lastError();
    if (!refreshing.isRunning() && lastError !== undefined && !schedule.isOpen()) throw expired(lastError);
    const refreshed = untilAborted(refresh({ isUrgent: !schedule.isStuck() }), signal);
    try {
      if (lastError === undefined || !UNANSWERED_CODES.has(lastError.code)) return await refreshed;
      return await withTimeLimit(GRACE_MS, () => lastError, () => refreshed);
    } catch (error) {
      signal?.throwIfAborted();
      throw expired(error);
    }
  }

  async function renew(rejected: Grant, signal?: AbortSignal): Promise<Grant | undefined> {
    if (held?.grant === rejected && !held.isRejected) {
      // A store that accepts none of the keys must not make each operation call the provider.
      const nowMs = clock.now();
      rejectionsMs = [...rejectionsMs.filter((ms) => ms > nowMs - 60_000 && ms <= nowMs), nowMs];
      if (rejectionsMs.length > REJECTIONS_PER_MINUTE || !schedule.isOpen()) return undefined;
      held = { ...held, isRejected: true };
    }
    const newest = await get({ signal });
    return hasSameKeys(newest.credentials, rejected.credentials) ? undefined : newest;
  }

  /** Starts or joins a refresh. Its failure is never an unhandled rejection. */
  function refresh(options: { isUrgent: boolean }): Promise<Grant> {
    const refreshed = refreshing.join(options);
    refreshed.catch(() => {});
    return refreshed;
  }

  async function tryRefresh({ isUrgent }: { isUrgent: boolean }): Promise<Grant> {
    const startedMs = clock.uncorrected();
    const durationMs = () => clock.uncorrected() - startedMs;
    schedule.begin();
    try {
      const timedOut = () => new TimeoutError(`Cannot get credentials: none arrived within ${OBTAIN_MS} ms`);
      const provided = await withTimeLimit(OBTAIN_MS, timedOut, (signal) => obtain({ signal, isUrgent }));
      const { grant, scopeChanged } = adopt(toGrant(provided, location));
      const expires = Number.isFinite(grant.expiration) ? { expiresAt: new Date(grant.expiration) } : {};
      emit?.({ type: "refresh", ok: true, durationMs: durationMs(), scopeChanged, ...expires });
      return grant;
    } catch (error) {
      const failure = error instanceof S3SourceError && isPresentable(error) ? error : providerFailed(error);
      schedule.fail(failure);
      const { code, message } = failure;
      emit?.({ type: "refresh", ok: false, durationMs: durationMs(), code, message });
      throw failure;
    }
  }

  function adopt(next: Grant): { grant: Grant; scopeChanged: boolean } {
    const nowMs = clock.now();
    if (next.expiration <= nowMs) {
      throw new CredentialsExpiredError("Cannot use the credentials: they had already expired when they arrived");
    }
    if (held !== undefined && isSameGrant(next, held.grant)) {
      // Even if the store has rejected it: there is no other, and the store may have been wrong.
      held = { ...held, isRejected: false };
      schedule.stall(next.expiration);
      return { grant: held.grant, scopeChanged: false };
    }
    const scopeChanged = held !== undefined && !hasSameScope(held.grant, next);
    held = { grant: next, isRejected: false, ...refreshTimes(nowMs, next.expiration) };
    schedule.succeed();
    return { grant: next, scopeChanged };
  }

  function isUsable({ isRejected, grant }: HeldGrant): boolean {
    return !isRejected && clock.now() < grant.expiration;
  }

  return { get, renew };
}

interface HeldGrant extends RefreshTimes {
  readonly grant: Grant;
  /** The store has rejected it, and the provider has not confirmed it since. */
  readonly isRejected: boolean;
}

/** The limit for any provider; the broker's client has a shorter one. */
const OBTAIN_MS = 30_000;
/** How long callers without a valid grant wait for a provider that did not answer the last time. */
const GRACE_MS = 1_000;
const UNANSWERED_CODES = new Set(["Timeout", "BrokerUnreachable"]);
const REJECTIONS_PER_MINUTE = 6;

/** Whether the error and its causes are this module's own. A provider's may quote the keys it received. */
function isPresentable({ cause }: S3SourceError): boolean {
  return cause instanceof S3SourceError ? isPresentable(cause) : isSafeCause(cause);
}

function providerFailed(error: unknown): CredentialsError {
  const cause = wordlessCause(error);
  return new CredentialsError("Cannot get credentials: the provider failed", { code: "ProviderFailed", cause });
}

function expired(cause: unknown): CredentialsExpiredError {
  const message = "Cannot continue: the credentials no longer work and no newer ones are available";
  return new CredentialsExpiredError(message, { cause });
}

function isSameGrant(a: Grant, b: Grant): boolean {
  return hasSameKeys(a.credentials, b.credentials) && a.expiration === b.expiration && hasSameScope(a, b);
}

function hasSameKeys(a: Credentials, b: Credentials): boolean {
  return a.accessKeyId === b.accessKeyId && a.secretAccessKey === b.secretAccessKey &&
    a.sessionToken === b.sessionToken;
}
