import { BrokerError, CredentialsExpiredError, S3SourceError, TimeoutError } from "../errors.ts";
import { sleep, untilAborted, withTimeLimit } from "../async/abort.ts";
import type { Clock } from "../s3/clock.ts";
import { type Grant, hasSameScope } from "../s3/grant.ts";
import type { Credentials, ProvidedGrant } from "../types/config.ts";
import type { S3SourceEvent } from "../types/events.ts";
import { type DefaultLocation, readProvidedGrant } from "./provided_grant.ts";
import { type RefreshTimes, refreshTimes } from "./refresh_times.ts";
import { isSafeCause, wordlessCause } from "../text/safe_text.ts";
import { createSharedTask } from "../async/shared_task.ts";
import { createTrySchedule } from "./try_schedule.ts";

/** A way to a grant. `isUrgent`: callers wait for it, having nothing valid to go on with. */
export type ObtainGrant = (context: { signal: AbortSignal; isUrgent: boolean }) => Promise<ProvidedGrant>;

/** Hands out grants, keeps them fresh, and asks for one at a time whatever the number of callers. */
export interface GrantCache {
  /**
   * The grant to begin an operation with.
   *
   * @param options `lifeMs`: how long it should still live. Where a newer one can be had it is waited for; otherwise the
   * one at hand is returned.
   * @throws {CredentialsExpiredError} If the last one has expired and no newer one is available.
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
  readonly location: DefaultLocation;
  /** Time for expiry. */
  readonly clock: Clock;
  /** Receives what happens; absent if nobody wants to know. */
  readonly emit: ((event: S3SourceEvent) => void) | undefined;
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
  let rejectionsMs: number[] = [];
  const schedule = createTrySchedule(clock);
  const refreshing = createSharedTask(tryRefresh);

  async function get({ signal, lifeMs = 0 }: { signal?: AbortSignal | undefined; lifeMs?: number } = {}) {
    signal?.throwIfAborted();
    if (held === undefined) return await untilAborted(refresh({ isUrgent: true }), signal);
    if (!isUsable(held)) return await getUrgently(signal);
    const nowMs = clock.now();
    const wantsLonger = nowMs + lifeMs > held.endsMs && nowMs > held.halfMs;
    if (nowMs < held.refreshMs && !wantsLonger) return held.grant;
    if (schedule.isOpen()) refresh({ isUrgent: false });
    const mustWait = nowMs >= held.waitMs || wantsLonger;
    // Callers do not wait for what has just failed: it may hang, and the grant at hand is still good.
    if (!mustWait || schedule.isStuck() || !refreshing.isRunning()) return held.grant;
    await untilAborted(refresh({ isUrgent: false }).catch(() => {}), signal);
    return isUsable(held) ? held.grant : await getUrgently(signal);
  }

  /** Without a grant to go on with. A provider that did not answer the last time is not waited for as long again. */
  async function getUrgently(signal: AbortSignal | undefined): Promise<Grant> {
    const lastError = schedule.lastError();
    if (!refreshing.isRunning() && lastError !== undefined && !schedule.isOpen()) throw expired(lastError);
    const refreshed: Promise<Grant | void> = refresh({ isUrgent: !schedule.isStuck() });
    const graceOver = new AbortController();
    const graceEnds = schedule.isHanging() ? [sleep(GRACE_MS, graceOver.signal).catch(() => {})] : [];
    try {
      const grant = await untilAborted(Promise.race([refreshed, ...graceEnds]), signal);
      if (grant === undefined) throw lastError;
      return grant;
    } catch (error) {
      signal?.throwIfAborted();
      throw expired(error);
    } finally {
      graceOver.abort();
    }
  }

  async function renew(rejected: Grant, signal?: AbortSignal): Promise<Grant | undefined> {
    if (held?.grant === rejected && !held.isRejected) {
      // A store that accepts none of the keys must not make each operation ask for others.
      const nowMs = clock.now();
      rejectionsMs = [...rejectionsMs.filter((ms) => ms > nowMs - 60_000 && ms <= nowMs), nowMs];
      if (rejectionsMs.length > REJECTIONS_PER_MINUTE || !schedule.isOpen()) return undefined;
      held = { ...held, isRejected: true };
    }
    const newest = await get({ signal });
    return hasSameKeys(newest.credentials, rejected.credentials) ? undefined : newest;
  }

