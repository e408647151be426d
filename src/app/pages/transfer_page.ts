import { html } from "hono/html";
import { AccessDeniedError } from "../../errors.ts";
import { baseName, pathProblem, toPrefix } from "../../s3/keys.ts";
import { countOf, folderOf, formatName } from "../browser/format.js";
import { mayBrowse } from "../allowed_actions.ts";
import { type AppContext, type AppRequest, dropAction, type FilesHono, noteAction, sourceNameOf } from "../context.ts";
import type { Failure } from "../failure.ts";
import { listFolder } from "../files/list_folder.ts";
import { readForm } from "../http/body.ts";
import { readerOf } from "../http/reader_language.ts";
import type { NamedSource } from "../permissions/background_facts.ts";
import { folderUrl, readQuery } from "../urls.ts";
import { collisionNote } from "./collision_note.ts";
import { pathFields, pathList } from "./delete_page.ts";
import { icon } from "./icons.ts";
import { type Markup, type OptionalMarkup, page } from "./page.ts";
import { queryPaths, type Selection, selectionOf } from "./place.ts";
import { openForTransfer, runTransfers } from "./run_transfers.ts";
import { FORM_ROUTE, formUrl } from "./urls.ts";

interface TransferView extends Selection {
  readonly action: "move" | "copy";
  /** The folder they go to, as it was typed. */
  readonly to: string;
  /** The new name of a single one that can have another. */
  readonly name?: string | undefined;
  /** The folders in that folder, as far as they may be listed. */
  readonly folders: readonly string[];
  /** Why it was not done. */
  readonly failure?: Failure;
}

/** Asks for a folder, then moves or copies. */
export function addTransferPages(app: FilesHono, context: AppContext): void {
  for (const action of ["move", "copy"] as const) {
    app.get(`${FORM_ROUTE}/${action}`, async (c) => {
      const named = openForTransfer(c, context, action);
      const selection = selectionOf(c, context, { named, paths: queryPaths(c) });
      const to = readQuery(c.req.url).get("to") ?? selection.folder;
      return c.html(await transferPage(c, context, { named, view: { ...selection, action, to } }));
    });

    app.post(`${FORM_ROUTE}/${action}`, async (c) => {
      noteAction(c, { action, source: sourceNameOf(c) });
      const named = openForTransfer(c, context, action);
      const form = await readForm(c, context);
      const selection = selectionOf(c, context, { named, paths: form.all("path") });
      const browsed = form.get("browse");
      const to = browsed ?? form.get("to") ?? selection.folder;
      const view = { ...selection, action, to, name: form.get("name") };
      // A folder's page only sends the selected paths.
      if (form.get("confirmed") === undefined || browsed !== undefined) {
        dropAction(c);
        return c.html(await transferPage(c, context, { named, view }));
      }
      const { paths } = selection;
      const [first = ""] = paths;
      const targetOf = (from: string) =>
        toPrefix(to) + (paths.length === 1 && view.name || baseName(from)) + (from.endsWith("/") ? "/" : "");
      noteAction(c, { paths, to: paths.length === 1 ? targetOf(first) : to });
      return await runTransfers(c, context, {
        named,
        selection,
        action,
        targetOf,
        overwrite: form.get("overwrite") !== undefined,
        // With another name it may be possible.
        askAgain: (failure) =>
          transferPage(c, context, { named, view: { ...view, name: view.name ?? baseName(first), failure } }),
      });
    });
  }
}

type AskedView = Omit<TransferView, "folders">;

async function transferPage(
  c: AppRequest,
  context: AppContext,
  { named, view }: { named: NamedSource; view: AskedView },
): Promise<Markup> {
  const [first = ""] = view.paths;
  const isOne = view.paths.length === 1;
  // A copy can lie beside its original.
  const name = view.name ?? (isOne && view.action === "copy" ? baseName(first) : undefined);
  const folders = await foldersIn(c, context, { named, folder: toPrefix(view.to) });
  return transferForm(context, { ...view, name: isOne ? name : undefined, folders });
}

/** The first folders in a folder; none that the visitor or the credentials may not list. */
async function foldersIn(
  c: AppRequest,
  context: AppContext,
  { named: { name, source }, folder }: { named: NamedSource; folder: string },
): Promise<readonly string[]> {
  if (!mayBrowse(c, context, name) || pathProblem(folder) !== undefined) return [];
  try {
    const order = { sort: "name", order: "asc", byName: readerOf(c).byName } as const;
    return (await listFolder(source, { folder, ...order, limit: MAX_LISTED, signal: c.req.raw.signal })).folders;
  } catch (error) {
    if (error instanceof AccessDeniedError) return [];
    throw error;
  }
}

const MAX_LISTED = 1_000;

function transferForm(context: AppContext, view: TransferView): Markup {
  const { source, folder, paths, action, to, name, failure, allowed } = view;
  const isOne = paths.length === 1;
  const verb = action === "move" ? "Move" : "Copy";
  const what = isOne ? formatName(paths[0] ?? "") : countOf(paths);
  return page(context, {
    heading: `${verb} ${what}`,
    place: view,
    content: html`
      <form class="sheet" method="post" action="${formUrl(source, action)}">
        <h1>${verb} ${isOne ? html`“<bdi>${what}</bdi>”` : what} to a folder</h1>
        ${collisionNote(failure)}
        ${isOne ? "" : pathList(paths)}
        ${name === undefined
          ? ""
          : html`<label>Name <input name="name" value="${name}" required autocomplete="off" spellcheck="false"></label>`}
        <label>Folder <input name="to" value="${to}" placeholder="Top folder" autofocus autocomplete="off" spellcheck="false"></label>
        <p class="hint">A folder in the same source. It is created if it does not exist.</p>
        ${allowed.edit
          ? html`<label class="check"><input type="checkbox" name="overwrite" value="1">Replace existing files</label>`
          : ""}
        ${pathFields(paths)}
        <div class="choice">
          <a class="button" href="${folderUrl(source, folder)}">Cancel</a>
          <button class="primary">${verb}</button>
        </div>
        ${folderButtons(view)}
      </form>
    `,
  });
}

/** They send the form, as an address with all the paths could be too long. After the button that moves, which is Enter's. */
function folderButtons({ source, paths, to, folders }: TransferView): OptionalMarkup {
  const opened = toPrefix(to);
  const choices = folders.filter((path) => !paths.includes(path));
  if (choices.length === 0 && opened === "") return "";
  const item = (path: string, label: string) =>
    html`<li><button name="browse" value="${path}" formnovalidate>${icon("folder")}<bdi>${label}</bdi></button></li>`;
  return html`
    <section>
      <h2>Folders in “<bdi>${opened === "" ? source : formatName(opened)}</bdi>”</h2>
      <ul class="folders">
        ${opened === "" ? "" : item(folderOf(opened), "Up")}
        ${choices.map((path) => item(path, formatName(path)))}
      </ul>
    </section>
  `;
}
