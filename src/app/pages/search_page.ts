import { html } from "hono/html";
import type { AppContext } from "../context.ts";
import { failureOf } from "../failure.ts";
import { searchUrl } from "./urls.ts";
import type { SearchResult } from "../files/search.ts";
import { folderOf } from "../browser/format.js";
import { fileRow } from "./file_row.ts";
import { icon } from "./icons.ts";
import { emptyState, type Markup, type OptionalMarkup, page } from "./page.ts";

/** What the page of a search shows. */
export interface SearchView {
  /** What is looked for; empty before that. */
  readonly query: string;
  /** Only in this source; all of them without. */
  readonly source?: string;
  /** The sources that may be searched. */
  readonly sourceNames: readonly string[];
  /** What was found. */
  readonly result: SearchResult;
  /** Whether this goes on with a search. */
  readonly isContinued: boolean;
  /** Why that is not looked for; the box keeps what was typed. */
  readonly refusal?: string;
}

/** Files by name, over all sources that whoever asks may browse. */
export function searchPage(context: AppContext, view: SearchView): Markup {
  const { query, result, refusal } = view;
  const heading = query === "" || refusal !== undefined ? "Search" : `Search for “${query}”`;
  return page(context, {
    kind: "search",
    heading,
    query,
    content: html`
      <h1 class="hidden">${heading}</h1>
      ${refusal !== undefined ? html`<p class="error" role="alert">${refusal}</p>` : query === "" ? prompt() : html`
        <div class="toolbar">
          <p>${summary(view)}</p>
          ${sourceFilter(view)}
        </div>
        ${result.failures.map(({ source, error }) =>
          html`<p class="error" role="alert"><bdi>${source}</bdi> could not be searched. ${
            failureOf(error).message
          }</p>`
        )}
        ${result.hits.length > 0 ? table(context, result) : nothing(view)}
        ${pager(view)}
      `}
    `,
  });
}

function prompt(): Markup {
  return emptyState("Find files by name", "Type a part of the name into the search box above.");
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
      `No file is called “${query}”.`,
      "Only names are searched, not what is in the files. Try a part of the name.",
    )
    : emptyState("Nothing found so far.", "There are more files than one look can take in.");
}

function pager({ query, source, result: { next } }: SearchView): OptionalMarkup {
  if (next === null) return "";
  return html`
    <nav class="pager"
      aria-label="Pages"><a class="button" rel="next" data-cursor="${next}" href="${searchUrl({
        query,
        source,
        next,
      })}">Search further</a></nav>
  `;
}
