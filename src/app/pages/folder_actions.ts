import { html } from "hono/html";
import type { FolderListing, SortKey, SortOrder } from "../files/list_folder.ts";
import type { Markup } from "./page.ts";
import { archiveUrl, folderSizeUrl, formUrl, searchUrl, sortedFolderUrl } from "./urls.ts";

interface FolderPlace {
  /** The source's name. */
  readonly source: string;
  /** Empty, or ends in `/`. */
  readonly folder: string;
}

/** What can be done with a whole folder. */
export function folderActions({ source, folder }: FolderPlace): readonly Markup[] {
  return [
    html`<a data-action="archive" href="${archiveUrl(source, [folder])}">Download folder</a>`,
    ...folder === "" ? [] : [html`<a href="${formUrl(source, "link", { paths: [folder] })}">Share</a>`],
    html`<a href="${searchUrl({ source, folder })}">Search ${folder === "" ? "this source" : "this folder"}</a>`,
    html`<a data-action="size" href="${folderSizeUrl(source, folder)}">Folder size</a>`,
  ];
}

/** The orders of a folder, on screens that are too narrow for all column headers. */
export function sortMenu(
  { source, folder, sort, order, list }: FolderPlace & SortOrder & { readonly list: FolderListing },
): Markup {
  const current = list.isSorted ? `${sort} ${order}` : "name asc";
  return html`
    <details class="menu sort-menu">
      <summary class="button">Sort</summary>
      <ul class="popup">
        ${ORDERS.map(([key, direction, label]) =>
          html`
            <li><a href="${sortedFolderUrl(source, folder, { sort: key, order: direction })}" data-key="${key}"
              data-order="${direction}" aria-current="${`${current === `${key} ${direction}`}`}">${label}</a></li>
          `
        )}
      </ul>
    </details>
  `;
}

const ORDERS: readonly (readonly [SortKey, SortOrder["order"], string])[] = [
  ["name", "asc", "Name, A to Z"],
  ["name", "desc", "Name, Z to A"],
  ["modified", "desc", "Newest first"],
  ["modified", "asc", "Oldest first"],
  ["size", "desc", "Largest first"],
  ["size", "asc", "Smallest first"],
];
