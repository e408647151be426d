import { atMostEvery } from "../async/at_most_every.ts";
import type { TenantGrants } from "./keys/tenant_grants.ts";
import type { KeyRequest } from "./types.ts";

/** What {@link createReadiness} needs. */
export interface ReadinessOptions {
  readonly grants: TenantGrants;
  /** All that each of the tenants may have. */
  readonly tenants: () => readonly KeyRequest[];
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Receives what a try has failed with, and returns what callers may know of it. */
  readonly onFailed: (tenant: KeyRequest, error: unknown) => string;
}

/**
 * Makes the function that finds out whether a broker can issue keys: it can if some tenant's are valid, or if one
 * tenant, another at each try, gets them. There is a try every 5 s at most.
 *
 * @returns Why it cannot; `undefined` if it can.
 */
export function createReadiness(
  { grants, tenants, now, onFailed }: ReadinessOptions,
): () => Promise<string | undefined> {
  let tries = 0;

  const attempt = atMostEvery(PAUSE_MS, now, async () => {
    const all = tenants();
    const tenant = all[tries++ % all.length];
    if (tenant === undefined) return undefined;
    try {
      await grants.get(tenant);
      return undefined;
    } catch (error) {
      return onFailed(tenant, error);
    }
  });

  return async () => grants.expirations().size > 0 ? undefined : await attempt();
}

const PAUSE_MS = 5_000;
