import type { NamedSource } from "../permissions/background_facts.ts";

/** Removes parts of large files whose uploads were abandoned: they cost storage, and no one sees them. */
export interface StaleUploads {
  /**
   * Begins with it in the background, once a day for each source. Never waits or fails, as no request depends on it:
   * what is left is removed the next day.
   */
  removeDaily(named: NamedSource): void;
}

/** @param now Epoch milliseconds. */
export function createStaleUploads(now: () => number): StaleUploads {
  const nextMs = new Map<string, number>();
  return {
    removeDaily({ name, source }) {
      if ((nextMs.get(name) ?? 0) > now()) return;
      nextMs.set(name, now() + DAY_MS);
      // Unlike other timers, this one keeps no process alive.
      const signal = AbortSignal.timeout(LIMIT_MS);
      // Not every store lists unfinished uploads, and not all credentials may.
      source.abortStaleUploads({ olderThanSeconds: STALE_SECONDS, signal }).catch(() => {});
    },
  };
}

const DAY_MS = 86_400_000;
const LIMIT_MS = 60_000;
/** An upload by the app ends within a day. Other programs may take days to send a file to the same folder. */
const STALE_SECONDS = 7 * 86_400;
