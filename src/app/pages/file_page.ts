import { html } from "hono/html";
import type { FileInfo } from "../../types/files.ts";
import { fileRecord, SEARCH_TEXT, UPLOAD_ID, UPLOADED_BY } from "../api/records.ts";
import { folderOf, formatBytes, formatExactBytes, formatName } from "../browser/format.js";
import { openSource } from "../allowed_actions.ts";
import type { AppContext, FilesHono } from "../context.ts";
import { RequestRefusal } from "../failure.ts";
import { readFileId, toFileId } from "../file_id.ts";
import { OWN_DATE, ownDateOf } from "../files/own_date.ts";
import { readerOf } from "../http/reader_language.ts";
import { FILES_URL, readQuery } from "../urls.ts";
import { menu } from "./menu.ts";
import { findNeighbours, folderOrder, neighbourLinks, type Neighbours } from "./neighbours.ts";
import { type Markup, type OptionalMarkup, page } from "./page.ts";
import { type Place, placeOf } from "./place.ts";
import { type Preview, previewOf } from "./previews/preview.ts";
import { exactTime, timeOf } from "./times.ts";
import { filePartUrl, formUrl } from "./urls.ts";

interface FileView extends Place {
  readonly file: FileInfo;
  readonly preview: Preview;
  readonly neighbours: Neighbours | undefined;
}

/** Shows a file: its preview, its facts and the actions on it. */
export function addFilePage(app: FilesHono, context: AppContext): void {
  app.get(`${FILES_URL}/:id{df-[^/.]+}`, async (c) => {
    const { source: name, path } = readFileId(c.req.param("id"));
    const named = openSource(c, context, { name, action: "files-browse" });
    const { signal } = c.req.raw;
    const file = await named.source.stat(path, { signal });
    if (!file) throw new RequestRefusal(404, "There is no such file. It may have been moved or deleted.");
    const order = folderOrder(c, { source: name, path });
    const showsSource = readQuery(c.req.url).get("view") === "source";
    const [preview, neighbours] = await Promise.all([
      previewOf({ ...named, file, showsSource, signal }),
      findNeighbours(named.source, { path, ...order, byName: readerOf(c).byName, signal }),
    ]);
    const place = placeOf(c, context, { named, folder: folderOf(path) });
    return c.html(filePage(context, { ...place, file, preview, neighbours }));
  });
}

function filePage(context: AppContext, view: FileView): Markup {
  const { source, file: { path }, preview } = view;
  const name = formatName(path);
  return page(context, {
    heading: name,
    place: view,
    path,
    content: html`
      <article class="file" id="file" data-id="${toFileId({ source, path })}" data-path="${path}"
        data-recent="${view.accountName ?? ""}">
        <header>
          <h1><bdi>${name}</bdi></h1>
          ${neighbourLinks(source, view.neighbours)}
          ${actions(view)}
        </header>
        <section class="preview" aria-label="Preview">${preview.content}</section>
        ${facts(context, view)}
      </article>
    `,
  });
}

/** In one row, what is needed less in a menu. */
function actions({ source, file: { path }, preview, allowed }: FileView): Markup {
  const link = (action: "link" | "edit" | "rename" | "move" | "copy" | "delete", label: string, style = "button") => {
    const url = formUrl(source, action, { paths: [path] });
    return html`<a class="${style}" data-action="${action}" href="${url}">${label}</a>`;
  };
  return html`
    <div class="actions">
      <a class="button primary" href="${filePartUrl(source, path, "download")}">Download</a>
      ${link("link", "Share")}
      ${allowed.edit && preview.isEditable ? link("edit", "Edit") : ""}
      ${allowed.edit && allowed.delete ? link("rename", "Rename") : ""}
      ${menu([
        allowed.edit && allowed.delete ? link("move", "Move", "") : "",
        allowed.upload ? link("copy", "Copy", "") : "",
        allowed.delete ? link("delete", "Delete", "danger") : "",
      ], { label: "More for this file" })}
    </div>
  `;
}

function facts(context: AppContext, { source, file, preview: { type, encoding } }: FileView): Markup {
  const { path, size, lastModified, contentHash, metadata } = file;
  const ownDate = ownDateOf(file);
  const { uploaded_by, search_text } = fileRecord({ name: source, context }, file);
  const others = Object.entries(metadata).filter(([name]) =>
    !OWN_METADATA.has(name) && !(ownDate && name === OWN_DATE)
  );
  return html`
    <dl class="facts">
      ${fact("Type", type ?? "Unknown")}
      ${encoding === undefined ? "" : fact("Encoding", encoding)}
      ${fact("Size", sizeOf(size))}
      ${ownDate ? timeFact("Modified", ownDate, context.now()) : ""}
      ${lastModified ? timeFact(ownDate ? "Uploaded" : "Modified", lastModified, context.now()) : ""}
      ${fact("Path", html`<bdi>${source}/${path}</bdi> ${copyButton("path", path)}`)}
      ${contentHash === null ? "" : sha256(contentHash.replace(/^sha256:/, ""))}
      ${fromMetadata("Uploaded by", uploaded_by)}${fromMetadata("Search text", search_text)}
      ${others.map(([name, value]) => fromMetadata(name, value))}
    </dl>
  `;
}

function sizeOf(size: number): string {
  const exact = formatExactBytes(size);
  return exact === "" ? formatBytes(size) : `${formatBytes(size)} (${exact})`;
}

/** The exact time too, as there are no titles on a phone. */
function timeFact(name: string, time: Date, now: number): Markup {
  return fact(name, html`${timeOf(time, now)} <small>${exactTime(time)}</small>`);
}

/** Shown under other names, or of no use to people. */
const OWN_METADATA: ReadonlySet<string> = new Set([UPLOADED_BY, SEARCH_TEXT, UPLOAD_ID]);

function fromMetadata(name: string, value: string | null): OptionalMarkup {
  return value === null ? "" : fact(name, html`<bdi>${value}</bdi>`);
}

function sha256(hash: string): Markup {
  return fact("SHA-256", html`<code class="mono">${hash}</code> ${copyButton("SHA-256", hash)}`);
}

function fact(name: string, value: string | Markup): Markup {
  return html`
    <div>
      <dt>${name}</dt>
      <dd>${value}</dd>
    </div>
  `;
}

/** Shown by the script, without which nothing can be copied. */
function copyButton(what: string, text: string): Markup {
  return html`<button type="button" class="small" data-copy="${text}" aria-label="Copy the ${what}" hidden>Copy</button>`;
}
