import { html } from "hono/html";
import type { AppContext } from "../context.ts";
import { formUrl } from "./urls.ts";
import { folderUrl } from "../urls.ts";
import { breadcrumbs } from "./breadcrumbs.ts";
import { type Markup, page, type Place } from "./page.ts";

/** Asks for the name of a new folder. */
export function newFolderPage(
  context: AppContext,
  place: Place,
  { name = "", error }: { name?: string; error?: string } = {},
): Markup {
  const { source, folder } = place;
  return page(context, {
    kind: "form",
    heading: "New folder",
    place,
    breadcrumbs: breadcrumbs(place, folder),
    content: html`
      <form class="sheet" method="post" action="${formUrl(source, "folder", { folder })}">
        <h1>New folder</h1>
        ${error === undefined ? "" : html`<p class="error" role="alert">${error}</p>`}
        <label>Name <input name="name" value="${name}" required autofocus autocomplete="off" spellcheck="false"></label>
        <div class="choice">
          <a class="button" href="${folderUrl(source, folder)}">Cancel</a>
          <button class="primary">Create</button>
        </div>
      </form>
    `,
  });
}
