import { html } from "hono/html";
import { sourceOf } from "../allowed_actions.ts";
import { type AppContext, type FilesHono, noteAction, sourceNameOf } from "../context.ts";
import { failureOf } from "../failure.ts";
import { createFolder } from "../files/new_folder.ts";
import { readForm } from "../http/body.ts";
import { folderUrl } from "../urls.ts";
import { errorNote, type Markup, page } from "./page.ts";
import { type Place, placeOf } from "./place.ts";
import { FORM_ROUTE, formUrl } from "./urls.ts";

/** Asks for a name and creates a folder. */
export function addNewFolderPage(app: FilesHono, context: AppContext): void {
  app.get(`${FORM_ROUTE}/folder`, (c) => {
    const named = sourceOf(c, context, "files-upload");
    return c.html(newFolderPage(context, placeOf(c, context, { named })));
  });

  app.post(`${FORM_ROUTE}/folder`, async (c) => {
    noteAction(c, { action: "folder", source: sourceNameOf(c) });
    const named = sourceOf(c, context, "files-upload");
    const place = placeOf(c, context, { named });
    const name = (await readForm(c, context)).get("name") ?? "";
    noteAction(c, { path: place.folder + name });
    try {
      await createFolder(named.source, name === "" ? "" : place.folder + name, c.req.raw.signal);
    } catch (error) {
      const { status, message } = failureOf(error);
      if (status >= 500) throw error;
      return c.html(newFolderPage(context, place, { name, error: message }), status);
    }
    return c.redirect(folderUrl(named.name, place.folder), 303);
  });
}

function newFolderPage(
  context: AppContext,
  place: Place,
  { name = "", error }: { name?: string; error?: string } = {},
): Markup {
  const { source, folder } = place;
  return page(context, {
    heading: "New folder",
    place,
    content: html`
      <form class="sheet" method="post" action="${formUrl(source, "folder", { folder })}">
        <h1>New folder</h1>
        ${errorNote(error)}
        <label>Name <input name="name" value="${name}" required autofocus autocomplete="off" spellcheck="false"></label>
        <div class="choice">
          <a class="button" href="${folderUrl(source, folder)}">Cancel</a>
          <button class="primary">Create</button>
        </div>
      </form>
    `,
  });
}
