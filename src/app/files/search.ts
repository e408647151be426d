import { baseName } from "../../s3/keys.ts";
import type { S3Source } from "../../types/source.ts";
import type { FileEntry } from "../../types/files.ts";
import { letOthersRun } from "../../async/collect_bytes.ts";
import { isHidden } from "./hidden.ts";
import { createMatcher, type SearchFilter } from "./search_filter.ts";
import { readPosition, type SearchPosition, startOf, writePosition } from "./search_position.ts";

/** A file that was found. */
export interface SearchHit {
  /** The source's name. */
  readonly source: string;
  /** The file, as it is listed. */
  readonly file: FileEntry;
}

/** A folder that was found. */
export interface FolderHit {
  /** The source's name. */
  readonly source: string;
  /** Ends in `/`. */
  readonly path: string;
}

/** The result of one search request. */
export interface SearchResult {
  /** In the order of the sources, and of their listings. */
  readonly hits: SearchHit[];
  /** In the same order. */
  readonly folders: FolderHit[];
  /** How many files this request and those before it have looked at. */
  readonly searched: number;
  /** Sources that could not be searched to their end, with the reason. */
  readonly failures: { readonly source: string; readonly error: unknown }[];
  /** Continues the search; `null` when everything has been searched. */
  readonly next: string | null;
}

/** Options of {@link searchFiles}. */
export interface SearchOptions extends SearchFilter {
  /** Only in this folder. */
  readonly folder?: string;
  /** The `next` of the previous result. */
  readonly next?: string | undefined;
  /** Stop after this many hits. */
  readonly maxHits: number;
  /** Stop after this many files. */
  readonly maxFiles: number;
  /** Stop after this many milliseconds. */
  readonly maxMs: number;
  /** A clock in milliseconds. */
  readonly now: () => number;
  /** Cancels. */
  readonly signal: AbortSignal;
}

/**
 * Searches files and folders by name. There is no index: the sources are listed, up to the limits of one request.
 *
 * @param sources The sources to search, by name.
 * @throws {RequestRefusal} If `next` is invalid, or the query is too long.
 */
export async function searchFiles(
  sources: ReadonlyMap<string, S3Source>,
  options: SearchOptions,
): Promise<SearchResult> {
  const { folder = "", next, maxHits, maxFiles, maxMs, now, signal } = options;
  const matches = createMatcher(options);
  const hits: SearchHit[] = [];
  const folders: FolderHit[] = [];
  const failures: { source: string; error: unknown }[] = [];
  const names = [...sources.keys()];
  const endMs = now() + maxMs;
  let seen = 0;
  let pauseMs = now() + TURN_MS;
  let position: SearchPosition | undefined = next === undefined ? startOf(names[0], 0) : readPosition(next, names);
  let searched = position?.searched ?? 0;
  while (position) {
    const current: SearchPosition = position;
    const source = sources.get(current.source);
    const following = () => startOf(names[names.indexOf(current.source) + 1], searched);
    let { last } = current;
    try {
      const list = await source?.list({ prefix: folder, cursor: current.cursor, limit: PAGE_SIZE, signal });
      const files = list?.files ?? [];
      for (let at = current.skip; at < files.length; at++) {
        const file = files[at];
        seen++;
        if (file && !isHidden(file.path)) {
          for (const path of newFolders(file.path, last, folder)) {
            if (matches.folder(baseName(path))) folders.push({ source: current.source, path });
          }
          last = file.path;
          // A folder's marker is not a file.
          if (!file.path.endsWith("/")) {
            searched++;
            if (matches.file(file)) hits.push({ source: current.source, file });
          }
        }
        // Reading the clock takes about as long as comparing a name.
        const nowMs = seen % 16 === 0 ? now() : -Infinity;
        if (hits.length + folders.length >= maxHits || nowMs >= endMs) {
          const stop = { ...current, skip: at + 1, searched, last };
          return { hits, folders, searched, failures, next: writePosition(stop) };
        }
        if (nowMs >= pauseMs) {
          await letOthersRun();
          signal.throwIfAborted();
          pauseMs = now() + TURN_MS;
        }
      }
      const cursor = list?.cursor ?? null;
      position = cursor === null ? following() : { source: current.source, cursor, skip: 0, searched, last };
    } catch (error) {
      if (signal.aborted) throw error;
      failures.push({ source: current.source, error });
      position = following();
    }
    if (seen >= maxFiles || now() >= endMs) break;
  }
  return { hits, folders, searched, failures, next: position ? writePosition(position) : null };
}

/** The most that a store lists in one request. */
const PAGE_SIZE = 1_000;
/** How long names are compared before other requests may run, in milliseconds. */
const TURN_MS = 20;

/** The folders around a path, below `top`, in which the path listed before is not. */
function newFolders(path: string, last: string, top: string): string[] {
  let common = 0;
  while (common < last.length && path[common] === last[common]) common++;
  const folders: string[] = [];
  for (let slash = path.indexOf("/", Math.max(common, top.length)); slash >= 0; slash = path.indexOf("/", slash + 1)) {
    folders.push(path.slice(0, slash + 1));
  }
  return folders;
}
