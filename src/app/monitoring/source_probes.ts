import { AccessDeniedError, TimeoutError } from "../../errors.ts";
import { eitherSignal, withTimeLimit } from "../../async/abort.ts";
import { atMostEvery } from "../../async/at_most_every.ts";
import type { S3Source } from "../../types/source.ts";

/**
 * Makes the function that finds out which sources work: their credentials are there, and their store answers a listing
 * of one file. It is asked every 5 s at most.
 */
export function createSourceProbes(
  sources: ReadonlyMap<string, S3Source>,
  now: () => number,
): () => Promise<ReadonlyMap<string, boolean>> {
  return atMostEvery(PAUSE_MS, now, async () => {
    const probes = [...sources].map(async ([name, source]) => [name, await findProblem(source) === undefined] as const);
    return new Map(await Promise.all(probes));
  });
}

/** Why a source does not work: an error, or `undefined` if it works. */
export async function findProblem(source: S3Source, signal?: AbortSignal): Promise<unknown> {
  try {
    const tooSlow = () => new TimeoutError(`no answer within ${LIMIT_MS} ms`);
    const list = (late: AbortSignal) => source.list({ limit: 1, signal: eitherSignal(signal, late) });
    await withTimeLimit(LIMIT_MS, tooSlow, list);
    return undefined;
  } catch (error) {
    // Some credentials can only write.
    return error instanceof AccessDeniedError ? undefined : error;
  }
}

const PAUSE_MS = 5_000;
const LIMIT_MS = 5_000;
