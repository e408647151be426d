import { ServiceError } from "../../errors.ts";
import { createSharedTask, type SharedTask } from "../../async/shared_task.ts";
import { type CallSlots, createCallSlots } from "./call_slots.ts";
import type { KeyIssuer } from "./key_issuer.ts";
import { createRecentGrants, type RecentGrants } from "./recent_grants.ts";
import type { IssuedKeys, SharedKeys } from "./shared_keys.ts";
import { isThrottled, LONGEST_CALL_MS } from "./service_call.ts";
import { DEFAULT_SECONDS } from "./sts_client.ts";
import type { KeyRequest, SessionKeys } from "../types.ts";

/** Hands out keys: all who ask for the same get the same ones while they are valid. */
export interface TenantGrants {
  /**
   * Keys that are valid for at least a minute; `isCached` if another caller got them first. Rejects with a
   * `ServiceError` if they would come from another issuer than the one that the request was checked for.
   *
   * @param fingerprint Of that issuer. Default: whichever there is now.
   */
  get(request: KeyRequest, fingerprint?: string): Promise<{ readonly keys: SessionKeys; readonly isCached: boolean }>;
  /** How long a caller who got no keys should wait before it retries. */
  retryAfterSeconds(): number;
  /**
   * Gets keys from this issuer from now on, after the configuration has changed. Cached keys are dropped if they are
   * of another store or another parent's; a tenant whose role or folder has changed asks for other keys anyway.
   */
  use(issuer: GrantIssuer): void;
  /** When the keys of each tenant that has valid ones expire, in epoch milliseconds; of several, the last. */
  expirations(): ReadonlyMap<string, number>;
}

/** The part of a {@link KeyIssuer} that gets keys. */
export type GrantIssuer = Pick<KeyIssuer, "service" | "issue" | "fingerprint">;

/** What {@link createTenantGrants} needs. */
export interface TenantGrantsOptions {
  /** Gets keys. */
  readonly issuer: GrantIssuer;
  /** Keys of other processes; absent if there are none. */
  readonly shared?: SharedKeys | undefined;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Receives the failure of a background refresh, and the keys that stay in use. */
  readonly onRefreshFailed?: (request: KeyRequest, failure: { error: unknown; keys: SessionKeys }) => void;
  /** For the jitter: from 0 to less than 1. Default `Math.random`. */
  readonly random?: () => number;
}

/**
 * Makes a cache of keys by what is asked for. After half of their life they are refreshed in the background and stay in
 * use meanwhile. Callers wait for STS only if the keys have less than a minute left, all who ask for the same on one
 * call. Failures are not cached.
 */
