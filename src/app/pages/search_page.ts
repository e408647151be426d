import { html } from "hono/html";
import { searchAsAsked } from "../api/search.ts";
import { FILTER_FIELDS, hasFilter } from "../api/search_fields.ts";
import { countOf, folderOf, plural } from "../browser/format.js";
import type { AppContext, FilesHono } from "../context.ts";
import { failureOf, RequestRefusal } from "../failure.ts";
import type { SearchResult } from "../files/search.ts";
import { readQuery } from "../urls.ts";
import { fileRow, folderRow, PLAIN_HEAD } from "./file_row.ts";
import { emptyState, errorNote, type Markup, type OptionalMarkup, page } from "./page.ts";
import { browsableNames } from "./place.ts";
import { searchForm } from "./search_form.ts";
import { SEARCH_URL, searchUrl } from "./urls.ts";

interface SearchView {
  /** The words; perhaps none. */
  readonly query: string;
  /** The fields of the request. */
  readonly asked: ReadonlyMap<string, string>;
  /** The sources that may be searched. */
  readonly sourceNames: readonly string[];
  /** Absent until something is searched for. */
  readonly result?: SearchResult;
  /** Why the query was refused. */
  readonly refusal?: string;
}

/** Finds files and folders, in all sources that the visitor may browse. */
export function addSearchPage(app: FilesHono, context: AppContext): void {
  app.get(SEARCH_URL, async (c) => {
    const asked = readQuery(c.req.url);
    const view = { query: (asked.get("q") ?? "").trim(), asked, sourceNames: browsableNames(c, context) };
    // Every name would match.
    if (view.query === "" && !hasFilter(asked)) return c.html(searchPage(context, view));
    try {
      return c.html(searchPage(context, { ...view, result: await searchAsAsked(c, context, asked) }));
    } catch (error) {
      if (!(error instanceof RequestRefusal) || error.status !== 400) throw error;
      return c.html(searchPage(context, { ...view, refusal: error.message }), 400);
    }
  });
}

function searchPage(context: AppContext, view: SearchView): Markup {
  const { query, asked, sourceNames, result, refusal } = view;
  const heading = query === "" || result === undefined ? "Search" : `Search for “${query}”`;
  const content = result !== undefined
    ? results(context, { ...view, result })
    : refusal !== undefined
    ? errorNote(refusal)
    : emptyState("Find files and folders", "Type part of a name, or choose what to look for.");
  return page(context, {
    heading,
    query,
    content: html`<h1 class="hidden">${heading}</h1>${searchForm(asked, sourceNames)}${content}`,
  });
}

interface ResultView extends SearchView {
  readonly result: SearchResult;
}

function results(context: AppContext, view: ResultView): Markup {
  const { result } = view;
  const isEmpty = result.hits.length + result.folders.length === 0;
  return html`
    <p class="search-summary"><span id="found">${found(view)}</span> <span id="searched">${extent(view)}</span></p>
    ${result.failures.map(({ source, error }) =>
      html`<p class="error" role="alert"><bdi>${source}</bdi> could not be searched. ${failureOf(error).message}</p>`
    )}
    ${table(context, result, isEmpty)}
    ${isEmpty ? nothing(view) : ""}
    ${pager(view)}
  `;
}

function found({ asked, result: { hits, folders, next } }: ResultView): string {
  const count = countOf([...hits.map(({ file }) => file.path), ...folders.map(({ path }) => path)]);
  return `${count}${asked.has("_next") ? " on this page" : ""}${next === null ? "." : " so far."}`;
}

/** Whether a source could not be searched, also on a page before. */
function isPartial({ asked, result: { failures } }: ResultView): boolean {
  return failures.length > 0 || asked.has("_failed");
}

/** How much was searched; in what order is up to the stores. */
function extent(view: ResultView): string {
  const { searched, next } = view.result;
  const count = plural(searched, "file");
  if (next !== null) return `Searched ${count}; there are more.`;
  return isPartial(view) ? `Searched ${count}.` : `Searched all ${count}.`;
}

function table({ now }: AppContext, { hits, folders }: SearchResult, isEmpty: boolean): Markup {
  const place = (source: string, path: string) => `${source}/${folderOf(path)}`;
  return html`
    <table id="files" ${isEmpty ? "hidden" : ""}>
      ${PLAIN_HEAD}
      <tbody>
        ${folders.map(({ source, path }) =>
          folderRow(path, { source, isSelectable: false, location: place(source, path) })
        )}
        ${hits.map(({ source, file }) =>
          fileRow(file, { source, now: now(), isSelectable: false, location: place(source, file.path) })
        )}
      </tbody>
    </table>
  `;
}

function nothing(view: ResultView): Markup {
  const { query, asked, result: { next } } = view;
  if (next !== null) return emptyState("Nothing found so far", "There are more files to search.");
  if (isPartial(view)) {
    const heading = asked.has("_found") ? "Nothing more was found" : "Nothing was found";
    return emptyState(heading, "Not everything could be searched; what you look for may be there.");
  }
  if (asked.has("_found")) return emptyState("Nothing more was found", "Everything has been searched.");
  return emptyState(
    query === "" || hasFilter(asked) ? "Nothing fits all of this" : `No name contains “${query}”`,
    "Only names are searched, not what the files contain. Try a shorter part of the name.",
  );
}

/** The script follows it by itself. */
function pager(view: ResultView): OptionalMarkup {
  const { query, asked, result: { hits, folders, next } } = view;
  if (next === null) return "";
  const hasFound = asked.has("_found") || hits.length + folders.length > 0;
  const kept = ["source", "folder", ...FILTER_FIELDS].map((name) => [name, asked.get(name)]);
  const marks = { _found: hasFound ? "1" : "", _failed: isPartial(view) ? "1" : "" };
  const url = searchUrl({ q: query, ...Object.fromEntries(kept), ...marks, _next: next });
  return html`<nav class="pager" aria-label="Pages"><a class="button" id="continue" href="${url}">Continue</a></nav>`;
}
