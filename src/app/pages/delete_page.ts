import { html } from "hono/html";
import type { DeleteManyResult } from "../../types.ts";
import type { AppContext } from "../context.ts";
import { formUrl } from "../page_urls.ts";
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

/** Says what could not be deleted, and why. */
export function deletedPage(
  context: AppContext,
  selection: Selection,
  { deleted, errors }: DeleteManyResult,
): Markup {
  const { source, folder } = selection;
  return page(context, {
    kind: "form",
    heading: "Not everything was deleted",
    place: selection,
    breadcrumbs: breadcrumbs(selection, folder),
    content: html`
      <section class="sheet wide">
        <h1>Not everything was deleted</h1>
        <p>${deleted.length} deleted, ${errors.length} kept. Those that were kept are as they were.</p>
        <table class="failures">
          <thead>
            <tr>
              <th scope="col">Kept</th>
              <th scope="col">Why</th>
            </tr>
          </thead>
          <tbody>
            ${errors.map(({ path, code }) =>
              html`
                <tr>
                  <td><bdi>${path}</bdi></td>
                  <td>${REASONS[code] ?? `The store refused it (${code}).`}</td>
                </tr>
              `
            )}
          </tbody>
        </table>
        <div class="choice">
          <a class="button" href="${folderUrl(source, folder)}">Back to the folder</a>
        </div>
      </section>
    `,
  });
}

/** `3 files`, `2 folders`, `3 files and 1 folder`. */
export function countOf(paths: readonly string[]): string {
  const folders = paths.filter((path) => path.endsWith("/")).length;
  const count = (number: number, word: string) => number === 0 ? [] : [`${number} ${word}${number === 1 ? "" : "s"}`];
  return [...count(paths.length - folders, "file"), ...count(folders, "folder")].join(" and ");
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

const REASONS: Readonly<Partial<Record<string, string>>> = {
  AccessDenied: "The credentials of this source do not allow it.",
};
