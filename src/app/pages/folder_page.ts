import { html } from "hono/html";
import { countOf, formatName, plural } from "../browser/format.js";
import { sourceOf } from "../allowed_actions.ts";
import type { AppContext, FilesHono } from "../context.ts";
import { type FolderListing, listFolder, type SortKey, type SortOrder } from "../files/list_folder.ts";
import { choiceOf } from "../http/arguments.ts";
import { readerOf } from "../http/reader_language.ts";
import { FILES_URL, readQuery } from "../urls.ts";
import { fileRow, folderRow } from "./file_row.ts";
import { folderActions, sortMenu } from "./folder_actions.ts";
import { icon } from "./icons.ts";
import { type Layout, layoutLinks, layoutOf } from "./layout.ts";
import { menu, overflowMenu } from "./menu.ts";
import { emptyState, type Markup, type OptionalMarkup, page } from "./page.ts";
import { type Place, placeOf } from "./place.ts";
import { spellingsOf } from "./spelling.ts";
import { UPLOAD_TRAY, uploadForm } from "./upload_page.ts";
import { formUrl, sortedFolderUrl } from "./urls.ts";

interface FolderView extends Place, SortOrder {
  /** One page of the folder. */
  readonly list: FolderListing;
  readonly isFirstPage: boolean;
  /** In which names are sorted. */
  readonly language: string;
  readonly layout: Layout;
}

/** Lists a folder, with the actions on its files. */
export function addFolderPage(app: FilesHono, context: AppContext): void {
  app.get(`${FILES_URL}/source/:source`, async (c) => {
    const named = sourceOf(c, context, "files-browse");
    const query = readQuery(c.req.url);
    const cursor = query.get("cursor");
    const order: SortOrder = {
      sort: choiceOf(query.get("sort"), ["name", "size", "modified"], "sort"),
      order: choiceOf(query.get("order"), ["asc", "desc"], "order"),
    };
    const place = placeOf(c, context, { named });
    const layout = layoutOf(c, context);
    const { signal } = c.req.raw;
    const { language, byName } = readerOf(c);
    const wanted = { folder: place.folder, cursor, ...order, byName, limit: PAGE_SIZE, signal };
    const list = await listFolder(named.source, wanted);
    const isFirstPage = cursor === undefined;
    return c.html(folderPage(context, { ...place, ...order, list, language, layout, isFirstPage }));
  });
}

const PAGE_SIZE = 200;

function folderPage(context: AppContext, view: FolderView): Markup {
  const { source, folder, list, allowed } = view;
  const heading = folder === "" ? source : formatName(folder);
  const isEmpty = isEmptyFolder(view);
  return page(context, {
    heading,
    place: view,
    actions: allowed.upload ? uploadMenu(view) : "",
    content: html`
      <h1 class="hidden"><bdi>${heading}</bdi></h1>
      ${toolbar(context, view)}
      ${isEmpty ? emptyNotice(context, view) : ""}
      <div class="listing" data-language="${view.language}" data-order="${list.isSorted && !list.isByName
        ? "store"
        : ""}"
        ${list.isSorted ? "" : "data-unsorted"} ${isEmpty ? "hidden" : ""}>
        ${skippedNote(list)}
        ${selectionForm(context, view)}
        ${pager(view)}
      </div>
      ${templates(context, view)}
    `,
  });
}

function isEmptyFolder({ list, isFirstPage }: FolderView): boolean {
  return list.files.length + list.folders.length + list.skipped === 0 && isFirstPage && list.cursor === null;
}

function uploadMenu(view: FolderView): Markup {
  return html`
    <details class="menu upload-menu">
      <summary class="button primary" data-action="upload">Upload${icon("chevron")}</summary>
      <div class="popup">${uploadForm(view)}</div>
    </details>
  `;
}

function emptyNotice({ grants }: AppContext, view: FolderView): Markup {
  const { source, folder, allowed } = view;
  const heading = "This folder is empty.";
  const who = grants.known(source, folder).write ? "You" : "These credentials";
  if (!allowed.upload) return emptyState(heading, `${who} can read here but not write.`);
  return html`
    <section class="notice inviting" id="empty">
      ${icon("upload")}
      <h2>${heading}</h2>
      <p>Drop files here or choose some.</p>
      ${uploadForm(view)}
    </section>
  `;
}

function toolbar({ grants }: AppContext, view: FolderView): Markup {
  const { source, folder, list, isFirstPage, allowed, layout } = view;
  const note = list.isSorted ? "" : "Too large to sort; shown by name from A to Z. ";
  const count = countOf([...list.files.map(({ path }) => path), ...list.folders]);
  const scope = isFirstPage && list.cursor === null ? "" : " on this page";
  const isReadOnly = !allowed.upload && !allowed.edit && !allowed.delete;
  const newFolder = formUrl(source, "folder", { folder });
  return html`
    <div class="toolbar">
      ${allowed.upload ? UPLOAD_TRAY : ""}
      <p>${note}${count}${scope}${isReadOnly
        ? html`
          <span class="tag">Read-only</span>
        `
        : ""}${isReadOnly || grants.conditions(source) !== false ? "" : html`
        <span class="tag" title="${UNGUARDED}">Simultaneous changes can be lost</span>
      `}</p>
      ${sortMenu(view)}
      <input type="search" id="filter" placeholder="Filter" aria-label="Filter this page by name" autocomplete="off" hidden>
      ${layoutLinks(layout, view)}
      ${allowed.upload ? html`<a class="button" data-action="new-folder" href="${newFolder}">New folder</a>` : ""}
      ${menu(folderActions(view), { label: "More for this folder" })}
    </div>
  `;
}

