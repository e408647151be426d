import { fromBase64Url, toBase64Url } from "../base64url.ts";
import type { AppContext, AppRequest, NamedSource } from "../context.ts";
import { RequestRefusal } from "../failure.ts";
import { toPrefix } from "../../s3/keys.ts";
import type { FileInfo } from "../../types.ts";
import { openSource } from "../context.ts";
import { readQuery } from "../urls.ts";
import { fileRecord } from "./records.ts";
import { type ApiRoute, appRoute } from "./route.ts";

/** Search by name, across the sources that one may browse. */
export const SEARCH_ROUTES: readonly ApiRoute[] = [
  appRoute("GET /search.json", async (c, context) => {
    const query = readQuery(c.req.url);
    const found = await searchFiles(c, context, query);
    const files = found.files.map(({ source, file }) => fileRecord(source, file));
    const { q, sources, total, next } = found;
    return c.json({ q, source: query.get("source") ?? null, files, sources, total, next });
  }),
];

/** What a search found. */
export interface SearchResult {
  /** What was searched for. */
  readonly q: string;
  /** Files in the order of their sources and paths. */
  readonly files: { readonly source: string; readonly file: FileInfo }[];
  /** The names of the sources that are searched. */
  readonly sources: string[];
  /** How many there are; `null` if not everything has been looked at. */
  readonly total: number | null;
  /** Where to go on; `null` at the end. There may be more even if nothing was found so far. */
  readonly next: string | null;
}

/**
 * Looks at the names of a few thousand files; `next` goes on. There is no index: the store is the only database.
 *
 * @param query `q`, and perhaps `source`, `folder` and `_next`.
 */
export async function searchFiles(
  c: AppRequest,
  context: AppContext,
  query: ReadonlyMap<string, string>,
): Promise<SearchResult> {
  const q = query.get("q") ?? "";
  const sources = sourcesToSearch(c, context, query.get("source"));
  const prefix = toPrefix(query.get("folder") ?? "");
  const fits = matcher(q);
  const begun = readNext(query.get("_next"));
  const startedMs = performance.now();
  const files: SearchResult["files"] = [];
  let [position, seen]: [Position | undefined, number] = [begun ?? { source: 0, cursor: null, skip: 0 }, 0];
  while (position !== undefined) {
    const { source: index, cursor, skip }: Position = position;
    const named: NamedSource | undefined = sources[index];
    if (named === undefined) {
      position = undefined;
      break;
    }
    const isTired = seen >= MAX_SEEN || performance.now() - startedMs > MAX_MS;
    if (files.length >= MAX_FOUND || (isTired && seen > 0)) break;
    const page = await named.source.list({ prefix, cursor, limit: PAGE_SIZE, signal: c.req.raw.signal });
    position = page.cursor === null
      ? { source: index + 1, cursor: null, skip: 0 }
      : { source: index, cursor: page.cursor, skip: 0 };
    for (const [at, file] of page.files.entries()) {
      if (at < skip || !fits(file)) continue;
      if (files.length === MAX_FOUND) {
        position = { source: index, cursor, skip: at };
        break;
      }
      files.push({ source: named.name, file });
    }
    seen += PAGE_SIZE;
  }
  const isWhole = begun === undefined && position === undefined;
  return {
    q,
    files,
    sources: sources.map(({ name }) => name),
    total: isWhole ? files.length : null,
    next: position === undefined ? null : writeNext(position),
  };
}

function sourcesToSearch(c: AppRequest, context: AppContext, name: string | undefined): NamedSource[] {
  if (name) return [openSource(c, context, { name, action: "files-browse" })];
  return [...context.sources]
    .map(([name, source]) => ({ name, source }))
    .filter(({ name }) => context.access.allows(c.get("actor"), "files-browse", name));
}

/** Every word of the search is somewhere in the name, whatever its case. */
function matcher(q: string): (file: FileInfo) => boolean {
  const plain = (text: string) => text.normalize("NFC").toLowerCase();
  const words = plain(q).split(/\s+/).filter((word) => word !== "");
  return ({ path, name }) => {
    // A folder's marker is no file.
    if (path.endsWith("/")) return false;
    const text = plain(name);
    return words.every((word) => text.includes(word));
  };
}

/** Where a search is: which of the sources, which page of it, and what of that page has been looked at. */
interface Position {
  readonly source: number;
  readonly cursor: string | null;
  readonly skip: number;
}

function writeNext({ source, cursor, skip }: Position): string {
  return toBase64Url(new TextEncoder().encode(JSON.stringify([source, cursor, skip])));
}

/** What it reads may come from anyone: a cursor that belongs to another folder is refused by the listing itself. */
function readNext(text: string | undefined): Position | undefined {
  if (!text) return undefined;
  const bytes = fromBase64Url(text);
  try {
    const [source, cursor, skip] = JSON.parse(new TextDecoder().decode(bytes));
    const isCount = (value: unknown) => typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
    if (isCount(source) && isCount(skip) && (cursor === null || typeof cursor === "string")) {
      return { source, cursor, skip };
    }
  } catch {
    // Not JSON, or no list.
  }
  throw new RequestRefusal(400, "This search cannot go on from there. Start it again.");
}

const MAX_FOUND = 100;
const PAGE_SIZE = 1_000;
const MAX_SEEN = 5_000;
const MAX_MS = 800;
