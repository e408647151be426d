import { html } from "hono/html";
import { FileNotFoundError, PreconditionFailedError } from "../../errors.ts";
import type { FileInfo } from "../../types/files.ts";
import { UPLOAD_ID, uploaderMetadata } from "../api/records.ts";
import { type AppContext, type AppRequest, type FilesHono, openSource, sourceOf } from "../context.ts";
import { failureOf, RequestRefusal } from "../failure.ts";
import { assertNewFile } from "../files/new_path.ts";
import { readForm } from "../http/body.ts";
import type { NamedSource } from "../permissions/background_facts.ts";
import { folderOf } from "../browser/format.js";
import { readQuery } from "../urls.ts";
import { breadcrumbs } from "./breadcrumbs.ts";
import { formatName } from "./format.ts";
import { type Markup, page, type Place } from "./page.ts";
import { placeOf } from "./place.ts";
import { readFileText } from "./previews/file_text.ts";
import { fileUrl, FORM_ROUTE, formUrl } from "./urls.ts";

/** A text that is being changed. */
export interface EditView extends Place {
  /** Of the file. */
  readonly path: string;
  /** The text as its author has it now. */
  readonly text: string;
  /** What the file must still be to be replaced; empty if it must not exist. */
  readonly etag: string;
  /** What ends its lines: browsers send forms with CRLF, whatever the file had. */
  readonly lineEnds: LineEnds;
  /** Why it was not saved. */
  readonly error?: string;
}

/** What ends the lines of a text. */
export type LineEnds = "lf" | "crlf";

/** Changes a text. */
export function editPage(context: AppContext, view: EditView): Markup {
  const { error } = view;
  return around(
    context,
    view,
    html`
      <section class="editing">
        <h1>Edit “<bdi>${formatName(view.path)}</bdi>”</h1>
        ${error === undefined ? "" : html`<p class="error" role="alert">${error}</p>`}
        ${editor(view, { label: "Text", save: "Save" })}
      </section>
    `,
  );
}

/** Shows both versions of a text that someone else changed meanwhile. Nothing of either is lost. */
export function conflictPage(context: AppContext, view: EditView, theirs: string | undefined): Markup {
  return around(
    context,
    view,
    html`
      <section class="editing">
        <h1>Someone else has changed “<bdi>${formatName(view.path)}</bdi>”</h1>
        <p class="hint">Nothing was saved yet. ${theirs === undefined
          ? "The file was deleted, or can no longer be shown as text."
          : "Take what you need from their version, then save yours, or keep theirs."}</p>
        <div class="versions">
          ${editor(view, { label: "Your version", save: "Save mine over theirs" })}
          <label>Their version<textarea readonly>${initial(theirs ?? "")}</textarea></label>
        </div>
      </section>
    `,
  );
}

function around(context: AppContext, view: EditView, content: Markup): Markup {
  const heading = `Edit ${formatName(view.path)}`;
  return page(context, { kind: "file", heading, place: view, breadcrumbs: breadcrumbs(view, view.path), content });
}

function editor(
  { source, path, text, etag, lineEnds }: EditView,
  { label, save }: { label: string; save: string },
): Markup {
  return html`
    <form id="editor" method="post" action="${formUrl(source, "edit")}" data-path="${path}" data-etag="${etag}">
      <label>${label}<textarea name="text" autofocus spellcheck="false" autocomplete="off">${initial(
        text,
      )}</textarea></label>
      <input type="hidden" name="path" value="${path}">
      <input type="hidden" name="etag" value="${etag}">
      <input type="hidden" name="line_ends" value="${lineEnds}">
      <div class="choice">
        <output id="saved"></output>
        <a class="button" href="${fileUrl(source, path)}">Discard my changes</a>
        <button class="primary">${save}</button>
      </div>
    </form>
  `;
}

/** HTML drops a line break at the beginning of `<textarea>`. */
function initial(text: string): string {
  return `\n${text}`;
}

