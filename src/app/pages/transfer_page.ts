import { html } from "hono/html";
import type { AppContext } from "../context.ts";
import { formUrl } from "./urls.ts";
import { folderUrl } from "../urls.ts";
import { breadcrumbs } from "./breadcrumbs.ts";
import { countOf, pathList, type Selection } from "./delete_page.ts";
import { formatName } from "./format.ts";
import { type Markup, page } from "./page.ts";

/** What is to be moved or copied. */
export interface TransferView extends Selection {
  /** Which of the two. */
  readonly action: "move" | "copy";
  /** Where to: of one, its new path; of several, their new folder. */
  readonly to: string;
  /** Why it was not done. */
  readonly error?: string;
}

/** Asks where files are to go. */
export function transferPage(context: AppContext, view: TransferView): Markup {
  const { source, folder, paths, action, to, error, allowed } = view;
  const [first = ""] = paths;
  const isOne = paths.length === 1;
  const verb = action === "move" ? (isOne ? "Move or rename" : "Move") : "Copy";
  const name = isOne ? formatName(first) : countOf(paths);
  return page(context, {
    kind: "form",
    heading: `${verb} ${name}`,
    place: view,
    breadcrumbs: breadcrumbs(view, folder),
    content: html`
      <form class="sheet" method="post" action="${formUrl(source, action)}">
        <h1>${verb} ${isOne ? html`“<bdi>${name}</bdi>”` : name}</h1>
        ${error === undefined ? "" : html`<p class="error" role="alert">${error}</p>`}
        ${isOne ? "" : pathList(paths)}
        <label>${isOne ? "New path" : "Folder"} <input name="to" value="${to}" ${isOne
          ? html`required`
          : html`placeholder="The top of the source"`} autofocus autocomplete="off" spellcheck="false"></label>
        <p class="hint">${isOne
          ? "A path of the same source. Folders that do not exist are made."
          : "A folder of the same source. It is made if it does not exist."}</p>
        ${allowed.edit
          ? html`<label class="check"><input type="checkbox" name="overwrite" value="1">Replace what is there already</label>`
          : ""}
        ${paths.map((path) => html`<input type="hidden" name="path" value="${path}">`)}
        <input type="hidden" name="confirmed" value="1">
        <div class="choice">
          <a class="button" href="${folderUrl(source, folder)}">Cancel</a>
          <button class="primary">${action === "move" ? "Move" : "Copy"}</button>
        </div>
      </form>
    `,
  });
}
