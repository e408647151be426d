import { html } from "hono/html";
import type { FileEntry } from "../../types/files.ts";
import { formatBytes, formatExactBytes, formatName } from "../browser/format.js";
import { folderUrl } from "../urls.ts";
import { fileIcon, icon } from "./icons.ts";
import type { Markup, OptionalMarkup } from "./page.ts";
import { timeOf } from "./times.ts";
import { archiveUrl, fileUrl, folderSizeUrl } from "./urls.ts";

/** The head of a table that is neither sorted nor selected from. */
export const PLAIN_HEAD: Markup = html`
  <thead>
    <tr>
      <th scope="col" class="name">Name</th>
      <th scope="col" class="size">Size</th>
      <th scope="col" class="date">Modified</th>
      <th class="quick"><span class="hidden">Download</span></th>
    </tr>
  </thead>
`;

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
  /** How names are spelled that look like others, by path. */
  readonly spellings?: ReadonlyMap<string, string>;
}

/** A folder in a table of files. */
export function folderRow(path: string, options: Omit<FileRowOptions, "now">): Markup {
  const { source, isSelectable, location, spellings } = options;
  const name = formatName(path);
  const text = html`<span><bdi>${name}</bdi>${locationNote(location)}${spellingNote(spellings?.get(path))}</span>`;
  return html`
    <tr data-kind="folder" data-path="${path}" data-name="${name}" ${location === undefined && !spellings?.has(path)
      ? ""
      : TALL}>
      ${isSelectable ? checkbox(path, name) : ""}
      <td class="name"><a href="${folderUrl(source, path)}" title="${name}">${icon("folder")}${text}</a></td>
      <td class="size"><a data-action="size" href="${folderSizeUrl(
        source,
        path,
      )}" aria-label="Size of ${name}">Size</a></td>
      <td class="date"></td>
      <td class="quick"><a data-action="archive" href="${archiveUrl(source, [path])}" aria-label="Download ${name}"
        title="Download as a zip">${icon("download")}</a></td>
    </tr>
  `;
}

/** A file in a table of files. */
export function fileRow(file: FileEntry, options: FileRowOptions): Markup {
  const { source, now, isSelectable, location, spellings } = options;
  const { path, size, lastModified } = file;
  const name = formatName(path);
  const text = html`<span><bdi>${name}</bdi>${locationNote(location)}${spellingNote(spellings?.get(path))}</span>`;
  const url = fileUrl(source, path);
  return html`
    <tr data-kind="file" data-path="${path}" data-name="${name}" data-size="${size}"
      data-modified="${lastModified?.toISOString() ?? ""}" ${location === undefined && !spellings?.has(path)
        ? ""
        : TALL}>
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

/** For two lines. */
const TALL = html`class="tall"`;

function locationNote(location: string | undefined): OptionalMarkup {
  return location === undefined ? "" : html`<small><bdi>${location}</bdi></small>`;
}

function spellingNote(note: string | undefined): OptionalMarkup {
  return note === undefined ? "" : html`<small title="Another name here looks the same."><bdi>${note}</bdi></small>`;
}

function checkbox(path: string, name: string): Markup {
  return html`<td class="pick"><input type="checkbox" name="path" value="${path}" aria-label="Select ${name}"></td>`;
}

function pictureOf(url: string, path: string): OptionalMarkup {
  const name = fileIcon(path);
  if (name !== "image") return icon(name);
  return html`<img class="thumb" src="${url}/thumbnail" alt="" width="28" height="28" loading="lazy" decoding="async">`;
}
