import { html } from "hono/html";
import type { AppContext } from "../context.ts";
import { fileUrl, formUrl } from "./urls.ts";
import { breadcrumbs } from "./breadcrumbs.ts";
import { formatName } from "./format.ts";
import { type Markup, page, type Place } from "./page.ts";

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
