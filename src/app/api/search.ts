import { toPrefix } from "../../s3/keys.ts";
import { mayBrowse, openSource } from "../allowed_actions.ts";
import type { AppContext, AppRequest } from "../context.ts";
import { failureOf } from "../failure.ts";
import { searchFiles, type SearchResult } from "../files/search.ts";
import { readFilter } from "./search_fields.ts";
import { StateError } from "../../state/state_error.ts";
import { readQuery } from "../urls.ts";
import { personOf } from "./upload_ticket.ts";
import { fileRecord, folderRecord } from "./records.ts";
import { type ApiRoute, appRoute } from "./route.ts";

/** Search by name in the sources that the actor may browse. */
export const SEARCH_ROUTES: readonly ApiRoute[] = [
  appRoute("GET /search.json", async (c, context) => {
    const query = readQuery(c.req.url);
    const { sources, hits, folders, searched, failures, next } = await searchAsAsked(c, context, query);
    const isWhole = !query.has("_next") && next === null && failures.length === 0;
    return c.json({
      q: query.get("q") ?? "",
      source: query.get("source") ?? null,
      files: hits.map(({ source, file }) => fileRecord({ name: source, context }, file)),
      folders: folders.map(({ source, path }) => ({ ...folderRecord(path), source_slug: source })),
      searched,
      sources,
      total: isWhole ? hits.length : null,
      next,
      ...failures.length > 0 && {
        errors: failures.map(({ source, error }) => `“${source}” could not be searched. ${failureOf(error).message}`),
      },
    });
  }),
];

/**
 * Searches a few thousand files by the parameters `q`, `source`, `folder`, `_next` and those of {@link readFilter}.
 *
 * @returns With the names of the sources that are searched.
 */
export async function searchAsAsked(
  c: AppRequest,
  context: AppContext,
  query: ReadonlyMap<string, string>,
): Promise<SearchResult & { sources: string[] }> {
  const name = query.get("source") || undefined;
  if (name !== undefined) openSource(c, context, { name, action: "files-browse" });
  const filter = readFilter(query);
  const isSearched = (key: string) => name === undefined ? mayBrowse(c, context, key) : key === name;
  const sources = new Map([...context.sources].filter(([key]) => isSearched(key)));
  const result = await countedSearch(c, context, () =>
    searchFiles(sources, {
      ...BUDGET,
      ...filter,
      folder: toPrefix(query.get("folder") ?? ""),
      next: query.get("_next") || undefined,
      now: () => performance.now(),
      signal: c.req.raw.signal,
    }));
  const [failure] = result.failures;
  if (failure && sources.size === 1) throw failure.error;
  return { ...result, sources: [...sources.keys()] };
}

/** Runs something that takes as much as a search, and counts as one of the person. Pages work without the state, too. */
export async function countedSearch<T>(c: AppRequest, { searches }: AppContext, search: () => Promise<T>): Promise<T> {
  const person = personOf(c);
  const place = await searches.take(person, LONGEST_MS).catch((error) => {
    if (error instanceof StateError) return undefined;
    throw error;
  });
  try {
    return await search();
  } finally {
    if (place !== undefined) await searches.leave(person, place);
  }
}

/** With a store that responds slowly. */
const LONGEST_MS = 60_000;
/** For one request. */
const BUDGET = { maxHits: 100, maxFiles: 5_000, maxMs: 800 };
