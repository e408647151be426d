import { html } from "hono/html";
import { baseName } from "../../s3/keys.ts";
import { folderOf, formatName } from "../browser/format.js";
import { type AppContext, dropAction, type FilesHono, noteAction, sourceNameOf } from "../context.ts";
import { type Failure, RequestRefusal } from "../failure.ts";
import { readForm } from "../http/body.ts";
import { folderUrl } from "../urls.ts";
import { collisionNote } from "./collision_note.ts";
import { pathFields } from "./delete_page.ts";
import { type Markup, page } from "./page.ts";
import { queryPaths, type Selection, selectionOf } from "./place.ts";
import { openForTransfer, runTransfers } from "./run_transfers.ts";
import { FORM_ROUTE, formUrl } from "./urls.ts";

interface RenameView extends Selection {
  /** The new name, as far as it was typed. */
  readonly name: string;
  /** Why it was refused. */
  readonly failure?: Failure;
}

/** Asks for a new name, then renames a file or a folder. */
export function addRenamePage(app: FilesHono, context: AppContext): void {
  app.get(`${FORM_ROUTE}/rename`, (c) => {
    const named = openForTransfer(c, context, "move");
    return c.html(renamePage(context, viewOf(selectionOf(c, context, { named, paths: queryPaths(c) }))));
  });

  app.post(`${FORM_ROUTE}/rename`, async (c) => {
    noteAction(c, { action: "move", source: sourceNameOf(c) });
    const named = openForTransfer(c, context, "move");
    const form = await readForm(c, context);
    const view = viewOf(selectionOf(c, context, { named, paths: form.all("path") }), form.get("name"));
    // A folder's page only sends the selected path.
    if (form.get("confirmed") === undefined) {
      dropAction(c);
      return c.html(renamePage(context, view));
    }
    const targetOf = (from: string) => folderOf(from) + view.name + (from.endsWith("/") ? "/" : "");
    noteAction(c, { paths: view.paths, to: view.paths.map(targetOf).join() });
    if (view.name === baseName(view.paths[0] ?? "")) {
      dropAction(c);
      return c.redirect(folderUrl(named.name, view.folder), 303);
    }
    const problem = view.name === "" ? NO_NAME : view.name.includes("/") ? WITH_SLASH : undefined;
    if (problem !== undefined) return c.html(renamePage(context, { ...view, failure: problem }), 400);
    return await runTransfers(c, context, {
      named,
      selection: view,
      action: "move",
      targetOf,
      overwrite: false,
      askAgain: (failure) => renamePage(context, { ...view, failure }),
    });
  });
}

const NO_NAME = new RequestRefusal(400, "A name is needed.");
const WITH_SLASH = new RequestRefusal(400, "A name cannot have a “/”. To put this into another folder, move it.");

/** @throws {RequestRefusal} If several are selected. */
function viewOf(selection: Selection, name = baseName(selection.paths[0] ?? "")): RenameView {
  if (selection.paths.length === 1) return { ...selection, name };
  throw new RequestRefusal(400, "Only one file or folder at a time can be renamed. Go back and select one.");
}

function renamePage(context: AppContext, view: RenameView): Markup {
  const { source, folder, paths, name, failure } = view;
  const current = formatName(paths[0] ?? "");
  return page(context, {
    heading: `Rename ${current}`,
    place: view,
    content: html`
      <form class="sheet" method="post" action="${formUrl(source, "rename")}">
        <h1>Rename “<bdi>${current}</bdi>”</h1>
        ${collisionNote(failure)}
        <label>Name <input name="name" value="${name}" required autofocus autocomplete="off" spellcheck="false"></label>
        ${pathFields(paths)}
        <div class="choice">
          <a class="button" href="${folderUrl(source, folder)}">Cancel</a>
          <button class="primary">Rename</button>
        </div>
      </form>
    `,
  });
}
