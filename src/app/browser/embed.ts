import { FILES_URL } from "../urls.ts";
import { joinModules } from "./join_modules.ts";

/** The modules of the pages' script by name, without comments. */
const MODULES: ReadonlyMap<string, string> = new Map(
  await Promise.all(
    Object.entries({
      "actions.js": () => import("./actions.js", { with: { type: "text" } }),
      "api.js": () => import("./api.js", { with: { type: "text" } }),
      "app.js": () => import("./app.js", { with: { type: "text" } }),
      "archive.js": () => import("./archive.js", { with: { type: "text" } }),
      "attempts.js": () => import("./attempts.js", { with: { type: "text" } }),
      "banner.js": () => import("./banner.js", { with: { type: "text" } }),
      "cell_order.js": () => import("./cell_order.js", { with: { type: "text" } }),
      "choose_files.js": () => import("./choose_files.js", { with: { type: "text" } }),
      "clipboard.js": () => import("./clipboard.js", { with: { type: "text" } }),
      "collision.js": () => import("./collision.js", { with: { type: "text" } }),
      "data_table.js": () => import("./data_table.js", { with: { type: "text" } }),
      "dialogs.js": () => import("./dialogs.js", { with: { type: "text" } }),
      "dom.js": () => import("./dom.js", { with: { type: "text" } }),
      "drag_rows.js": () => import("./drag_rows.js", { with: { type: "text" } }),
      "drop.js": () => import("./drop.js", { with: { type: "text" } }),
      "dropped_files.js": () => import("./dropped_files.js", { with: { type: "text" } }),
      "editor.js": () => import("./editor.js", { with: { type: "text" } }),
      "empty_folders.js": () => import("./empty_folders.js", { with: { type: "text" } }),
      "ending_hint.js": () => import("./ending_hint.js", { with: { type: "text" } }),
      "file_page.js": () => import("./file_page.js", { with: { type: "text" } }),
      "folder_chooser.js": () => import("./folder_chooser.js", { with: { type: "text" } }),
      "folder_lists.js": () => import("./folder_lists.js", { with: { type: "text" } }),
      "folder_size.js": () => import("./folder_size.js", { with: { type: "text" } }),
      "format.js": () => import("./format.js", { with: { type: "text" } }),
      "icons.js": () => import("./icons.js", { with: { type: "text" } }),
      "key_help.js": () => import("./key_help.js", { with: { type: "text" } }),
      "keys.js": () => import("./keys.js", { with: { type: "text" } }),
      "layout.js": () => import("./layout.js", { with: { type: "text" } }),
      "local_time.js": () => import("./local_time.js", { with: { type: "text" } }),
      "media.js": () => import("./media.js", { with: { type: "text" } }),
      "menus.js": () => import("./menus.js", { with: { type: "text" } }),
      "move_rules.js": () => import("./move_rules.js", { with: { type: "text" } }),
      "new_folder_field.js": () => import("./new_folder_field.js", { with: { type: "text" } }),
      "note.js": () => import("./note.js", { with: { type: "text" } }),
      "pager.js": () => import("./pager.js", { with: { type: "text" } }),
      "parts.js": () => import("./parts.js", { with: { type: "text" } }),
      "places.js": () => import("./places.js", { with: { type: "text" } }),
      "queue.js": () => import("./queue.js", { with: { type: "text" } }),
      "reach.js": () => import("./reach.js", { with: { type: "text" } }),
      "recent.js": () => import("./recent.js", { with: { type: "text" } }),
      "recent_folders.js": () => import("./recent_folders.js", { with: { type: "text" } }),
      "relocate.js": () => import("./relocate.js", { with: { type: "text" } }),
      "rename.js": () => import("./rename.js", { with: { type: "text" } }),
      "row_moves.js": () => import("./row_moves.js", { with: { type: "text" } }),
      "row_order.js": () => import("./row_order.js", { with: { type: "text" } }),
      "rows.js": () => import("./rows.js", { with: { type: "text" } }),
      "search_more.js": () => import("./search_more.js", { with: { type: "text" } }),
      "select_all.js": () => import("./select_all.js", { with: { type: "text" } }),
      "send.js": () => import("./send.js", { with: { type: "text" } }),
      "sorting.js": () => import("./sorting.js", { with: { type: "text" } }),
      "start_uploads.js": () => import("./start_uploads.js", { with: { type: "text" } }),
      "steps.js": () => import("./steps.js", { with: { type: "text" } }),
      "table.js": () => import("./table.js", { with: { type: "text" } }),
      "text_encoding.js": () => import("./text_encoding.js", { with: { type: "text" } }),
      "thumbnails.js": () => import("./thumbnails.js", { with: { type: "text" } }),
      "transfer_rate.js": () => import("./transfer_rate.js", { with: { type: "text" } }),
      "transfers.js": () => import("./transfers.js", { with: { type: "text" } }),
      "tray.js": () => import("./tray.js", { with: { type: "text" } }),
      "unfinished.js": () => import("./unfinished.js", { with: { type: "text" } }),
      "upload.js": () => import("./upload.js", { with: { type: "text" } }),
      "upload_parts.js": () => import("./upload_parts.js", { with: { type: "text" } }),
      "upload_progress.js": () => import("./upload_progress.js", { with: { type: "text" } }),
    }).map(async ([name, load]) => [name, withoutComments(await embeddedText(name, load))] as const),
  ),
);

/** What browsers get of them by name. */
export const SCRIPTS: ReadonlyMap<string, string> = joinModules(MODULES, [
  // Every page has it.
  "app.js",
  "actions.js",
  "file_page.js",
  "collision.js",
  "relocate.js",
  "start_uploads.js",
  "data_table.js",
]);

/** Start of their URLs. It changes with any module, so browsers can cache them forever and never mix two releases. */
export const SCRIPTS_URL = `${FILES_URL}/-/static/${versionOf([...SCRIPTS.values()].join(""))}`;

/** The URL of a module. Every page loads `app.js`. */
export const scriptUrl = (name: string): string => `${SCRIPTS_URL}/${name}`;

/** Removes comments on lines of their own, and indentation: half of the bytes. No module has a multi-line string. */
function withoutComments(text: string): string {
  return text.replace(/^\s*\/\*\*[^]*?\*\/\n/gm, "").replace(/^\s*\/\/.*\n/gm, "").replace(/^\s+/gm, "");
}

function versionOf(text: string): string {
  let hash = 0;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash, 31) + text.charCodeAt(at) | 0;
  return (hash >>> 0).toString(36);
}

/**
 * The text of a file in this folder. A text import makes it part of the module graph, on JSR too, and of bundles; Node
 * needs a flag for that (https://nodejs.org/api/esm.html#text-modules), so there it is read.
 *
 * @param load `() => import("./NAME", { with: { type: "text" } })`, which tools understand only as a literal.
 */
export async function embeddedText(name: string, load: () => Promise<{ readonly default: string }>): Promise<string> {
  try {
    return (await load()).default;
  } catch (error) {
    const { process }: { process?: NodeProcess } = globalThis;
    const files = process?.getBuiltinModule?.("node:fs");
    if (files === undefined) throw error;
    return files.readFileSync(new URL(`./${name}`, import.meta.url), "utf8");
  }
}

interface NodeProcess {
  getBuiltinModule?(name: "node:fs"): { readFileSync(url: URL, encoding: "utf8"): string };
}