function skippedNote({ skipped }: FolderListing): OptionalMarkup {
  if (skipped === 0) return "";
  const names = plural(skipped, "name");
  return html`<p class="hint">${names} cannot be used here, and ${skipped === 1 ? "is" : "are"} not shown.</p>`;
}

/** Announced where the store ignores conditions. */
const UNGUARDED = "The store of this source does not notice if others change a file at the same moment: " +
  "the last change is kept. Files that were there before are safe.";

function selectionForm({ now }: AppContext, view: FolderView): Markup {
  const { source, folder, list } = view;
  const spellings = spellingsOf([...list.folders, ...list.files.map(({ path }) => path)]);
  const options = { source, now: now(), isSelectable: true, spellings };
  return html`
    <form id="selection" method="post" action="${formUrl(source, "delete", { folder })}">
      <table id="files" class="${view.layout === "grid" ? "tiles" : ""}">
        <thead>
          <tr>
            ${SELECT_ALL}
            ${headerCell(view, "name")}${headerCell(view, "size")}${headerCell(view, "modified")}
            <th class="quick"><span class="hidden">Download</span></th>
          </tr>
        </thead>
        <tbody>
          ${list.folders.map((path) => folderRow(path, options))}${list.files.map((file) => fileRow(file, options))}
        </tbody>
      </table>
      ${selectionBar(view)}
    </form>
  `;
}

const SELECT_ALL = html`
  <th class="pick">
    <span class="hidden">Select</span><input type="checkbox" id="select-all" aria-label="Select all" hidden>
  </th>
`;

/** Shown by the style sheet while a row is selected. */
function selectionBar({ source, folder, allowed }: FolderView): Markup {
  const button = (action: "download" | "rename" | "move" | "copy" | "delete", label: string, style = "") => {
    const url = formUrl(source, action === "download" ? "archive" : action, { folder });
    return html`<button class="${style}" data-action="${action}" formaction="${url}">${label}</button>`;
  };
  const items: readonly OptionalMarkup[] = [
    allowed.edit && allowed.delete ? button("rename", "Rename") : "",
    allowed.edit && allowed.delete ? button("move", "Move") : "",
    allowed.upload ? button("copy", "Copy") : "",
    allowed.delete ? button("delete", "Delete", "danger") : "",
  ];
  return html`
    <div class="selection-bar" role="group" aria-label="Actions for the selected files">
      <span class="selection-count">Selected</span>
      ${button("download", "Download")}
      ${overflowMenu(items, { label: "More for the selected files", id: "selection-menu" })}
    </div>
  `;
}

function headerCell(view: FolderView, key: SortKey): Markup {
  const { source, folder, sort, order, list } = view;
  const isCurrent = key === (list.isSorted ? sort : "name");
  const direction = list.isSorted ? order : "asc";
  const ariaSort = isCurrent ? `${direction}ending` : "none";
  // People look for the largest and newest files.
  const first = key === "name" ? "asc" : "desc";
  const next = !isCurrent ? first : direction === "asc" ? "desc" : "asc";
  const url = sortedFolderUrl(source, folder, { sort: key, order: next });
  return html`
    <th scope="col" class="${CLASSES[key]}" data-sort="${key}" aria-sort="${ariaSort}">
      <a href="${url}">${LABELS[key]}${isCurrent ? icon("chevron") : ""}</a>
    </th>
  `;
}

const LABELS: Readonly<Record<SortKey, string>> = { name: "Name", size: "Size", modified: "Modified" };
const CLASSES: Readonly<Record<SortKey, string>> = { name: "name", size: "size", modified: "date" };

function pager({ source, folder, list, isFirstPage, sort, order }: FolderView): OptionalMarkup {
  if (isFirstPage && list.cursor === null) return "";
  const link = (label: string, rel: string, cursor?: string | null) => {
    const url = sortedFolderUrl(source, folder, { sort, order, ...cursor && { cursor } });
    return html`<a class="button" rel="${rel}" href="${url}">${label}</a>`;
  };
  return html`
    <nav class="pager" aria-label="Pages">
      ${isFirstPage ? "" : link("First page", "first")}
      ${list.cursor === null ? "" : link("Next page", "next", list.cursor)}
    </nav>
  `;
}

/** The script makes rows from these. */
function templates({ now }: AppContext, view: FolderView): Markup {
  const options = { source: view.source, now: now(), isSelectable: true };
  const file = { path: "-", name: "-", size: 0, etag: null, lastModified: new Date(now()) };
  return html`
    <template id="row-template">${fileRow(file, options)}</template>
    <template id="folder-row-template">${folderRow("-/", options)}</template>
  `;
}
