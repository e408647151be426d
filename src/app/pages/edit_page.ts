import { html } from "hono/html";
import { FileNotFoundError, PreconditionFailedError } from "../../errors.ts";
import type { FileInfo } from "../../types/files.ts";
import { UPLOAD_ID, uploaderMetadata } from "../api/records.ts";
import type { TextEncodingName } from "../browser/text_encoding.js";
import { folderOf, formatName } from "../browser/format.js";
import { openSource, sourceOf } from "../allowed_actions.ts";
import { type AppContext, type AppRequest, type FilesHono, noteAction, sourceNameOf } from "../context.ts";
import { failureOf, RequestRefusal } from "../failure.ts";
import { writeGuarded } from "../files/guarded_write.ts";
import { assertNewFile } from "../files/new_path.ts";
import { OWN_DATE } from "../files/own_date.ts";
import { readForm } from "../http/body.ts";
import type { NamedSource } from "../permissions/background_facts.ts";
import { readQuery } from "../urls.ts";
import { errorNote, type Markup, type OptionalMarkup, page } from "./page.ts";
import { type Place, placeOf } from "./place.ts";
import { readEncoding, readFileText, toFileBody } from "./previews/file_text.ts";
import { fileUrl, FORM_ROUTE, formUrl } from "./urls.ts";

/** Edits a text file. */
export function addEditPage(app: FilesHono, context: AppContext): void {
  app.get(`${FORM_ROUTE}/edit`, async (c) => {
    const named = openForEditing(c, context);
    const path = readQuery(c.req.url).get("path") ?? "";
    const current = await readCurrent(c, named, path);
    if (!current) throw new RequestRefusal(404, "There is no such file.");
    const { text, encoding, file: { etag } } = current;
    if (text === undefined) throw new RequestRefusal(413, "This file is not text, or is too large to edit here.");
    const place = placeOf(c, context, { named, folder: folderOf(path) });
    const view = { ...place, path, text, encoding, etag: etag ?? "", lineEnds: lineEndsOf(text) };
    return c.html(editPage(context, view));
  });

  app.post(`${FORM_ROUTE}/edit`, async (c) => {
    noteAction(c, { action: "edit", source: sourceNameOf(c) });
    const named = openForEditing(c, context);
    const form = await readForm(c, context);
    const path = form.get("path") ?? "";
    noteAction(c, { path });
    const view: EditView = {
      ...placeOf(c, context, { named, folder: folderOf(path) }),
      path,
      text: (form.get("text") ?? "").replaceAll("\r\n", "\n"),
      etag: form.get("etag") ?? "",
      encoding: readEncoding(form.get("encoding")),
      lineEnds: form.get("line_ends") === "crlf" ? "crlf" : "lf",
    };
    // Saving a file that was deleted meanwhile creates one.
    if (view.etag === "") sourceOf(c, context, "files-upload");
    try {
      assertNewFile(path);
      await save(c, named, view);
    } catch (error) {
      if (error instanceof PreconditionFailedError || error instanceof FileNotFoundError) {
        const current = await readCurrent(c, named, path);
        const etag = current?.file.etag ?? "";
        return c.html(conflictPage(context, { ...view, etag }, current?.text), 412);
      }
      const { status, message } = failureOf(error);
      return c.html(editPage(context, { ...view, error: `${message} Your text was not saved; it is below.` }), status);
    }
    return c.redirect(fileUrl(named.name, path), 303);
  });
}

interface EditView extends Place {
  /** Of the file. */
  readonly path: string;
  /** The visitor's version. */
  readonly text: string;
  /** How the file is stored, and stays. */
  readonly encoding: TextEncodingName;
  /** The ETag of the file to replace; empty if there must be no file. */
  readonly etag: string;
  /** Browsers send forms with CRLF, whatever the file has. */
  readonly lineEnds: "lf" | "crlf";
  /** Why it was not saved. */
  readonly error?: string;
}

function editPage(context: AppContext, view: EditView): Markup {
  return editorPage(
    context,
    view,
    html`
      <h1>Edit “<bdi>${formatName(view.path)}</bdi>”</h1>
      ${errorNote(view.error)}
      ${unguardedHint(context, view)}
      ${editor(view, { label: "Text", save: "Save" })}
    `,
  );
}

/** Announced where the store ignores conditions. */
function unguardedHint({ grants }: AppContext, { source }: EditView): OptionalMarkup {
  if (grants.conditions(source) !== false) return "";
  return html`<p class="hint">If someone else saves at the same moment, only the last version is kept.</p>`;
}

