import type { S3Source } from "../../types/source.ts";
import type { FileInfo } from "../../types/files.ts";
import { fromBase64Url, toBase64Url } from "../../hash/base64url.ts";
import { letOthersRun } from "../../async/collect_bytes.ts";
import { RequestRefusal } from "../failure.ts";

/** A file that was found. */
export interface SearchHit {
  /** The source's name. */
  readonly source: string;
  /** Its facts, as a listing tells them. */
  readonly file: FileInfo;
}

/** What was found in one go. */
export interface SearchResult {
  /** In the order of the sources, and of their listings. */
  readonly hits: SearchHit[];
  /** Sources that could not be searched to their end, and why. */
  readonly failures: { readonly source: string; readonly error: unknown }[];
  /** Where to go on; `null` when everything was searched. */
  readonly next: string | null;
}

/** Options of {@link searchFiles}. */
export interface SearchOptions {
  /** Words, all of which a file's name must have, in upper or lower case. */
  readonly query: string;
  /** Only what lies in this folder. */
  readonly folder?: string;
  /** The `next` of the result before. */
  readonly next?: string | undefined;
  /** Stop after so many. */
  readonly maxHits: number;
  /** Stop after so many files were looked at. */
  readonly maxFiles: number;
  /** Stop after so long. */
  readonly maxMs: number;
  /** Milliseconds since whenever. */
  readonly now: () => number;
  /** Cancels. */
  readonly signal: AbortSignal;
}

/** Where a search goes on: in the listing of a source from this cursor, after so many of its files. */
interface Position {
  source: string;
  cursor: string | null;
  skip: number;
}

/**
 * Looks for files by name. There is no index: the sources are listed, as far as one request may take.
 *
 * @param sources By name, those that may be searched.
 * @throws {RequestRefusal} If `next` is none, or the query is too long.
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
        // Looking at the clock costs about as much as at a name.
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

/** As many as a store lists with one request. */
const PAGE_SIZE = 1_000;
/** How long names are compared without letting other requests run, in milliseconds. */
const TURN_MS = 20;

/** The longest query, in characters. */
export const MAX_QUERY_LENGTH = 256;
const MAX_WORDS = 16;

function matcherOf(query: string): (file: FileInfo) => boolean {
  const plain = (text: string) => text.normalize("NFKC").toLowerCase();
  if (query.length > MAX_QUERY_LENGTH) {
    throw new RequestRefusal(400, `Search for at most ${MAX_QUERY_LENGTH} characters.`);
  }
  const words = [...new Set(plain(query).split(/\s+/).filter((word) => word !== ""))];
  if (words.length > MAX_WORDS) throw new RequestRefusal(400, `Search for at most ${MAX_WORDS} different words.`);
  return ({ path, name }) => {
    // A folder's marker is no file.
    if (path.endsWith("/")) return false;
    const plainName = plain(name);
    return words.every((word) => plainName.includes(word));
  };
}

function startOf(source: string | undefined): Position | undefined {
  return source === undefined ? undefined : { source, cursor: null, skip: 0 };
}

function writePosition({ source, cursor, skip }: Position): string {
  return toBase64Url(new TextEncoder().encode(JSON.stringify([source, cursor, skip])));
}

/** The cursor is checked by the source it belongs to. */
function readPosition(text: string, names: readonly string[]): Position {
  try {
    const [source, cursor, skip]: unknown[] = JSON.parse(new TextDecoder().decode(fromBase64Url(text)));
    if (
      typeof source === "string" && names.includes(source) && (cursor === null || typeof cursor === "string") &&
      Number.isInteger(skip) && Number(skip) >= 0
    ) return { source, cursor, skip: Number(skip) };
  } catch {
    // No JSON.
  }
  throw new RequestRefusal(400, "This search cannot be continued. Start it again.");
}
