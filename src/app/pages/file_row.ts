import { html } from "hono/html";
import type { FileEntry } from "../../types/files.ts";
import { formatBytes, formatName } from "../browser/format.js";
import { folderUrl } from "../urls.ts";
import { formatAge, formatExactBytes, formatTime } from "./format.ts";
import { fileIcon, icon } from "./icons.ts";
import type { Markup, OptionalMarkup } from "./page.ts";
import { fileUrl } from "./urls.ts";

/** Options of {@link fileRow}. */
export interface FileRowOptions {
  /** The source's name. */
  readonly source: string;
  /** Epoch milliseconds. */
  readonly now: number;
  /** Whether the row has a checkbox. */
  readonly isSelectable: boolean;
  /** Shown below the name, where files of several folders are listed. */
  readonly location?: string;
}

/** A folder in a table of files. */
export function folderRow(path: string, { source, isSelectable, location }: Omit<FileRowOptions, "now">): Markup {
  const name = formatName(path);
  const text = location === undefined
    ? html`<bdi>${name}</bdi>`
    : html`<span><bdi>${name}</bdi><small><bdi>${location}</bdi></small></span>`;
  return html`
    <tr data-kind="folder" data-path="${path}" data-name="${name}">
      ${isSelectable ? checkbox(path, name) : ""}
      <td class="name"><a href="${folderUrl(source, path)}" title="${name}">${icon("folder")}${text}</a></td>
      <td class="size"></td>
      <td class="date"></td>
      <td class="quick"></td>
    </tr>
  `;
}

/** A file in a table of files. */
export function fileRow(file: FileEntry, { source, now, isSelectable, location }: FileRowOptions): Markup {
  const { path, size, lastModified } = file;
  const name = formatName(path);
  const place = location === undefined ? "" : html`<small><bdi>${location}</bdi></small>`;
  const text = html`<span><bdi>${name}</bdi>${place}</span>`;
  const url = fileUrl(source, path);
  return html`
    <tr data-kind="file" data-path="${path}" data-name="${name}" data-size="${size}"
      data-modified="${lastModified?.toISOString() ?? ""}">
      ${isSelectable ? checkbox(path, name) : ""}
      <td class="name"><a href="${url}" title="${name}">${pictureOf(url, path)}${text}</a></td>
      <td class="size" title="${formatExactBytes(size)}">${formatBytes(size)}</td>
      <td class="date">${lastModified ? timeOf(lastModified, now) : ""}</td>
      <td class="quick"><a href="${url}/download" aria-label="Download ${name}" title="Download">${icon(
        "download",
      )}</a></td>
    </tr>
  `;
}

/** A time relative to now, with the exact one in its title. */
export function timeOf(time: Date, now: number): Markup {
  return html`<time datetime="${time.toISOString()}" title="${formatTime(time)}">${formatAge(time, now)}</time>`;
}

function checkbox(path: string, name: string): Markup {
  return html`<td class="pick"><input type="checkbox" name="path" value="${path}" aria-label="Select ${name}"></td>`;
}

function pictureOf(url: string, path: string): OptionalMarkup {
  const name = fileIcon(path);
  if (name !== "image") return icon(name);
  return html`<img class="thumb" src="${url}/thumbnail" alt="" width="28" height="28" loading="lazy" decoding="async">`;
}
