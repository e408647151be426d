import { sleep } from "../s3/abort.ts";
import type { NamedSource } from "./context.ts";

/** Where the browser sends files to and fetches them from, for pages' policies. */
export interface StoreOrigins {
  /** The origin of a source's signed URLs; `undefined` if that is not known within a moment, as without credentials. */
  of(named: NamedSource): Promise<string | undefined>;
}

/** @param now Epoch milliseconds. */
export function createStoreOrigins(now: () => number): StoreOrigins {
  const known = new Map<string, string>();
  const learning = new Map<string, { sinceMs: number; done: Promise<void> }>();

  async function learn({ name, source }: NamedSource): Promise<void> {
    try {
      // Signing asks nothing of the store, and knows its region and whether the bucket is part of the host name.
      known.set(name, new URL((await source.downloadUrl("origin")).url).origin);
    } catch {
      learning.delete(name);
    }
  }

  return {
    async of(named) {
      let current = learning.get(named.name);
      if (current === undefined || now() - current.sinceMs > VALID_MS) {
        current = { sinceMs: now(), done: Promise.resolve() };
        learning.set(named.name, current);
        current.done = learn(named);
      }
      const patience = new AbortController();
      await Promise.race([current.done, sleep(PATIENCE_MS, patience.signal).catch(() => {})]);
      patience.abort();
      return known.get(named.name);
    },
  };
}

/** A broker may move a source to another bucket. */
const VALID_MS = 60_000;
const PATIENCE_MS = 300;
