import { ServiceError } from "../errors.ts";
import { createSharedTask, type SharedTask } from "../async/shared_task.ts";
import { createCallSlots } from "./call_slots.ts";
import { type AssumeRole, isThrottled, LONGEST_CALL_MS, type SessionKeys } from "./sts_client.ts";
import type { Tenant } from "./tenants.ts";

/** Hands out keys: all callers of a tenant get the same ones while they are valid. */
export interface TenantGrants {
  /** Keys that are valid for at least a minute; `isCached` if another caller got them first. */
  get(tenant: Tenant): Promise<{ readonly keys: SessionKeys; readonly isCached: boolean }>;
  /** How long a caller who got no keys should wait before it retries. */
  retryAfterSeconds(): number;
}

/** What {@link createTenantGrants} needs. */
export interface TenantGrantsOptions {
  /** Gets keys. */
  readonly assumeRole: AssumeRole;
  /** The lifetime that STS is asked for. */
  readonly durationSeconds: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Receives the failure of a background refresh, and the keys that stay in use. */
  readonly onRefreshFailed?: (tenant: Tenant, failure: { error: unknown; keys: SessionKeys }) => void;
  /** For the jitter: from 0 to less than 1. Default `Math.random`. */
  readonly random?: () => number;
}

/**
 * Makes a cache of keys by tenant. After half of their life they are refreshed in the background and stay in use
 * meanwhile. Callers wait for STS only if the keys have less than a minute left, all of a tenant's on one call.
 * Failures are not cached.
 */
export function createTenantGrants(options: TenantGrantsOptions): TenantGrants {
  const { assumeRole, durationSeconds, now, onRefreshFailed, random = Math.random } = options;
  const states = new Map<string, TenantState>();
  const slots = createCallSlots({ count: MAX_CALLS, longestCallMs: LONGEST_CALL_MS, now });
  let throttled: Pause = NO_PAUSE;

  function stateOf(tenant: Tenant): TenantState {
    const state = states.get(tenant.name) ?? { task: createSharedTask(() => obtain(tenant)), pause: NO_PAUSE };
    states.set(tenant.name, state);
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

  async function call({ name, policy }: Tenant): Promise<SessionKeys> {
    if (leftMs(throttled) > 0) {
      const message = "Cannot get keys from STS: it is throttling the broker, which waits before it retries";
      throw new ServiceError(message, { code: "Throttling" });
    }
    try {
      const keys = await assumeRole({ name, policy });
      throttled = NO_PAUSE;
      return keys;
    } catch (error) {
      // Concurrent calls that are throttled make the pause longer only once.
      if (isThrottled(error) && leftMs(throttled) === 0) throttled = nextPause(throttled);
      throw error;
    }
  }

  async function obtain(tenant: Tenant): Promise<SessionKeys> {
    const keys = await slots.run(() => call(tenant));
    const nowMs = now();
    // To a clock that is behind, the life looks longer than it is.
    const lifeMs = Math.min(keys.expiration - nowMs, durationSeconds * 1000);
    const state = stateOf(tenant);
    state.held = { keys, halfMs: nowMs + lifeMs / 2, endMs: nowMs + lifeMs };
    state.pause = NO_PAUSE;
    return keys;
  }

  /** Never queues, and leaves one call to tenants without keys: the next request tries again. */
  function refresh(tenant: Tenant, keys: SessionKeys): void {
    const state = stateOf(tenant);
    const isPaused = leftMs(throttled) > 0 || leftMs(state.pause) > 0;
    if (isPaused || state.task.isRunning() || slots.free() <= 1) return;
    state.task.join().catch((error) => {
      state.pause = nextPause(state.pause);
      onRefreshFailed?.(tenant, { error, keys });
    });
  }

  return {
    async get(tenant) {
      const state = stateOf(tenant);
      const { held, task } = state;
      if (held !== undefined && now() <= held.endMs - LEAST_LIFE_MS) {
        if (now() >= held.halfMs) refresh(tenant, held.keys);
        return { keys: held.keys, isCached: true };
      }
      delete state.held;
      const isCached = task.isRunning();
      return { keys: await task.join(), isCached };
    },
    retryAfterSeconds: () => Math.max(LEAST_RETRY_SECONDS, Math.ceil(leftMs(throttled) / 1000)),
  };
}

interface TenantState {
  readonly task: SharedTask<[], SessionKeys>;
  /** Between background refreshes that fail. */
  pause: Pause;
  held?: { readonly keys: SessionKeys; readonly halfMs: number; readonly endMs: number };
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
