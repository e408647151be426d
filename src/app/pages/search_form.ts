import { html } from "hono/html";
import { hasFilter, SEARCH_KINDS } from "../api/search_fields.ts";
import type { SearchKind } from "../files/search_filter.ts";
import type { Markup, OptionalMarkup } from "./page.ts";
import { SEARCH_URL, searchUrl } from "./urls.ts";

/** The form that narrows a search, filled in with the fields of a request. */
export function searchForm(asked: ReadonlyMap<string, string>, sourceNames: readonly string[]): Markup {
  const value = (name: string) => asked.get(name) ?? "";
  const isOpen = hasFilter(asked) || value("q").trim() === "";
  return html`
    <details class="search-filters" ${isOpen ? "open" : ""}>
      <summary class="button">Narrow it down</summary>
      <form action="${SEARCH_URL}">
        <label>Words in the name <input name="q" value="${value("q")}" autocomplete="off"></label>
        ${sourceField(value("source"), sourceNames)}
        <label>Kind <select name="kind">
            <option value="">Anything</option>
            ${SEARCH_KINDS.map((kind) => option(kind, KINDS[kind], value("kind")))}
          </select></label>
        <label>At least <input name="min_size" value="${value(
          "min_size",
        )}" placeholder="500 kB" autocomplete="off"></label>
        <label>At most <input name="max_size" value="${value(
          "max_size",
        )}" placeholder="2 GB" autocomplete="off"></label>
        <label>Changed since <input type="date" name="since" value="${value("since")}"></label>
        <label>Changed before <input type="date" name="before" value="${value("before")}"></label>
        ${folderField(asked)}
        <button class="primary">Search</button>
      </form>
    </details>
  `;
}

function sourceField(current: string, names: readonly string[]): OptionalMarkup {
  if (names.length < 2) return "";
  return html`
    <label>In <select name="source">
        <option value="">All sources</option>
        ${names.map((name) => option(name, name, current))}
      </select></label>
  `;
}

/** A search below a folder says so, and leads to one without it. */
function folderField(asked: ReadonlyMap<string, string>): OptionalMarkup {
  const { folder = "", ...others } = Object.fromEntries(asked);
  if (folder === "") return "";
  const { _next: _, _found: __, _failed: ___, ...everywhere } = others;
  return html`
    <input type="hidden" name="folder" value="${folder}">
    <p class="hint">Only below <bdi>${folder}</bdi>. <a href="${searchUrl(everywhere)}">Search everywhere</a></p>
  `;
}

function option(value: string, label: string, current: string): Markup {
  return html`
    <option value="${value}" ${value === current ? "selected" : ""}>${label}</option>
  `;
}

const KINDS: Readonly<Record<SearchKind, string>> = {
  folder: "Folders",
  picture: "Pictures",
  video: "Video",
  audio: "Audio",
  document: "Documents",
  sheet: "Sheets",
  archive: "Archives",
  code: "Code",
  text: "Text",
};
