import { html } from "hono/html";
import { baseName, toPrefix } from "../../s3/keys.ts";
import { type AppContext, type AppRequest, type FilesHono, mayBrowse, openSource, sourceOf } from "../context.ts";
import { failureOf } from "../failure.ts";
import { type PathFailure, summarizeFailures } from "../files/delete_tree.ts";
import { copyPath, movePath } from "../files/transfer.ts";
import { type FormFields, readForm } from "../http/body.ts";
import type { NamedSource } from "../permissions/background_facts.ts";
import { folderOf } from "../browser/format.js";
import { folderUrl } from "../urls.ts";
import { breadcrumbs } from "./breadcrumbs.ts";
import { countOf, pathList, type Selection } from "./delete_page.ts";
import { failuresPage } from "./failures_page.ts";
import { formatName } from "./format.ts";
import { type Markup, page } from "./page.ts";
import { queryPaths, selectionOf } from "./place.ts";
import { FORM_ROUTE, formUrl } from "./urls.ts";

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

/** Moving, renaming and copying, for browsers that run no script. */
export function pageTransfers(app: FilesHono, context: AppContext): void {
  for (const action of ["move", "copy"] as const) {
    app.get(`${FORM_ROUTE}/${action}`, (c) => {
      const named = openFor(c, context, action);
      return c.html(transferPage(context, viewOf(c, context, { named, paths: queryPaths(c), action })));
    });

    app.post(`${FORM_ROUTE}/${action}`, async (c) => {
      const named = openFor(c, context, action);
      const form = await readForm(c, context);
      const view = viewOf(c, context, { named, paths: form.all("path"), action });
      // From a folder's page, where paths were only chosen.
      if (form.get("confirmed") === undefined) return c.html(transferPage(context, view));
      return await transferAll(c, context, { named, view, form });
    });
  }
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
  const overwrite = form.get("overwrite") !== undefined;
  if (overwrite) openSource(c, context, { name: named.name, action: "files-edit" });
  const to = form.get("to") ?? "";
  const errors: PathFailure[] = [];
  let done = 0;
  for (const from of paths) {
    try {
      const options = {
        from,
        to: targetOf(from, { to, isOne: paths.length === 1 }),
        overwrite,
        signal: c.req.raw.signal,
      };
      const result = await (action === "move" ? movePath : copyPath)(named.source, options);
      errors.push(...result.errors);
      if (result.errors.length === 0) done++;
    } catch (error) {
      const { status, message } = failureOf(error);
      if (status >= 500) throw error;
      if (paths.length === 1) return await c.html(transferPage(context, { ...view, to, error: message }), status);
      errors.push({ path: from, message });
    }
  }
  const folder = paths.length === 1 ? folderOf(targetOf(paths[0] ?? "", { to, isOne: true })) : toPrefix(to);
  if (errors.length === 0) return c.redirect(folderUrl(named.name, folder), 303);
  const verb = action === "move" ? "moved" : "copied";
  const heading = `Not everything was ${verb}`;
  const summary = `${done} of ${paths.length} were ${verb}.`;
  const shown = mayBrowse(c, context, named.name) ? errors : summarizeFailures(paths, errors);
  return await c.html(failuresPage(context, view, { heading, summary, errors: shown }), 409);
}

/** Where one of the paths is to be: its new path, or below the folder that was given. */
function targetOf(from: string, { to, isOne }: { to: string; isOne: boolean }): string {
  if (!isOne) return toPrefix(to) + baseName(from) + (from.endsWith("/") ? "/" : "");
  if (from.endsWith("/")) return toPrefix(to);
  return to.endsWith("/") ? to + baseName(from) : to;
}
