import { html } from "hono/html";
import type { FileInfo, FileList } from "../../types.ts";
import type { AppContext, NamedSource } from "../context.ts";
import { formatAge, formatBytes, formatName, formatTime } from "./format.ts";
import { fileIcon, icon } from "./icons.ts";
import { type Markup, notice, page } from "./page.ts";
import { actionUrl, folderUrl } from "../urls.ts";

/** What a folder's page shows. */
export interface FolderView extends NamedSource {
  /** Empty, or ends in `/`. */
  readonly folder: string;
  /** One page of what is in it. */
  readonly list: FileList;
  /** Whether there is none before it. */
  readonly isFirstPage: boolean;
}

/** A folder: the way to it, what is in it, and what can be done. */
export function folderPage(context: AppContext, view: FolderView): Markup {
  const { name, folder, list, source, isFirstPage } = view;
  const isEmpty = list.files.length + list.folders.length === 0 && isFirstPage && list.cursor === null;
  const { canUpload } = source.capabilities;
  return page(context, {
    heading: folder === "" ? name : formatName(folder),
    breadcrumbs: breadcrumbs(name, folder),
    ...canUpload && !isEmpty && { actions: uploadMenu(view) },
    content: isEmpty ? emptyNotice(view) : html`${table(context, view)}${pager(view)}`,
  });
}

function breadcrumbs(source: string, folder: string): Markup {
  const ends = [...folder.matchAll(/\//g)].map((slash) => slash.index + 1);
  const steps = [
    { path: "", name: source },
    ...ends.map((end) => {
      const path = folder.slice(0, end);
      return { path, name: formatName(path) };
    }),
  ];
  return html`
    <nav aria-label="Folders">
      <ol>${steps.map(({ path, name }) =>
        path === folder
          ? html`<li aria-current="page"><bdi>${name}</bdi></li>`
          : html`<li><a href="${folderUrl(source, path)}"><bdi>${name}</bdi></a></li>`
      )}</ol>
    </nav>
  `;
}

function emptyNotice(view: FolderView): Markup {
  return view.source.capabilities.canUpload
    ? notice("This folder is empty.", "Choose files to put into it.", uploadForm(view))
    : notice("This folder is empty.", "These credentials can read here but not write.");
}

function uploadMenu(view: FolderView): Markup {
  return html`<details class="menu"><summary class="button">Upload</summary>${uploadForm(view)}</details>`;
}

function uploadForm({ name, folder }: FolderView): Markup {
  return html`
    <form class="upload" method="post" enctype="multipart/form-data" action="${actionUrl(name, "upload", { folder })}">
      <label class="check"><input type="checkbox" name="replace" value="1">Replace files of the same name</label>
      <input type="file" name="file" multiple required aria-label="Files to upload">
      <button class="primary">Upload</button>
    </form>
  `;
}

function table(context: AppContext, { name, list, source }: FolderView): Markup {
  return html`
    <table>
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col" class="size">Size</th>
          <th scope="col" class="date">Modified</th>
          <th class="actions"><span class="hidden">Actions</span></th>
        </tr>
      </thead>
      <tbody>${list.folders.map((path) => folderRow(name, path))}${list.files.map((file) =>
        fileRow(context, { source: name, file, canDelete: source.capabilities.canDelete })
      )}</tbody>
    </table>
  `;
}

function folderRow(source: string, path: string): Markup {
  return html`
    <tr>
      <td class="name"><a href="${folderUrl(source, path)}" title="${formatName(path)}">${icon(
        "folder",
      )}<bdi>${formatName(
        path,
      )}</bdi></a></td>
      <td class="size"></td>
      <td class="date"></td>
      <td class="actions"></td>
    </tr>
  `;
}

function fileRow(
  { now }: AppContext,
  { source, file, canDelete }: { source: string; file: FileInfo; canDelete: boolean },
): Markup {
  const { path, size, lastModified } = file;
  const name = formatName(path);
  return html`
    <tr>
      <td class="name"><a href="${actionUrl(source, "download", { path })}" title="${name}">${icon(
        fileIcon(name),
      )}<bdi>${name}</bdi></a></td>
      <td class="size" title="${size.toLocaleString("en")} bytes">${formatBytes(size)}</td>
      <td class="date">${lastModified
        ? html`<time datetime="${lastModified.toISOString()}" title="${formatTime(lastModified)}">${
          formatAge(lastModified, now())
        }</time>`
        : ""}</td>
      <td class="actions">${canDelete
        ? html`<a href="${actionUrl(source, "delete", { path })}" aria-label="Delete ${name}">Delete</a>`
        : ""}</td>
    </tr>
  `;
}

function pager({ name, folder, list, isFirstPage }: FolderView): Markup | "" {
  if (isFirstPage && list.cursor === null) return "";
  return html`<nav class="pager" aria-label="Pages">${
    isFirstPage ? "" : html`<a class="button" href="${folderUrl(name, folder)}">First page</a>`
  }${
    list.cursor === null
      ? ""
      : html`<a class="button" href="${folderUrl(name, folder, list.cursor)}" rel="next">Next page</a>`
  }</nav>`;
}
