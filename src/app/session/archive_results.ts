import type { State } from "../../state/state.ts";

/** How the download of an archive has ended, for the page that has started it. */
export interface ArchiveResult {
  /** Files that are in it and whole. */
  readonly files: number;
  /** The first of those that are missing, or not whole. */
  readonly missing: readonly { readonly path: string; readonly message: string }[];
  /** How many there are. */
  readonly missing_count: number;
  /** Why it is not whole; `null` if it is. */
  readonly error: string | null;
}

/** Results of downloads, for a few minutes, in all processes that share a state. */
export interface ArchiveResults {
  /** Keeps a result, with the first of its missing files. Never fails: the archive itself says what is missing. */
  keep(person: string, id: string, result: ArchiveResult): Promise<void>;
  /** `undefined` while it is not there. */
  get(person: string, id: string): Promise<ArchiveResult | undefined>;
}

/** Keeps results in a state. */
export function createArchiveResults(state: State): ArchiveResults {
  return {
    async keep(person, id, result) {
      const kept = { ...result, missing: result.missing.slice(0, MAX_MISSING) };
      await state.putIfAbsent(keyOf(person, id), JSON.stringify(kept), { expiresInMs: KEPT_MS }).catch(() => {});
    },
    async get(person, id) {
      const text = await state.get(keyOf(person, id));
      // Only `keep` writes under such a key.
      return text === undefined ? undefined : JSON.parse(text) as ArchiveResult;
    },
  };
}

/** Whether a page can have made this id. */
export function isArchiveId(id: string): boolean {
  return /^[\w-]{16,64}$/.test(id);
}

function keyOf(person: string, id: string): string {
  return `archive/${id}/${person}`;
}

const KEPT_MS = 10 * 60_000;
const MAX_MISSING = 20;
