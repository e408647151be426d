import { html } from "hono/html";
import type { FileInfo } from "../../types/files.ts";
import { fileRecord, SEARCH_TEXT, UPLOAD_ID, UPLOADED_BY } from "../api/records.ts";
import type { AppContext } from "../context.ts";
import { toFileId } from "../file_id.ts";
import { mediaTypeOf } from "../files/media_types.ts";
import { filePartUrl, formUrl } from "./urls.ts";
import { breadcrumbs } from "./breadcrumbs.ts";
import { timeOf } from "./file_row.ts";
import { formatBytes, formatExactBytes, formatName } from "./format.ts";
import { type Markup, type OptionalMarkup, page, type Place } from "./page.ts";
import type { Preview } from "./previews/preview.ts";

/** What a file's page shows. */
export interface FileView extends Place {
  /** Its facts. */
  readonly file: FileInfo;
  /** What can be seen of it. */
  readonly preview: Preview;
}

/** A file: what is in it, its facts, and what can be done with it. */
export function filePage(context: AppContext, view: FileView): Markup {
  const { source, file: { path }, preview } = view;
  const name = formatName(path);
  return page(context, {
    kind: "file",
    heading: name,
    place: view,
    breadcrumbs: breadcrumbs(view, path),
    content: html`
      <article class="file" id="file" data-path="${path}" data-id="${toFileId({ source, path })}" data-etag="${view.file
        .etag ?? ""}">
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
  const link = (action: "link" | "edit" | "move" | "copy" | "delete", label: string, style = "") =>
    html`<a class="button ${style}" data-action="${action}" href="${
      formUrl(source, action, { paths: [path] })
    }">${label}</a>`;
  return html`
    <a class="button primary" href="${filePartUrl(source, path, "download")}">Download</a>
    ${link("link", "Copy link")}
    ${allowed.edit && preview.isEditable ? link("edit", "Edit") : ""}
    ${allowed.edit && allowed.delete ? link("move", "Move or rename") : ""}
    ${allowed.upload ? link("copy", "Copy") : ""}
    ${allowed.delete ? link("delete", "Delete", "danger") : ""}
  `;
}

function facts({ now }: AppContext, { source, file }: FileView): Markup {
  const { path, size, lastModified, contentHash, metadata = {} } = file;
  const { uploaded_by, search_text } = fileRecord(source, file);
  return html`
    <dl class="facts">
      ${fact("Type", mediaTypeOf(file) ?? "Unknown")}
      ${fact("Size", `${formatBytes(size)} (${formatExactBytes(size)})`)}
      ${lastModified ? fact("Modified", timeOf(lastModified, now())) : ""}
      ${fact("Path", html`<bdi>${source}/${path}</bdi> ${copyButton("path", path)}`)}
      ${contentHash === undefined ? "" : sha256(contentHash.replace(/^sha256:/, ""))}
      ${fromMetadata("Uploaded by", uploaded_by)}${fromMetadata("Search text", search_text)}
      ${Object.entries(metadata).filter(([name]) => !OWN_METADATA.has(name)).map(([name, value]) =>
        fromMetadata(name, value)
      )}
    </dl>
  `;
}

/** Shown by other names, or of no use to people. */
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

/** Only a script can reach the clipboard, and it shows this. */
function copyButton(what: string, text: string): OptionalMarkup {
  return html`<button type="button" class="small" data-copy="${text}" aria-label="Copy the ${what}" hidden>Copy</button>`;
}
