import { html } from "hono/html";
import type { FileInfo } from "../../types/files.ts";
import { fileRecord, SEARCH_TEXT, UPLOAD_ID, UPLOADED_BY } from "../api/records.ts";
import { folderOf, formatBytes, formatName } from "../browser/format.js";
import { openSource } from "../allowed_actions.ts";
import type { AppContext, FilesHono } from "../context.ts";
import { RequestRefusal } from "../failure.ts";
import { readFileId, toFileId } from "../file_id.ts";
import { mediaTypeOf } from "../files/media_types.ts";
import { FILES_URL } from "../urls.ts";
import { timeOf } from "./file_row.ts";
import { formatExactBytes } from "./format.ts";
import { type Markup, type OptionalMarkup, page } from "./page.ts";
import { type Place, placeOf } from "./place.ts";
import { type Preview, previewOf } from "./previews/preview.ts";
import { filePartUrl, formUrl } from "./urls.ts";

interface FileView extends Place {
  readonly file: FileInfo;
  readonly preview: Preview;
}

/** Shows a file: its preview, its facts and the actions on it. */
export function addFilePage(app: FilesHono, context: AppContext): void {
  app.get(`${FILES_URL}/:id{df-[^/.]+}`, async (c) => {
    const { source: name, path } = readFileId(c.req.param("id"));
    const named = openSource(c, context, { name, action: "files-browse" });
    const { signal } = c.req.raw;
    const file = await named.source.stat(path, { signal });
    if (!file) throw new RequestRefusal(404, "There is no such file. It may have been moved or deleted.");
    const preview = await previewOf({ ...named, file, signal });
    const place = placeOf(c, context, { named, folder: folderOf(path) });
    return c.html(filePage(context, { ...place, file, preview }));
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
      <article class="file" id="file" data-id="${toFileId({ source, path })}">
        <header>
          <h1><bdi>${name}</bdi></h1>
          ${actions(view)}
        </header>
        <section class="preview" aria-label="Preview">${preview.content}</section>
        ${facts(context, view)}
      </article>
    `,
  });
}

function actions({ source, file: { path }, preview, allowed }: FileView): Markup {
  const link = (action: "link" | "edit" | "move" | "copy" | "delete", label: string, style = "") => {
    const url = formUrl(source, action, { paths: [path] });
    return html`<a class="button ${style}" data-action="${action}" href="${url}">${label}</a>`;
  };
  return html`
    <a class="button primary" href="${filePartUrl(source, path, "download")}">Download</a>
    ${link("link", "Share")}
    ${allowed.edit && preview.isEditable ? link("edit", "Edit") : ""}
    ${allowed.edit && allowed.delete ? link("move", "Move or rename") : ""}
    ${allowed.upload ? link("copy", "Copy") : ""}
    ${allowed.delete ? link("delete", "Delete", "danger") : ""}
  `;
}

function facts(context: AppContext, { source, file }: FileView): Markup {
  const { path, size, lastModified, contentHash, metadata } = file;
  const { uploaded_by, search_text } = fileRecord({ name: source, context }, file);
  const others = Object.entries(metadata).filter(([name]) => !OWN_METADATA.has(name));
  return html`
    <dl class="facts">
      ${fact("Type", mediaTypeOf(file) ?? "Unknown")}
      ${fact("Size", `${formatBytes(size)} (${formatExactBytes(size)})`)}
      ${lastModified ? fact("Modified", timeOf(lastModified, context.now())) : ""}
      ${fact("Path", html`<bdi>${source}/${path}</bdi> ${copyButton("path", path)}`)}
      ${contentHash === null ? "" : sha256(contentHash.replace(/^sha256:/, ""))}
      ${fromMetadata("Uploaded by", uploaded_by)}${fromMetadata("Search text", search_text)}
      ${others.map(([name, value]) => fromMetadata(name, value))}
    </dl>
  `;
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
