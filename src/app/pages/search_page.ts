import { html } from "hono/html";
import { searchAsAsked } from "../api/search.ts";
import type { AppContext, FilesHono } from "../context.ts";
import { failureOf, RequestRefusal } from "../failure.ts";
import type { SearchResult } from "../files/search.ts";
import { folderOf } from "../browser/format.js";
import { readQuery } from "../urls.ts";
import { fileRow } from "./file_row.ts";
import { icon } from "./icons.ts";
import { emptyState, errorNote, type Markup, type OptionalMarkup, page } from "./page.ts";
import { browsableNames } from "./place.ts";
import { SEARCH_URL, searchUrl } from "./urls.ts";

interface SearchView {
  /** Empty until something is searched for. */
  readonly query: string;
  /** The only source to search. Default: all. */
  readonly source: string | undefined;
  /** The sources that may be searched. */
  readonly sourceNames: readonly string[];
  readonly result: SearchResult;
  /** Whether earlier pages have results too. */
  readonly isContinued: boolean;
  /** Why the query was refused. */
  readonly refusal?: string;
}

/** Finds files by name, in all sources that the visitor may browse. */
export function addSearchPage(app: FilesHono, context: AppContext): void {
  app.get(SEARCH_URL, async (c) => {
    const asked = readQuery(c.req.url);
    const view = {
      query: (asked.get("q") ?? "").trim(),
      source: asked.get("source") || undefined,
      sourceNames: browsableNames(c, context),
      isContinued: asked.has("_next"),
      result: NOTHING,
    };
    // Every name would match an empty query.
    if (view.query === "") return c.html(searchPage(context, view));
    try {
      return c.html(searchPage(context, { ...view, result: await searchAsAsked(c, context, asked) }));
    } catch (error) {
      if (!(error instanceof RequestRefusal) || error.status !== 400) throw error;
      return c.html(searchPage(context, { ...view, refusal: error.message }), 400);
    }
  });
}

const NOTHING: SearchResult = { hits: [], failures: [], next: null };

function searchPage(context: AppContext, view: SearchView): Markup {
  const { query, refusal } = view;
  const heading = query === "" || refusal !== undefined ? "Search" : `Search for “${query}”`;
  const content = refusal !== undefined
    ? errorNote(refusal)
    : query === ""
    ? emptyState("Find files by name", "Type part of a name in the search box above.")
    : results(context, view);
  return page(context, { heading, query, content: html`<h1 class="hidden">${heading}</h1>${content}` });
}

function results(context: AppContext, view: SearchView): Markup {
  const { result } = view;
  return html`
    <div class="toolbar">
      <p>${summary(view)}</p>
      ${sourceFilter(view)}
    </div>
    ${result.failures.map(({ source, error }) =>
      html`<p class="error" role="alert"><bdi>${source}</bdi> could not be searched. ${failureOf(error).message}</p>`
    )}
    ${result.hits.length > 0 ? table(context, result) : nothing(view)}
    ${pager(view)}
  `;
}

function summary({ result: { hits, next }, isContinued }: SearchView): string {
  const count = `${hits.length.toLocaleString("en")} ${isContinued ? "more " : ""}${
    hits.length === 1 ? "file" : "files"
  }`;
  return next === null ? count : `${count} so far`;
}

function sourceFilter({ query, source, sourceNames }: SearchView): OptionalMarkup {
  if (sourceNames.length < 2) return "";
  const link = (label: string, name?: string) =>
    html`
      <a href="${searchUrl({ query, source: name })}" aria-current="${`${name === source}`}"><bdi>${label}</bdi></a>
    `;
  return html`
    <details class="menu">
      <summary class="button">In <bdi>${source ?? "all sources"}</bdi>${icon("chevron")}</summary>
      <ul class="popup end">
        <li>${link("All sources")}</li>
        ${sourceNames.map((name) => html`<li>${link(name, name)}</li>`)}
      </ul>
    </details>
  `;
}

function table({ now }: AppContext, { hits }: SearchResult): Markup {
  return html`
    <table id="files">
      <thead>
        <tr>
          <th scope="col" class="name">Name</th>
          <th scope="col" class="size">Size</th>
          <th scope="col" class="date">Modified</th>
          <th class="quick"><span class="hidden">Download</span></th>
        </tr>
      </thead>
      <tbody>
        ${hits.map(({ source, file }) =>
          fileRow(file, { source, now: now(), isSelectable: false, location: `${source}/${folderOf(file.path)}` })
        )}
      </tbody>
    </table>
  `;
}

function nothing({ query, result: { next } }: SearchView): Markup {
  return next === null
    ? emptyState(
      `No file name contains “${query}”`,
      "Only file names are searched, not what the files contain. Try a shorter part of the name.",
    )
    : emptyState("Nothing found so far", "There are more files to search.");
}

function pager({ query, source, result: { next } }: SearchView): OptionalMarkup {
  if (next === null) return "";
  const url = searchUrl({ query, source, next });
  return html`<nav class="pager" aria-label="Pages"><a class="button" rel="next" href="${url}">Search further</a></nav>`;
}
