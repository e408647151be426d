import { messageOf, post } from "./api.js";
import { ask, pathList, showFailures, showMessage } from "./dialogs.js";
import { bdi, folder, hideToast, make, sourceUrl, toast } from "./dom.js";
import { countOf, folderOf, formatName } from "./format.js";
import { folderName, insertRows, removeRows, rowOf, showFolder, table } from "./rows.js";

/** @typedef {{path: string, message: string}} PathFailure */

/** The name of a single path, else a count. @param {readonly string[]} paths */
export const nameOf = (paths) =>
  paths.length === 1 ? make("span", {}, "“", bdi(formatName(paths[0] ?? "")), "”") : countOf(paths);

/** Shows why an action failed. @param {() => Promise<void>} act */
async function attempt(act) {
  try {
    await act();
  } catch (error) {
    hideToast();
    await showMessage("This did not work", make("p", {}, messageOf(error)));
  }
}

/** Leaves the page of a file that was moved or deleted. @param {string} url */
export const leaveFile = (url) => table || location.assign(url);

/** The page of a folder. @param {string} path */
export const folderUrl = (path) => path ? `${sourceUrl}?folder=${encodeURIComponent(path)}` : sourceUrl;

/** Asks, then deletes. @param {readonly string[]} paths */
export async function remove(paths) {
  const hasFolder = paths.some((path) => path.endsWith("/"));
  const isConfirmed = await ask({
    title: make("span", {}, "Delete ", nameOf(paths), "?"),
    content: [
      make("p", {}, `${hasFolder ? "A folder is deleted with everything in it. " : ""}This cannot be undone here.`),
      pathList(paths),
    ],
    yes: "Delete",
    no: "Keep",
    style: "danger",
  });
  if (!isConfirmed) return;
  await attempt(async () => {
    /** @type {string[]} */
    const deleted = [];
    /** @type {PathFailure[]} */
    const errors = [];
    for (let at = 0; at < paths.length; at += PATHS_AT_A_TIME) {
      toast(`Deleting ${countOf(paths.slice(at))}`, { stays: true });
      /** @type {{deleted: string[], errors: PathFailure[]}} */
      const part = await post("delete", { paths: paths.slice(at, at + PATHS_AT_A_TIME) });
      removeRows(part.deleted);
      deleted.push(...part.deleted);
      errors.push(...part.errors);
    }
    toast(`${countOf(deleted)} deleted`);
    const summary = `${deleted.length} of ${paths.length} deleted. These were not:`;
    if (errors.length > 0) await showFailures("Not everything was deleted", summary, errors);
    else leaveFile(folderUrl(folderOf(paths[0] ?? "")));
  });
}

/** The server takes no more. */
const PATHS_AT_A_TIME = 1_000;

/** A field for a name. @param {string} value */
export const nameInput = (value) =>
  make("input", { value, required: true, pattern: "[^\\/]+", autocomplete: "off", title: "A name without “/”" });

/** Asks for a name until a folder can have it, then creates the folder. */
export async function newFolder() {
  const input = nameInput("");
  for (let problem = "";;) {
    const created = await ask({
      title: `New folder in “${folderName()}”`,
      content: [
        make("label", {}, "Name", input),
        ...problem ? [make("p", { class: "error", role: "alert" }, problem)] : [],
      ],
      yes: "Create",
      focus: input,
    });
    if (!created) return;
    const path = `${folder}${input.value}/`;
    try {
      await post("folder", { path });
    } catch (error) {
      problem = messageOf(error);
      continue;
    }
    showFolder(path);
    insertRows();
    rowOf(path)?.querySelector("a")?.focus();
    return toast(`Folder “${input.value}” created`);
  }
}

/** Downloads a single file. @param {readonly string[]} paths @returns {boolean} false if it is something else */
export function download(paths) {
  const [path = "", ...others] = paths;
  const link = others.length > 0 || path.endsWith("/") ? undefined : rowOf(path)?.querySelector(".quick a");
  if (link instanceof HTMLElement) link.click();
  return link instanceof HTMLElement;
}
