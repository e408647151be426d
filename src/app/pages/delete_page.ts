import { html } from "hono/html";
import { countOf, formatName } from "../browser/format.js";
import { mayBrowse, sourceOf } from "../allowed_actions.ts";
import { type AppContext, dropAction, type FilesHono, noteAction, sourceNameOf } from "../context.ts";
import { deletePaths } from "../files/delete.ts";
import { problemOf, summarizeFailures } from "../files/path_failure.ts";
import { readForm } from "../http/body.ts";
import { folderUrl } from "../urls.ts";
import { failuresPage } from "./failures_page.ts";
import { type Markup, page } from "./page.ts";
import { queryPaths, type Selection, selectionOf } from "./place.ts";
import { FORM_ROUTE, formUrl } from "./urls.ts";

/** Asks before it deletes files and folders. */
export function addDeletePage(app: FilesHono, context: AppContext): void {
  app.get(`${FORM_ROUTE}/delete`, (c) => {
    const named = sourceOf(c, context, "files-delete");
    return c.html(deletePage(context, selectionOf(c, context, { named, paths: queryPaths(c) })));
  });

  app.post(`${FORM_ROUTE}/delete`, async (c) => {
    noteAction(c, { action: "delete", source: sourceNameOf(c) });
    const named = sourceOf(c, context, "files-delete");
    const form = await readForm(c, context);
    const selection = selectionOf(c, context, { named, paths: form.all("path") });
    // A folder's page only sends the selected paths.
    if (form.get("confirmed") === undefined) {
      dropAction(c);
      return c.html(deletePage(context, selection));
    }
    const { paths, folder } = selection;
    noteAction(c, { paths });
    const { deleted, errors } = await deletePaths(named.source, paths, c.req.raw.signal);
    if (errors.length === 0) return c.redirect(folderUrl(named.name, folder), 303);
    noteAction(c, { problem: problemOf(errors) });
    const failures = {
      heading: "Not everything was deleted",
      summary: `${deleted.length} of ${paths.length} deleted. These were not:`,
      errors: mayBrowse(c, context, named.name) ? errors : summarizeFailures(paths, errors),
    };
    return c.html(failuresPage(context, selection, failures), 409);
  });
}

function deletePage(context: AppContext, selection: Selection): Markup {
  const { source, folder, paths } = selection;
  const [first = ""] = paths;
  const question = paths.length > 1 ? html`Delete ${countOf(paths)}?` : html`Delete “<bdi>${formatName(first)}</bdi>”?`;
  const hasFolder = paths.some((path) => path.endsWith("/"));
  return page(context, {
    heading: paths.length > 1 ? `Delete ${countOf(paths)}` : `Delete ${formatName(first)}`,
    place: selection,
    content: html`
      <form class="sheet" method="post" action="${formUrl(source, "delete")}">
        <h1>${question}</h1>
        <p>${hasFolder ? "A folder is deleted with everything in it. " : ""}This cannot be undone here.</p>
        ${pathList(paths)}
        ${pathFields(paths)}
        <div class="choice">
          <a class="button" href="${folderUrl(source, folder)}" autofocus>Keep</a>
          <button class="danger">Delete</button>
        </div>
      </form>
    `,
  });
}

/** The first of the paths. */
export function pathList(paths: readonly string[]): Markup {
  const more = paths.length - MAX_SHOWN;
  return html`
    <ul class="paths">
      ${paths.slice(0, MAX_SHOWN).map((path) => html`<li><bdi>${path}</bdi></li>`)}
      ${more > 0 ? html`<li>and ${more} more</li>` : ""}
    </ul>
  `;
}

/** The hidden fields of a form that is about these paths. */
export function pathFields(paths: readonly string[]): Markup {
  return html`
    ${paths.map((path) => html`<input type="hidden" name="path" value="${path}">`)}
    <input type="hidden" name="confirmed" value="1">
  `;
}

const MAX_SHOWN = 10;
