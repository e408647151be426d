import { createSharedTask, type SharedTask } from "../shared_task.ts";
import { type AssumeRole, isThrottled, type SessionKeys } from "./sts_client.ts";
import type { Tenant } from "./tenants.ts";

/** Hands out keys, the same ones to all who ask for a tenant's while these are young. */
export interface TenantGrants {
  /**
   * Keys that are valid for a minute at least; `isCached` if another caller has been given them before. From half their life on newer ones
   * are fetched in the background: nobody waits for STS who can do without.
   */
  get(tenant: Tenant): Promise<{ readonly keys: SessionKeys; readonly isCached: boolean }>;
  /** Seconds after which it is worth asking for a tenant again, when there were no keys; at least 1. */
  retryAfterSeconds(tenant: Tenant): number;
}

/** What {@link createTenantGrants} works with. */
export interface TenantGrantsOptions {
  /** Makes keys. */
  readonly assumeRole: AssumeRole;
  /** How long they live, as STS was asked. */
  readonly durationSeconds: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Receives why keys could not be replaced while others are still valid. */
  readonly onFailure: (tenant: Tenant, error: unknown) => void;
}

/** Makes a cache of keys by tenant. Callers who come while STS is being asked share the call. */
export function createTenantGrants(
  { assumeRole, durationSeconds, now, onFailure }: TenantGrantsOptions,
): TenantGrants {
  const states = new Map<string, TenantState>();

  function stateOf(tenant: Tenant): TenantState {
    const known = states.get(tenant.name);
    if (known !== undefined) return known;
    const state: TenantState = {
      halfMs: 0,
      failures: 0,
      openMs: 0,
      obtaining: createSharedTask(() => obtain(tenant, state)),
    };
    states.set(tenant.name, state);
    return state;
  }

  async function obtain({ name, policy }: Tenant, state: TenantState): Promise<SessionKeys> {
    try {
      const keys = await assumeRole({ name, policy });
      const nowMs = now();
      // A clock that is behind makes the life look longer than it is.
      const lifeMs = Math.min(keys.expiration - nowMs, durationSeconds * 1000);
      Object.assign(state, { keys, halfMs: nowMs + lifeMs / 2, failures: 0, openMs: 0, error: undefined });
      return keys;
    } catch (error) {
      state.failures++;
      // Full jitter: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
      state.openMs = now() + Math.random() * Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (state.failures - 1));
      state.error = error;
      throw error;
    }
  }

  function refreshInBackground(tenant: Tenant, state: TenantState): void {
    if (state.obtaining.isRunning() || now() < state.openMs) return;
    state.obtaining.join().catch((error) => onFailure(tenant, error));
  }

  return {
    async get(tenant) {
      const state = stateOf(tenant);
      const nowMs = now();
      if (state.keys !== undefined && nowMs < state.keys.expiration - LEAST_LIFE_MS) {
        if (nowMs >= state.halfMs) refreshInBackground(tenant, state);
        return { keys: state.keys, isCached: true };
      }
      const isCached = state.obtaining.isRunning();
      // STS itself asked for a pause; any other failure may be over by now, and callers wait.
      if (!isCached && nowMs < state.openMs && isThrottled(state.error)) throw state.error;
      return { keys: await state.obtaining.join(), isCached };
    },
    retryAfterSeconds: (tenant) => Math.max(1, Math.ceil((stateOf(tenant).openMs - now()) / 1000)),
  };
}

interface TenantState {
  readonly obtaining: SharedTask<[], SessionKeys>;
  keys?: SessionKeys;
  /** When half of their life is over, in epoch milliseconds. */
  halfMs: number;
  /** Since the last success. */
  failures: number;
  /** When STS may be asked again in the background. */
  openMs: number;
  error?: unknown;
}

/** Keys that end sooner are of little use to who asks for them. */
const LEAST_LIFE_MS = 60_000;
const FIRST_PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 30_000;