/** Shows both versions of a text that someone else changed meanwhile. */
function conflictPage(context: AppContext, view: EditView, theirs: string | undefined): Markup {
  return editorPage(
    context,
    view,
    html`
      <h1>Someone else has changed “<bdi>${formatName(view.path)}</bdi>”</h1>
      <p class="hint">Your version is not saved yet. ${theirs === undefined
        ? "The file was deleted, or can no longer be shown as text."
        : "Copy what you need from theirs and save yours, or discard your changes."}</p>
      <div class="versions">
        ${editor(view, { label: "Your version", save: "Save my version" })}
        ${textField("Their version", theirs ?? "", html`readonly`)}
      </div>
    `,
  );
}

function editorPage(context: AppContext, view: EditView, content: Markup): Markup {
  return page(context, {
    heading: `Edit ${formatName(view.path)}`,
    place: view,
    path: view.path,
    scripts: ["editor.js"],
    content: html`<section class="editing">${content}</section>`,
  });
}

function editor(
  { source, path, text, etag, encoding, lineEnds }: EditView,
  { label, save }: { label: string; save: string },
): Markup {
  return html`
    <form id="editor" method="post" action="${formUrl(source, "edit")}" data-path="${path}" data-etag="${etag}"
      data-encoding="${encoding}">
      ${textField(label, text, html`name="text" autofocus spellcheck="false" autocomplete="off"`)}
      <input type="hidden" name="path" value="${path}">
      <input type="hidden" name="etag" value="${etag}">
      <input type="hidden" name="line_ends" value="${lineEnds}">
      <input type="hidden" name="encoding" value="${encoding}">
      <div class="choice">
        <output id="saved"></output>
        <a class="button" href="${fileUrl(source, path)}">Discard changes</a>
        <button class="primary">${save}</button>
      </div>
    </form>
  `;
}

function textField(label: string, text: string, attributes: Markup): Markup {
  // HTML drops a line break at the beginning of `<textarea>`.
  return html`<label>${label}<textarea ${attributes}>${`\n${text}`}</textarea></label>`;
}

/** Browsing too: the pages show the text of the file. */
function openForEditing(c: AppRequest, context: AppContext): NamedSource {
  const { name } = sourceOf(c, context, "files-browse");
  return openSource(c, context, { name, action: "files-edit" });
}

/** A file with its text, which is absent if it cannot be edited here; `undefined` if there is no such file. */
async function readCurrent(
  c: AppRequest,
  { source }: NamedSource,
  path: string,
): Promise<{ file: FileInfo; text?: string; encoding: TextEncodingName } | undefined> {
  const { signal } = c.req.raw;
  const file = await source.stat(path, { signal });
  if (!file) return undefined;
  const read = await readFileText(source, file, signal);
  return { file, encoding: read?.encoding ?? "utf-8", ...read?.isWhole && { text: read.text } };
}

async function save(c: AppRequest, { source }: NamedSource, view: EditView): Promise<void> {
  const { path, etag, encoding, lineEnds } = view;
  const { signal } = c.req.raw;
  const text = lineEnds === "crlf" ? view.text.replaceAll("\n", "\r\n") : view.text;
  const body = toFileBody(text, encoding);
  const file = await source.stat(path, { signal });
  if (!file && etag !== "") throw new FileNotFoundError(`Cannot save "${path}": it was deleted`);
  // Also known where the store ignores the condition.
  if (file && etag !== "" && file.etag !== etag) {
    throw new PreconditionFailedError(`Cannot save "${path}": it was changed`);
  }
  // These describe the bytes that are replaced.
  const { [UPLOAD_ID]: _, [OWN_DATE]: __, sha256: ___, ...metadata } = file?.metadata ?? {};
  const facts = {
    contentType: file?.contentType ?? `text/plain; charset=${encoding}`,
    metadata: { ...metadata, ...uploaderMetadata(c) },
    signal,
  };
  const condition = etag === "" ? { ifNoneMatch: "*" as const } : { ifMatch: etag };
  await writeGuarded(
    source,
    { path, condition, signal },
    (condition) => source.upload(path, body, { ...facts, ...condition }),
  );
}

function lineEndsOf(text: string): EditView["lineEnds"] {
  return /\r\n/.test(text) && !/[^\r]\n/.test(text) ? "crlf" : "lf";
}