/** Changing a text, for browsers that run no script. */
export function pageEdits(app: FilesHono, context: AppContext): void {
  app.get(`${FORM_ROUTE}/edit`, async (c) => {
    const named = openForEditing(c, context);
    const path = readQuery(c.req.url).get("path") ?? "";
    const current = await readCurrent(c, named, path);
    if (current?.text === undefined) throw notEditable(current?.file);
    const lineEnds = lineEndsOf(current.text);
    const { text, file: { etag = "" } } = current;
    return c.html(editPage(context, { ...placeAt(c, context, { named, path }), path, text, etag, lineEnds }));
  });

  app.post(`${FORM_ROUTE}/edit`, async (c) => {
    const named = openForEditing(c, context);
    const form = await readForm(c, context);
    const view: EditView = {
      ...placeAt(c, context, { named, path: form.get("path") ?? "" }),
      path: form.get("path") ?? "",
      text: (form.get("text") ?? "").replaceAll("\r\n", "\n"),
      etag: form.get("etag") ?? "",
      lineEnds: form.get("line_ends") === "crlf" ? "crlf" : "lf",
    };
    // What was deleted meanwhile is a new file.
    if (view.etag === "") sourceOf(c, context, "files-upload");
    try {
      assertNewFile(view.path);
      await save(c, named, view);
    } catch (error) {
      if (error instanceof PreconditionFailedError || error instanceof FileNotFoundError) {
        return await answerConflict(c, context, { named, view });
      }
      // Whatever happened, the text goes back to its author.
      const { status, message } = failureOf(error);
      return c.html(editPage(context, { ...view, error: `${message} Your text was not saved; it is below.` }), status);
    }
    return c.redirect(fileUrl(named.name, view.path), 303);
  });
}

/** An editor shows what the file contains, and in a conflict what it contains by then. */
function openForEditing(c: AppRequest, context: AppContext): NamedSource {
  const { name } = sourceOf(c, context, "files-browse");
  return openSource(c, context, { name, action: "files-edit" });
}

function placeAt(c: AppRequest, context: AppContext, { named, path }: { named: NamedSource; path: string }) {
  return placeOf(c, context, { named, folder: folderOf(path) });
}

/** A file and its text, both of the same moment; `undefined` if there is no such file. */
async function readCurrent(
  c: AppRequest,
  { source }: NamedSource,
  path: string,
): Promise<{ file: FileInfo; text?: string } | undefined> {
  const { signal } = c.req.raw;
  const file = await source.stat(path, { signal });
  if (!file) return undefined;
  const read = await readFileText(source, file, signal);
  return { file, ...read?.isWhole && { text: read.text } };
}

async function save(c: AppRequest, { source }: NamedSource, view: EditView): Promise<void> {
  const { path, etag, lineEnds } = view;
  const { signal } = c.req.raw;
  const text = lineEnds === "crlf" ? view.text.replaceAll("\n", "\r\n") : view.text;
  const file = await source.stat(path, { signal });
  if (!file && etag !== "") throw new FileNotFoundError(`Cannot save "${path}": it was deleted`);
  // The upload is no longer what is there, and the digest is of other bytes.
  const { [UPLOAD_ID]: _, sha256: __, ...metadata } = file?.metadata ?? {};
  await source.upload(path, text, {
    contentType: file?.contentType ?? "text/plain; charset=utf-8",
    metadata: { ...metadata, ...uploaderMetadata(c) },
    ...etag === "" ? { ifNoneMatch: "*" } : { ifMatch: etag },
    signal,
  });
}

async function answerConflict(
  c: AppRequest,
  context: AppContext,
  { named, view }: { named: NamedSource; view: EditView },
): Promise<Response> {
  const current = await readCurrent(c, named, view.path);
  const etag = current?.file.etag ?? "";
  return await c.html(conflictPage(context, { ...view, etag }, current?.text), 412);
}

function lineEndsOf(text: string): LineEnds {
  return /\r\n/.test(text) && !/[^\r]\n/.test(text) ? "crlf" : "lf";
}

function notEditable(file: FileInfo | undefined): RequestRefusal {
  if (!file) return new RequestRefusal(404, "There is no such file.");
  return new RequestRefusal(413, "This file is too large to edit here, or is no text.");
}
