import { html } from "hono/html";
import type { AppContext } from "../context.ts";
import { formUrl } from "./urls.ts";
import { folderUrl } from "../urls.ts";
import { breadcrumbs } from "./breadcrumbs.ts";
import { formatName } from "./format.ts";
import { type Markup, page, type Place } from "./page.ts";

/** Files and folders, all in one place. */
export interface Selection extends Place {
  /** Relative to the source; a folder's ends in `/`. At least one. */
  readonly paths: readonly string[];
}

/** Asks before files go. */
export function deletePage(context: AppContext, selection: Selection): Markup {
  const { source, folder, paths } = selection;
  const [first = ""] = paths;
  const question = paths.length > 1 ? html`Delete ${countOf(paths)}?` : html`Delete “<bdi>${formatName(first)}</bdi>”?`;
  const hasFolder = paths.some((path) => path.endsWith("/"));
  return page(context, {
    kind: "form",
    heading: paths.length > 1 ? `Delete ${countOf(paths)}` : `Delete ${formatName(first)}`,
    place: selection,
    breadcrumbs: breadcrumbs(selection, folder),
    content: html`
      <form class="sheet" method="post" action="${formUrl(source, "delete")}">
        <h1>${question}</h1>
        <p>${hasFolder ? "A folder goes with everything in it. " : ""}This cannot be undone here.</p>
        ${pathList(paths)}
        ${paths.map((path) => html`<input type="hidden" name="path" value="${path}">`)}
        <input type="hidden" name="confirmed" value="1">
        <div class="choice">
          <a class="button" href="${folderUrl(source, folder)}" autofocus>Keep</a>
          <button class="danger">Delete</button>
        </div>
      </form>
    `,
  });
}

/** `3 files`, `2 folders`, `3 files and 1 folder`. */
export function countOf(paths: readonly string[]): string {
  const folders = paths.filter((path) => path.endsWith("/")).length;
  const count = (number: number, word: string) => number === 0 ? [] : [`${number} ${word}${number === 1 ? "" : "s"}`];
  return [...count(paths.length - folders, "file"), ...count(folders, "folder")].join(" and ") || "0 files";
}

/** The first of the paths. */
export function pathList(paths: readonly string[]): Markup {
  const more = paths.length - MAX_SHOWN;
  return html`
    <ul class="paths">
      ${paths.slice(0, MAX_SHOWN).map((path) => html`<li><bdi>${path}</bdi></li>`)}
      ${more > 0 ? html`<li>and ${more} more</li>` : ""}
    </ul>
  `;
}

const MAX_SHOWN = 10;