  /** Asks for a grant, unless that is under way. What it rejects with never goes unhandled. */
  function refresh({ isUrgent }: { isUrgent: boolean }): Promise<Grant> {
    const refreshed = refreshing.join({ isUrgent });
    refreshed.catch(() => {});
    return refreshed;
  }

  async function tryRefresh({ isUrgent }: { isUrgent: boolean }): Promise<Grant> {
    const startedMs = clock.uncorrected();
    const durationMs = () => clock.uncorrected() - startedMs;
    schedule.begin();
    try {
      const timedOut = () => new TimeoutError(`Cannot get credentials: there were none within ${OBTAIN_MS} ms`);
      const provided = await withTimeLimit(OBTAIN_MS, timedOut, (signal) => obtain({ signal, isUrgent }));
      const { grant, scopeChanged } = adopt(readProvidedGrant(provided, location));
      const expiration = Number.isFinite(grant.expiration) ? { expiration: new Date(grant.expiration) } : {};
      emit?.({ type: "refresh", ok: true, durationMs: durationMs(), scopeChanged, ...expiration });
      return grant;
    } catch (error) {
      const failure = error instanceof S3SourceError && isPresentable(error) ? error : providerFailed(error);
      schedule.fail(failure);
      emit?.({ type: "refresh", ok: false, durationMs: durationMs(), error: failure.message });
      throw failure;
    }
  }

  function adopt(next: Grant): { grant: Grant; scopeChanged: boolean } {
    const nowMs = clock.now();
    if (next.expiration <= nowMs) {
      throw new CredentialsExpiredError("Cannot use the credentials: they were over when they came");
    }
    if (held !== undefined && isSameGrant(next, held.grant)) {
      // Also if the store has rejected it: there is no other, and it may have been a mistake.
      held = { ...held, isRejected: false };
      schedule.stall(held.endsMs);
      return { grant: held.grant, scopeChanged: false };
    }
    const scopeChanged = held !== undefined && !hasSameScope(held.grant, next);
    held = { grant: next, isRejected: false, ...refreshTimes(nowMs, next.expiration) };
    schedule.succeed();
    return { grant: next, scopeChanged };
  }

  function isUsable({ isRejected, endsMs }: HeldGrant): boolean {
    return !isRejected && clock.now() < endsMs;
  }

  return { get, renew };
}

interface HeldGrant extends RefreshTimes {
  readonly grant: Grant;
  /** The store does not accept it, and another has been asked for. */
  readonly isRejected: boolean;
}

/** A provider that takes longer than this has failed; a broker is given up on earlier. */
const OBTAIN_MS = 30_000;
/** How long callers without a valid grant wait for a provider that did not answer when it was last asked. */
const GRACE_MS = 1_000;
const REJECTIONS_PER_MINUTE = 6;

/** Whether all of an error comes from this module. A provider's own may have a cause that quotes the keys it received. */
function isPresentable({ cause }: S3SourceError): boolean {
  return cause instanceof S3SourceError ? isPresentable(cause) : isSafeCause(cause);
}

function providerFailed(error: unknown): BrokerError {
  const cause = wordlessCause(error);
  return new BrokerError("Cannot get credentials: the provider failed", { code: "ProviderFailed", cause });
}

function expired(cause: unknown): CredentialsExpiredError {
  return new CredentialsExpiredError(
    "Cannot continue: the credentials no longer work and no newer ones are available",
    {
      cause,
    },
  );
}

function isSameGrant(a: Grant, b: Grant): boolean {
  return hasSameKeys(a.credentials, b.credentials) && a.expiration === b.expiration && hasSameScope(a, b);
}

function hasSameKeys(a: Credentials, b: Credentials): boolean {
  return a.accessKeyId === b.accessKeyId && a.secretAccessKey === b.secretAccessKey &&
    a.sessionToken === b.sessionToken;
}