export function createTenantGrants(options: TenantGrantsOptions): TenantGrants {
  const { now, shared, onRefreshFailed, random = Math.random } = options;
  /** Is replaced with the cache. */
  let origin: Origin = { issuer: options.issuer };
  let cached = newCache();
  let throttled: Pause = NO_PAUSE;
  const slots = newSlots(MAX_CALLS);

  function newSlots(count: number): CallSlots {
    return createCallSlots({ count, longestCallMs: LONGEST_CALL_MS, now });
  }

  function newCache(): RecentGrants<GrantState> {
    return createRecentGrants({
      maxEntries: MAX_ENTRIES,
      maxOfTenant: MAX_OF_TENANT,
      newTenant: () => newSlots(MAX_CALLS_OF_TENANT),
      newEntry: newState,
    });
  }

  function newState(request: KeyRequest, own: CallSlots): GrantState {
    // That of now, also if it has to wait until the configuration has changed.
    const from = origin;
    const state: GrantState = { own, task: createSharedTask(() => obtain(request, state, from)), pause: NO_PAUSE };
    return state;
  }

  function nextPause({ failures }: Pause): Pause {
    const mostMs = Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS);
    return { failures: failures + 1, untilMs: now() + random() * mostMs };
  }

  /** Nothing is left of a pause longer than any: the clock was set back after it began. */
  function leftMs({ untilMs }: Pause): number {
    const ms = untilMs - now();
    return ms > 0 && ms <= LONGEST_PAUSE_MS ? ms : 0;
  }

  async function call(request: KeyRequest, { issuer }: Origin): Promise<SessionKeys> {
    if (leftMs(throttled) > 0) {
      const reason = "it is throttling the broker, which waits before it retries";
      throw new ServiceError(`Cannot get keys from ${issuer.service}: ${reason}`, { code: "Throttling" });
    }
    try {
      const keys = await issuer.issue(request);
      throttled = NO_PAUSE;
      return keys;
    } catch (error) {
      // Concurrent calls that are throttled make the pause longer only once.
      if (isThrottled(error) && leftMs(throttled) === 0) throttled = nextPause(throttled);
      throw error;
    }
  }

  async function obtain(request: KeyRequest, state: GrantState, from: Origin): Promise<Obtained> {
    const { fingerprint } = from.issuer;
    const found = await shared?.find(request, fingerprint);
    const others = found && timed(request, found);
    const isFresh = others !== undefined &&
      (state.held === undefined ? now() <= others.endMs - LEAST_LIFE_MS : now() < others.halfMs);
    if (isFresh) {
      state.held = others;
    } else {
      const keys = await state.own.run(() => slots.run(() => call(request, from)));
      const issued = { keys, issuedMs: now() };
      state.held = timed(request, issued);
      await shared?.keep(request, fingerprint, issued);
    }
    state.pause = NO_PAUSE;
    return { keys: state.held.keys, isFromOthers: isFresh };
  }

  /** To a clock that is behind, the life looks longer than it is. */
  function timed({ durationSeconds }: KeyRequest, { keys, issuedMs }: IssuedKeys): HeldKeys {
    const askedSeconds = keys.durationSeconds ?? durationSeconds ?? DEFAULT_SECONDS;
    const lifeMs = Math.min(keys.expiration - issuedMs, askedSeconds * 1000);
    return { keys, halfMs: issuedMs + lifeMs / 2, endMs: issuedMs + lifeMs };
  }

  /** Never queues, and leaves one call to tenants without keys: the next request tries again. */
  function refresh(request: KeyRequest, { state, keys }: { state: GrantState; keys: SessionKeys }): void {
    const isPaused = leftMs(throttled) > 0 || leftMs(state.pause) > 0;
    if (isPaused || state.task.isRunning() || state.own.free() <= 0 || slots.free() <= 1) return;
    state.task.join().catch((error) => {
      state.pause = nextPause(state.pause);
      onRefreshFailed?.(request, { error, keys });
    });
  }

  return {
    async get(request, fingerprint = origin.issuer.fingerprint) {
      if (fingerprint !== origin.issuer.fingerprint) {
        const reason = "the configuration has changed since the request began";
        const { service } = origin.issuer;
        throw new ServiceError(`Cannot get keys from ${service}: ${reason}`, { code: "ConfigurationChanged" });
      }
      const state = cached.get(request);
      const { held, task } = state;
      if (held !== undefined && now() <= held.endMs - LEAST_LIFE_MS) {
        if (now() >= held.halfMs) refresh(request, { state, keys: held.keys });
        return { keys: held.keys, isCached: true };
      }
      delete state.held;
      const isRunning = task.isRunning();
      const { keys, isFromOthers } = await task.join();
      return { keys, isCached: isRunning || isFromOthers };
    },
    retryAfterSeconds: () => Math.max(LEAST_RETRY_SECONDS, Math.ceil(leftMs(throttled) / 1000)),
    use(next) {
      if (next.fingerprint === origin.issuer.fingerprint) {
        origin.issuer = next;
        return;
      }
      origin = { issuer: next };
      cached = newCache();
      throttled = NO_PAUSE;
    },
    expirations() {
      const expirations = new Map<string, number>();
      for (const [{ tenant }, { held }] of cached.entries()) {
        if (held === undefined || held.endMs <= now()) continue;
        expirations.set(tenant, Math.max(held.keys.expiration, expirations.get(tenant) ?? 0));
      }
      return expirations;
    },
  };
}

/** Where the keys of a cache come from. */
interface Origin {
  issuer: GrantIssuer;
}

interface GrantState {
  /** Its tenant's share of the calls. */
  readonly own: CallSlots;
  readonly task: SharedTask<[], Obtained>;
  /** Between background refreshes that fail. */
  pause: Pause;
  held?: HeldKeys;
}

/** Keys in use; times in epoch milliseconds. */
interface HeldKeys {
  readonly keys: SessionKeys;
  readonly halfMs: number;
  readonly endMs: number;
}

interface Obtained {
  readonly keys: SessionKeys;
  /** Whether another process has got them. */
  readonly isFromOthers: boolean;
}

/** How long STS is not called, after how many failures in a row. */
interface Pause {
  readonly failures: number;
  readonly untilMs: number;
}

const NO_PAUSE: Pause = { failures: 0, untilMs: -Infinity };
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
const LEAST_RETRY_SECONDS = 2;
/** Keys with less than this left may expire before they are used. */
const LEAST_LIFE_MS = 60_000;
/** STS limits the requests of the whole account, which others share. */
const MAX_CALLS = 4;
/** Who asks for many folders of one tenant waits for itself, and not in front of other tenants. */
const MAX_CALLS_OF_TENANT = 2;
const MAX_ENTRIES = 20_000;
const MAX_OF_TENANT = 100;
