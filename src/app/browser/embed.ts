import { FILES_URL } from "../urls.ts";

/** The modules of the pages' script by name, without comments. */
export const SCRIPTS: ReadonlyMap<string, string> = new Map(
  await Promise.all(
    Object.entries({
      "actions.js": () => import("./actions.js", { with: { type: "text" } }),
      "api.js": () => import("./api.js", { with: { type: "text" } }),
      "app.js": () => import("./app.js", { with: { type: "text" } }),
      "attempts.js": () => import("./attempts.js", { with: { type: "text" } }),
      "banner.js": () => import("./banner.js", { with: { type: "text" } }),
      "collision.js": () => import("./collision.js", { with: { type: "text" } }),
      "dialogs.js": () => import("./dialogs.js", { with: { type: "text" } }),
      "dom.js": () => import("./dom.js", { with: { type: "text" } }),
      "drop.js": () => import("./drop.js", { with: { type: "text" } }),
      "dropped_files.js": () => import("./dropped_files.js", { with: { type: "text" } }),
      "file_page.js": () => import("./file_page.js", { with: { type: "text" } }),
      "format.js": () => import("./format.js", { with: { type: "text" } }),
      "pager.js": () => import("./pager.js", { with: { type: "text" } }),
      "queue.js": () => import("./queue.js", { with: { type: "text" } }),
      "reach.js": () => import("./reach.js", { with: { type: "text" } }),
      "row_order.js": () => import("./row_order.js", { with: { type: "text" } }),
      "rows.js": () => import("./rows.js", { with: { type: "text" } }),
      "search_more.js": () => import("./search_more.js", { with: { type: "text" } }),
      "send.js": () => import("./send.js", { with: { type: "text" } }),
      "sorting.js": () => import("./sorting.js", { with: { type: "text" } }),
      "start_uploads.js": () => import("./start_uploads.js", { with: { type: "text" } }),
      "table.js": () => import("./table.js", { with: { type: "text" } }),
      "transfer_rate.js": () => import("./transfer_rate.js", { with: { type: "text" } }),
      "tray.js": () => import("./tray.js", { with: { type: "text" } }),
      "upload.js": () => import("./upload.js", { with: { type: "text" } }),
      "upload_parts.js": () => import("./upload_parts.js", { with: { type: "text" } }),
    }).map(async ([name, load]) => [name, withoutComments(await embeddedText(name, load))] as const),
  ),
);

/** Start of their URLs. It changes with any module, so browsers can cache them forever and never mix two releases. */
export const SCRIPTS_URL = `${FILES_URL}/-/static/${versionOf([...SCRIPTS.values()].join(""))}`;

/** The module that pages load. */
export const SCRIPT_URL = `${SCRIPTS_URL}/app.js`;

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
