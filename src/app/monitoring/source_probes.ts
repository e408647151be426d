import { AccessDeniedError } from "../../errors.ts";
import { withTimeLimit } from "../../async/abort.ts";
import type { S3Source } from "../../types/source.ts";

/**
 * Makes the function that finds out which sources work: their credentials are there, and their store answers a listing
 * of one file. It is asked every 5 s at most.
 */
export function createSourceProbes(
  sources: ReadonlyMap<string, S3Source>,
  now: () => number,
): () => Promise<ReadonlyMap<string, boolean>> {
  let last: { readonly atMs: number; readonly outcome: Promise<ReadonlyMap<string, boolean>> } | undefined;

  async function probeAll(): Promise<ReadonlyMap<string, boolean>> {
    return new Map(await Promise.all([...sources].map(async ([name, source]) => [name, await isUp(source)] as const)));
  }

  return async () => {
    const sinceMs = last === undefined ? Infinity : now() - last.atMs;
    // Less than nothing: the clock was set back.
    if (last === undefined || sinceMs >= PAUSE_MS || sinceMs < 0) last = { atMs: now(), outcome: probeAll() };
    return await last.outcome;
  };
}

async function isUp(source: S3Source): Promise<boolean> {
  try {
    const tooSlow = () => new Error("too slow");
    await withTimeLimit(LIMIT_MS, tooSlow, (signal) => source.list({ limit: 1, signal }));
    return true;
  } catch (error) {
    // Some credentials can only write.
    return error instanceof AccessDeniedError;
  }
}

const PAUSE_MS = 5_000;
const LIMIT_MS = 5_000;
