import { ServiceError } from "../errors.ts";
import { createSharedTask, type SharedTask } from "../async/shared_task.ts";
import { createCallSlots } from "./call_slots.ts";
import { type AssumeRole, isThrottled, LONGEST_CALL_MS, type SessionKeys } from "./sts_client.ts";
import type { Tenant } from "./tenants.ts";

/** Hands out keys, the same ones to all who ask for a tenant's while these are valid. */
export interface TenantGrants {
  /** Keys that are valid for at least a minute if STS has made any; `isCached` if another caller has been given them before. */
  get(tenant: Tenant): Promise<{ readonly keys: SessionKeys; readonly isCached: boolean }>;
  /** How long a caller who got none should wait before it asks again. */
  retryAfterSeconds(): number;
}

/** What {@link createTenantGrants} works with. */
export interface TenantGrantsOptions {
  /** Makes keys. */
  readonly assumeRole: AssumeRole;
  /** How long they live, as STS was asked. */
  readonly durationSeconds: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Receives the failure of a refresh in the background, and the keys that stay in use. */
  readonly onRefreshFailed?: (tenant: Tenant, failure: { error: unknown; keys: SessionKeys }) => void;
  /** From 0 to less than 1, for the jitter. Default `Math.random`. */
  readonly random?: () => number;
}

interface Held {
  readonly keys: SessionKeys;
  readonly halfMs: number;
  readonly endMs: number;
}

/**
 * Makes a cache of keys by tenant. From half of their life on they are refreshed in the background, and stay in use meanwhile.
 * Callers wait for STS only if the keys have less than a minute left, all of a tenant's on one call; failures are not kept.
 */
export function createTenantGrants(options: TenantGrantsOptions): TenantGrants {
  const { assumeRole, durationSeconds, now, onRefreshFailed, random = Math.random } = options;
  const held = new Map<string, Held>();
  const tasks = new Map<string, SharedTask<[], SessionKeys>>();
  const slots = createCallSlots({ count: MAX_CALLS, longestCallMs: LONGEST_CALL_MS, now });
  const pauses = new Map<string, Pause>();
  let throttled: Pause = NO_PAUSE;

  function longer({ failures }: Pause = NO_PAUSE): Pause {
    const mostMs = Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS);
    return { failures: failures + 1, untilMs: now() + random() * mostMs };
  }

  /** A pause that is longer than any began before the clock was set back. */
  function leftMs({ untilMs }: Pause = NO_PAUSE): number {
    const ms = untilMs - now();
    return ms > 0 && ms <= LONGEST_PAUSE_MS ? ms : 0;
  }

  async function call({ name, policy }: Tenant): Promise<SessionKeys> {
    if (leftMs(throttled) > 0) {
      const message = "Cannot get keys from STS: it is throttling the broker, which waits before it asks again";
      throw new ServiceError(message, { code: "Throttling" });
    }
    try {
      const keys = await assumeRole({ name, policy });
      throttled = NO_PAUSE;
      return keys;
    } catch (error) {
      // Calls that ran at the same time are one reason to wait longer, not several.
      if (isThrottled(error) && leftMs(throttled) === 0) throttled = longer(throttled);
      throw error;
    }
  }

  async function obtain(tenant: Tenant): Promise<SessionKeys> {
    const keys = await slots.run(() => call(tenant));
    const nowMs = now();
    // A clock that is behind makes the life look longer than it is.
    const lifeMs = Math.min(keys.expiration - nowMs, durationSeconds * 1000);
    held.set(tenant.name, { keys, halfMs: nowMs + lifeMs / 2, endMs: nowMs + lifeMs });
    pauses.delete(tenant.name);
    return keys;
  }

  function taskOf(tenant: Tenant): SharedTask<[], SessionKeys> {
    const task = tasks.get(tenant.name) ?? createSharedTask(() => obtain(tenant));
    tasks.set(tenant.name, task);
    return task;
  }

  /** Does not queue: the next request tries again, and one call is left for callers who have no keys at all. */
  function refresh(tenant: Tenant, { keys }: Held): void {
    const task = taskOf(tenant);
    const isPaused = leftMs(throttled) > 0 || leftMs(pauses.get(tenant.name)) > 0;
    if (isPaused || task.isRunning() || slots.free() <= 1) return;
    task.join().catch((error) => {
      pauses.set(tenant.name, longer(pauses.get(tenant.name)));
      onRefreshFailed?.(tenant, { error, keys });
    });
  }

  return {
    async get(tenant) {
      const current = held.get(tenant.name);
      if (current !== undefined && now() <= current.endMs - LEAST_LIFE_MS) {
        if (now() >= current.halfMs) refresh(tenant, current);
        return { keys: current.keys, isCached: true };
      }
      held.delete(tenant.name);
      const task = taskOf(tenant);
      const isCached = task.isRunning();
      return { keys: await task.join(), isCached };
    },
    retryAfterSeconds: () => Math.max(LEAST_RETRY_SECONDS, Math.ceil(leftMs(throttled) / 1000)),
  };
}

/** Until when STS is not asked, and after how many failures in a row. */
interface Pause {
  readonly failures: number;
  readonly untilMs: number;
}

const NO_PAUSE: Pause = { failures: 0, untilMs: -Infinity };
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
const LEAST_RETRY_SECONDS = 2;
/** With less than this left, keys may end before they are used. */
const LEAST_LIFE_MS = 60_000;
/** STS limits the requests of an account, which others share. */
const MAX_CALLS = 4;
