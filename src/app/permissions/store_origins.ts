import { createBackgroundFacts, type NamedSource } from "./background_facts.ts";

/** Where the browser sends files to and fetches them from, for pages' policies. */
export interface StoreOrigins {
  /** The origin of a source's signed URLs; `undefined` if that is not known within a moment, as without credentials. */
  of(named: NamedSource): Promise<string | undefined>;
}

/** @param now Epoch milliseconds. */
export function createStoreOrigins(now: () => number): StoreOrigins {
  const origins = createBackgroundFacts({
    // Signing asks nothing of the store, and knows its region and whether the bucket is part of the host name.
    find: async ({ source }) => new URL((await source.downloadUrl("origin")).url).origin,
    // A broker may move a source to another bucket.
    validMs: () => 60_000,
    now,
  });
  return {
    async of(named) {
      await origins.learn(named);
      return origins.known(named.name);
    },
  };
}
