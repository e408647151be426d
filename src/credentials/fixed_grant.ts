import type { Grant } from "../s3/grant.ts";
import type { GrantCache } from "./grant_cache.ts";

/** A cache for configured keys, which never change. */
export function createFixedGrant(grant: Grant): GrantCache {
  return {
    get({ signal } = {}) {
      signal?.throwIfAborted();
      return Promise.resolve(grant);
    },
    renew: () => Promise.resolve(undefined),
  };
}
