import { html } from "hono/html";
import type { FileEntry, FileInfo } from "../../types/files.ts";
import { countOf, folderOf, formatBytes, formatExactBytes, formatName } from "../browser/format.js";
import type { AppContext } from "../context.ts";
import type { FolderListing } from "../files/list_folder.ts";
import { mediaTypeOf } from "../files/media_types.ts";
import { PLAIN_HEAD } from "./file_row.ts";
import { fileIcon, icon } from "./icons.ts";
import { emptyState, type Markup, type OptionalMarkup } from "./page.ts";
import { sharedCrumbs, sharedPage } from "./shared_layout.ts";
import { exactTime, timeOf } from "./times.ts";
import { sharedArchiveUrl, sharedFileUrl, sharedFolderUrl } from "./urls.ts";

/** A link to a folder. */
interface SharedView {
  readonly token: string;
  /** The name of the shared folder. */
  readonly name: string;
}

/** A page of a shared folder, or of one in it. */
export interface SharedFolderView extends SharedView {
  /** When the link ends, in epoch milliseconds. */
  readonly expiresMs: number;
  /** Relative to the shared folder, as all paths here. */
  readonly folder: string;
  readonly list: FolderListing;
  readonly isFirstPage: boolean;
}

/** Lists a folder, without any action but to look and to download. */
export function sharedFolderPage(context: AppContext, view: SharedFolderView): Markup {
  const { token, name, folder, list: { files, folders }, expiresMs } = view;
  const heading = folder === "" ? name : formatName(folder);
  const isEmpty = files.length + folders.length === 0;
  return sharedPage(context, {
    heading,
    crumbs: sharedCrumbs(stepsTo(view, folder)),
    content: html`
      <h1 class="hidden"><bdi>${heading}</bdi></h1>
      <div class="toolbar">
        <p>${countOf([...files.map(({ path }) => path), ...folders])} <span class="tag">Read-only</span></p>
        <small>This link works until ${exactTime(new Date(expiresMs))}</small>
        ${isEmpty ? "" : html`<a class="button" href="${sharedArchiveUrl(token, folder)}">Download all</a>`}
      </div>
      ${isEmpty ? emptyState("This folder is empty.", "There is nothing to see here yet.") : table(context, view)}
      ${pager(view)}
    `,
  });
}

function table({ now }: AppContext, { token, list: { files, folders } }: SharedFolderView): Markup {
  return html`
    <table id="files">
      ${PLAIN_HEAD}
      <tbody>
        ${folders.map((path) => folderRow(token, path))}${files.map((file) => fileRow(token, file, now()))}
      </tbody>
    </table>
  `;
}

function folderRow(token: string, path: string): Markup {
  const name = formatName(path);
  return html`
    <tr>
      <td class="name"><a href="${sharedFolderUrl(token, path)}" title="${name}">${icon(
        "folder",
      )}<bdi>${name}</bdi></a></td>
      <td class="size"></td>
      <td class="date"></td>
      <td class="quick"></td>
    </tr>
  `;
}

function fileRow(token: string, { path, size, lastModified }: FileEntry, now: number): Markup {
  const name = formatName(path);
  const kind = fileIcon(path);
  const picture = kind === "image"
    ? html`<img class="thumb" src="${
      sharedFileUrl(token, path, "thumbnail")
    }" alt="" width="28" height="28" loading="lazy" decoding="async">`
    : icon(kind);
  return html`
    <tr>
      <td class="name"><a href="${sharedFileUrl(
        token,
        path,
        "file",
      )}" title="${name}">${picture}<span><bdi>${name}</bdi></span></a></td>
      <td class="size" title="${formatExactBytes(size)}">${formatBytes(size)}</td>
      <td class="date">${lastModified ? timeOf(lastModified, now) : ""}</td>
      <td class="quick"><a href="${sharedFileUrl(
        token,
        path,
        "download",
      )}" aria-label="Download ${name}" title="Download">${icon("download")}</a></td>
    </tr>
  `;
}

function pager({ token, folder, list: { cursor }, isFirstPage }: SharedFolderView): OptionalMarkup {
  if (isFirstPage && cursor === null) return "";
  const link = (label: string, cursor?: string) =>
    html`<a class="button" href="${sharedFolderUrl(token, folder, cursor)}">${label}</a>`;
  return html`
    <nav class="pager" aria-label="Pages">
      ${isFirstPage ? "" : link("First page")}${cursor === null ? "" : link("Next page", cursor)}
    </nav>
  `;
}

/** A file in a shared folder. */
export interface SharedFileView extends SharedView {
  readonly file: FileInfo;
  readonly preview: Markup;
}

/** Shows a file in a shared folder: its preview, its facts, and a link to save it. */
export function sharedFilePage(context: AppContext, view: SharedFileView): Markup {
  const { token, file, preview } = view;
  const { path, size, lastModified } = file;
  const name = formatName(path);
  const fact = (label: string, value: string | Markup) =>
    html`
      <div>
        <dt>${label}</dt>
        <dd>${value}</dd>
      </div>
    `;
  return sharedPage(context, {
    heading: name,
    crumbs: sharedCrumbs(stepsTo(view, path)),
    content: html`
      <article class="file">
        <header>
          <h1><bdi>${name}</bdi></h1>
          <a class="button primary" href="${sharedFileUrl(token, path, "download")}">Download</a>
        </header>
        <section class="preview" aria-label="Preview">${preview}</section>
        <dl class="facts">
          ${fact("Type", mediaTypeOf(file) ?? "Unknown")}
          ${fact("Size", html`<span title="${formatExactBytes(size)}">${formatBytes(size)}</span>`)}
          ${lastModified ? fact("Modified", timeOf(lastModified, context.now())) : ""}
        </dl>
      </article>
    `,
  });
}

/** From the shared folder to a path in it; the last step's URL is not used. */
function stepsTo({ token, name }: SharedView, path: string): { path: string; url: string }[] {
  const steps = [{ path: name, url: sharedFolderUrl(token, "") }];
  const ends: string[] = [];
  for (let at = path; at !== ""; at = folderOf(at)) ends.unshift(at);
  return [...steps, ...ends.map((end) => ({ path: end, url: sharedFolderUrl(token, end) }))];
}
