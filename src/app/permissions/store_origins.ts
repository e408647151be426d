import { createBackgroundFacts, type NamedSource } from "./background_facts.ts";

/** Origins of the stores, for the content security policy of pages. */
export interface StoreOrigins {
  /**
   * The origin of a source's signed URLs; `undefined` if browsers have nothing to do with it, or if it cannot be found
   * out within a moment, as without credentials.
   */
  of(named: NamedSource): Promise<string | undefined>;
}

/** What {@link createStoreOrigins} needs. */
export interface StoreOriginsOptions {
  /** Whether all files of a source travel through the app, so that no one needs to know where its store is. */
  readonly isHidden: (source: string) => boolean;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Makes the origins. */
export function createStoreOrigins({ isHidden, now }: StoreOriginsOptions): StoreOrigins {
  const origins = createBackgroundFacts({
    // Signing sends no request to the store, and knows whether the bucket is part of the host name.
    find: async ({ source }) => new URL((await source.downloadUrl("origin")).url).origin,
    // A broker may move a source to another bucket.
    validMs: () => 60_000,
    now,
  });
  return {
    async of(named) {
      if (isHidden(named.name)) return undefined;
      await origins.learn(named);
      return origins.known(named.name);
    },
  };
}
