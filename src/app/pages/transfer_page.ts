import { html } from "hono/html";
import { baseName, toPrefix } from "../../s3/keys.ts";
import { countOf, folderOf, formatName } from "../browser/format.js";
import { mayBrowse, openSource, sourceOf } from "../allowed_actions.ts";
import { type AppContext, type AppRequest, dropAction, type FilesHono, noteAction, sourceNameOf } from "../context.ts";
import { failureOf } from "../failure.ts";
import { type PathFailure, problemOf, summarizeFailures } from "../files/path_failure.ts";
import { copyPath, movePath } from "../files/transfer.ts";
import { type FormFields, readForm } from "../http/body.ts";
import type { NamedSource } from "../permissions/background_facts.ts";
import { folderUrl } from "../urls.ts";
import { pathFields, pathList } from "./delete_page.ts";
import { failuresPage } from "./failures_page.ts";
import { errorNote, type Markup, page } from "./page.ts";
import { queryPaths, type Selection, selectionOf } from "./place.ts";
import { FORM_ROUTE, formUrl } from "./urls.ts";

interface TransferView extends Selection {
  readonly action: "move" | "copy";
  /** The new path of a single file or folder, the new folder of several. */
  readonly to: string;
  /** Why it was not done. */
  readonly error?: string;
}

/** Asks for a new path or folder, then moves, renames or copies. */
export function addTransferPages(app: FilesHono, context: AppContext): void {
  for (const action of ["move", "copy"] as const) {
    app.get(`${FORM_ROUTE}/${action}`, (c) => {
      const named = openFor(c, context, action);
      return c.html(transferPage(context, viewOf(c, context, { named, paths: queryPaths(c), action })));
    });

    app.post(`${FORM_ROUTE}/${action}`, async (c) => {
      noteAction(c, { action, source: sourceNameOf(c) });
      const named = openFor(c, context, action);
      const form = await readForm(c, context);
      const view = viewOf(c, context, { named, paths: form.all("path"), action });
      // A folder's page only sends the selected paths.
      if (form.get("confirmed") === undefined) {
        dropAction(c);
        return c.html(transferPage(context, view));
      }
      return await transferAll(c, context, { named, view, form });
    });
  }
}

function transferPage(context: AppContext, view: TransferView): Markup {
  const { source, folder, paths, action, to, error, allowed } = view;
  const [first = ""] = paths;
  const isOne = paths.length === 1;
  const verb = action === "move" ? (isOne ? "Move or rename" : "Move") : "Copy";
  const name = isOne ? formatName(first) : countOf(paths);
  return page(context, {
    heading: `${verb} ${name}`,
    place: view,
    content: html`
      <form class="sheet" method="post" action="${formUrl(source, action)}">
        <h1>${verb} ${isOne ? html`“<bdi>${name}</bdi>”` : name}</h1>
        ${errorNote(error)}
        ${isOne ? "" : pathList(paths)}
        <label>${isOne ? "New path" : "Folder"} <input name="to" value="${to}" ${isOne
          ? html`required`
          : html`placeholder="Top folder"`} autofocus autocomplete="off" spellcheck="false"></label>
        <p class="hint">${isOne
          ? "A path in the same source. Missing folders are created."
          : "A folder in the same source. It is created if it does not exist."}</p>
        ${allowed.edit
          ? html`<label class="check"><input type="checkbox" name="overwrite" value="1">Replace existing files</label>`
          : ""}
        ${pathFields(paths)}
        <div class="choice">
          <a class="button" href="${folderUrl(source, folder)}">Cancel</a>
          <button class="primary">${action === "move" ? "Move" : "Copy"}</button>
        </div>
      </form>
    `,
  });
}

function openFor(c: AppRequest, context: AppContext, action: "move" | "copy"): NamedSource {
  const [first, second] = action === "copy"
    ? ["files-browse", "files-upload"] as const
    : ["files-edit", "files-delete"] as const;
  return openSource(c, context, { name: sourceOf(c, context, first).name, action: second });
}

function viewOf(
  c: AppRequest,
  context: AppContext,
  { named, paths, action }: { named: NamedSource; paths: readonly string[]; action: "move" | "copy" },
): TransferView {
  const selection = selectionOf(c, context, { named, paths });
  const [first = ""] = paths;
  return { ...selection, action, to: paths.length === 1 ? first : selection.folder };
}

async function transferAll(
  c: AppRequest,
  context: AppContext,
  { named, view, form }: { named: NamedSource; view: TransferView; form: FormFields },
): Promise<Response> {
  const { paths, action } = view;
  const { signal } = c.req.raw;
  const overwrite = form.get("overwrite") !== undefined;
  noteAction(c, { paths, to: form.get("to") ?? "" });
  if (overwrite) openSource(c, context, { name: named.name, action: "files-edit" });
  const to = form.get("to") ?? "";
  const isOne = paths.length === 1;
  const transfer = action === "move" ? movePath : copyPath;
  const errors: PathFailure[] = [];
  let done = 0;
  for (const from of paths) {
    try {
      const result = await transfer(named.source, { from, to: targetOf(from, { to, isOne }), overwrite, signal });
      errors.push(...result.errors);
      if (result.errors.length === 0) done++;
    } catch (error) {
      const { status, message } = failureOf(error);
      if (status >= 500) throw error;
      noteAction(c, { problem: message });
      if (isOne) return await c.html(transferPage(context, { ...view, to, error: message }), status);
      errors.push({ path: from, message });
    }
  }
  const folder = isOne ? folderOf(targetOf(paths[0] ?? "", { to, isOne })) : toPrefix(to);
  if (errors.length === 0) return c.redirect(folderUrl(named.name, folder), 303);
  noteAction(c, { problem: problemOf(errors) });
  const verb = action === "move" ? "moved" : "copied";
  const failures = {
    heading: `Not everything was ${verb}`,
    summary: `${done} of ${paths.length} ${verb}. These were not:`,
    errors: mayBrowse(c, context, named.name) ? errors : summarizeFailures(paths, errors),
  };
  return await c.html(failuresPage(context, view, failures), 409);
}

/** The new path of a single file or folder, or one below the folder that was given. */
function targetOf(from: string, { to, isOne }: { to: string; isOne: boolean }): string {
  if (!isOne) return toPrefix(to) + baseName(from) + (from.endsWith("/") ? "/" : "");
  if (from.endsWith("/")) return toPrefix(to);
  return to.endsWith("/") ? to + baseName(from) : to;
}
