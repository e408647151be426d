import { createSharedTask, type SharedTask } from "../shared_task.ts";
import type { AssumeRole, SessionKeys } from "./sts_client.ts";
import type { Tenant } from "./tenants.ts";

/** Hands out keys, the same ones to all who ask for a tenant's while these are young. */
export interface TenantGrants {
  /** Keys with more than half their life before them; `isCached` if another caller has been given them before. */
  get(tenant: Tenant): Promise<{ readonly keys: SessionKeys; readonly isCached: boolean }>;
}

/** What {@link createTenantGrants} works with. */
export interface TenantGrantsOptions {
  /** Makes keys. */
  readonly assumeRole: AssumeRole;
  /** How long they live, as STS was asked. */
  readonly durationSeconds: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Makes a cache of keys by tenant. Callers who come while STS is being asked share the call; failures are not kept. */
export function createTenantGrants({ assumeRole, durationSeconds, now }: TenantGrantsOptions): TenantGrants {
  const held = new Map<string, { readonly keys: SessionKeys; readonly halfMs: number }>();
  const obtaining = new Map<string, SharedTask<[], SessionKeys>>();

  async function obtain({ name, policy }: Tenant): Promise<SessionKeys> {
    const keys = await assumeRole({ name, policy });
    const nowMs = now();
    // A clock that is behind makes the life look longer than it is.
    const lifeMs = Math.min(keys.expiration - nowMs, durationSeconds * 1000);
    held.set(name, { keys, halfMs: nowMs + lifeMs / 2 });
    return keys;
  }

  return {
    async get(tenant) {
      const { name } = tenant;
      const cached = held.get(name);
      if (cached !== undefined && now() < cached.halfMs) return { keys: cached.keys, isCached: true };
      held.delete(name);
      const task = obtaining.get(name) ?? createSharedTask(() => obtain(tenant));
      obtaining.set(name, task);
      const isCached = task.isRunning();
      return { keys: await task.join(), isCached };
    },
  };
}
