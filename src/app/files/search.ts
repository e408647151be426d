import type { S3Source } from "../../types/source.ts";
import type { FileEntry } from "../../types/files.ts";
import { fromBase64Url, toBase64Url } from "../../hash/base64url.ts";
import { letOthersRun } from "../../async/collect_bytes.ts";
import { RequestRefusal } from "../failure.ts";
import { isHidden } from "./hidden.ts";

/** A file that was found. */
export interface SearchHit {
  /** The source's name. */
  readonly source: string;
  /** The file, as it is listed. */
  readonly file: FileEntry;
}

/** The result of one search request. */
export interface SearchResult {
  /** In the order of the sources, and of their listings. */
  readonly hits: SearchHit[];
  /** Sources that could not be searched to their end, with the reason. */
  readonly failures: { readonly source: string; readonly error: unknown }[];
  /** Continues the search; `null` when everything has been searched. */
  readonly next: string | null;
}

/** Options of {@link searchFiles}. */
export interface SearchOptions {
  /** Words that must all be in a file's name, in upper or lower case. */
  readonly query: string;
  /** Only files in this folder. */
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

/** The position of a search: a source, a cursor of its listing, and the number of files to skip there. */
interface Position {
  source: string;
  cursor: string | null;
  skip: number;
}

/**
 * Searches files by name. There is no index: the sources are listed, up to the limits of one request.
 *
 * @param sources The sources to search, by name.
 * @throws {RequestRefusal} If `next` is invalid, or the query is too long.
 */
export async function searchFiles(
  sources: ReadonlyMap<string, S3Source>,
  options: SearchOptions,
): Promise<SearchResult> {
  const { query, folder = "", next, maxHits, maxFiles, maxMs, now, signal } = options;
  const result = { hits: [] as SearchHit[], failures: [] as SearchResult["failures"][number][] };
  const matches = matcherOf(query);
  const names = [...sources.keys()];
  const endMs = now() + maxMs;
  let seen = 0;
  let pauseMs = now() + TURN_MS;
  let position: Position | undefined = next === undefined ? startOf(names[0]) : readPosition(next, names);
  while (position) {
    const current: Position = position;
    const source = sources.get(current.source);
    const following = startOf(names[names.indexOf(current.source) + 1]);
    try {
      const list = await source?.list({ prefix: folder, cursor: current.cursor, limit: PAGE_SIZE, signal });
      const files = list?.files ?? [];
      for (let at = current.skip; at < files.length; at++) {
        const file = files[at];
        seen++;
        if (file && matches(file)) result.hits.push({ source: current.source, file });
        // Reading the clock takes about as long as comparing a name.
        const nowMs = seen % 16 === 0 ? now() : -Infinity;
        if (result.hits.length >= maxHits || nowMs >= endMs) {
          return { ...result, next: writePosition({ ...current, skip: at + 1 }) };
        }
        if (nowMs >= pauseMs) {
          await letOthersRun();
          signal.throwIfAborted();
          pauseMs = now() + TURN_MS;
        }
      }
      const cursor = list?.cursor ?? null;
      position = cursor === null ? following : { source: current.source, cursor, skip: 0 };
    } catch (error) {
      if (signal.aborted) throw error;
      result.failures.push({ source: current.source, error });
      position = following;
    }
    if (seen >= maxFiles || now() >= endMs) break;
  }
  return { ...result, next: position ? writePosition(position) : null };
}

/** The most that a store lists in one request. */
const PAGE_SIZE = 1_000;
/** How long names are compared before other requests may run, in milliseconds. */
const TURN_MS = 20;

/** The longest query, in characters. */
const MAX_QUERY_LENGTH = 256;
const MAX_WORDS = 16;

function matcherOf(query: string): (file: FileEntry) => boolean {
  const plain = (text: string) => text.normalize("NFKC").toLowerCase();
  if (query.length > MAX_QUERY_LENGTH) {
    throw new RequestRefusal(400, `Search for at most ${MAX_QUERY_LENGTH} characters.`);
  }
  const words = [...new Set(plain(query).split(/\s+/).filter((word) => word !== ""))];
  if (words.length > MAX_WORDS) throw new RequestRefusal(400, `Search for at most ${MAX_WORDS} different words.`);
  return ({ path, name }) => {
    // A folder's marker is not a file.
    if (path.endsWith("/")) return false;
    const plainName = plain(name);
    return words.every((word) => plainName.includes(word)) && !isHidden(path);
  };
}

function startOf(source: string | undefined): Position | undefined {
  return source === undefined ? undefined : { source, cursor: null, skip: 0 };
}

function writePosition({ source, cursor, skip }: Position): string {
  return toBase64Url(new TextEncoder().encode(JSON.stringify([source, cursor, skip])));
}

/** The source itself checks the cursor. */
function readPosition(text: string, names: readonly string[]): Position {
  try {
    const [source, cursor, skip]: unknown[] = JSON.parse(new TextDecoder().decode(fromBase64Url(text)));
    if (
      typeof source === "string" && names.includes(source) && (cursor === null || typeof cursor === "string") &&
      Number.isInteger(skip) && Number(skip) >= 0
    ) return { source, cursor, skip: Number(skip) };
  } catch {
    // It is not JSON.
  }
  throw new RequestRefusal(400, "This search cannot be continued. Start it again.");
}
