import { callApi, messageOf, post } from "./api.js";
import { askCollision, chosenForAll, forgetChoice } from "./collision.js";
import { ask, pathList, showFailures, showMessage } from "./dialogs.js";
import { bdi, button, can, find, folder, hideToast, make, page, sourceUrl, toast } from "./dom.js";
import { baseName, countOf, folderOf, formatName, numbered, plural, stemLength } from "./format.js";
import { folderName, insertRows, removeRows, rowOf, showFile, showFolder, table } from "./rows.js";

/** @typedef {{path: string, message: string}} PathFailure */

/** The name of a single path, else a count. @param {readonly string[]} paths */
const nameOf = (paths) =>
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
const leaveFile = (url) => table || location.assign(url);

/** @param {string} path */
const folderUrl = (path) => path ? `${sourceUrl}?folder=${encodeURIComponent(path)}` : sourceUrl;

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
    toast(`Deleting ${countOf(paths)}`, { stays: true });
    /** @type {{deleted: string[], errors: PathFailure[]}} */
    const { deleted, errors } = await post("delete", { paths });
    removeRows(deleted);
    toast(`${countOf(deleted)} deleted`);
    const summary = `${deleted.length} of ${paths.length} deleted. These were not:`;
    if (errors.length > 0) await showFailures("Not everything was deleted", summary, errors);
    else leaveFile(folderUrl(folderOf(paths[0] ?? "")));
  });
}

/** @param {string} value */
const nameInput = (value) =>
  make("input", { value, required: true, pattern: "[^\\/]+", autocomplete: "off", title: "A name without “/”" });

/** Asks for a name, then creates a folder. */
export async function newFolder() {
  const input = nameInput("");
  const created = await ask({
    title: `New folder in “${folderName()}”`,
    content: [make("label", {}, "Name", input)],
    yes: "Create",
    focus: input,
  });
  if (!created) return;
  await attempt(async () => {
    const path = `${folder}${input.value}/`;
    await post("folder", { path });
    showFolder(path);
    insertRows();
    rowOf(path)?.querySelector("a")?.focus();
    toast(`Folder “${input.value}” created`);
  });
}

/** Asks for a name, then renames a file or folder. @param {string} path */
export async function rename(path) {
  const name = baseName(path);
  const input = nameInput(name);
  input.setSelectionRange(0, path.endsWith("/") ? name.length : stemLength(name));
  const renamed = await ask({
    title: make("span", {}, "Rename ", nameOf([path])),
    content: [make("label", {}, "Name", input)],
    yes: "Rename",
    focus: input,
  });
  const to = `${folderOf(path)}${input.value}${path.endsWith("/") ? "/" : ""}`;
  if (renamed && to !== path) await transfer("move", [{ from: path, to }]);
}

/** Asks for a folder, then moves or copies. @param {"move" | "copy"} action @param {readonly string[]} paths */
export async function relocate(action, paths) {
  const label = action === "move" ? "Move" : "Copy";
  const input = make("input", { value: folder, autocomplete: "off", placeholder: "Top folder" });
  const list = make("ul", { class: "folders" });
  /** @param {string} path */
  const open = async (path) => {
    input.value = path;
    /** @type {{folders: {path: string}[]}} */
    const { folders } = await callApi("GET", `${sourceUrl}.json?limit=1000&folder=${encodeURIComponent(path)}`)
      .catch(() => ({ folders: [] }));
    // Another folder was opened meanwhile.
    if (input.value !== path) return;
    const choices = folders.map((choice) => choice.path).filter((choice) => !paths.includes(choice));
    const above = path ? [make("li", {}, button("Up", () => open(folderOf(path))))] : [];
    const hadFocus = list.contains(document.activeElement);
    const icon = find(HTMLTemplateElement, "#folder-row-template")?.content.querySelector(".icon");
    const items = choices.map((to) => {
      const item = button(formatName(to), () => open(to));
      if (icon) item.prepend(icon.cloneNode(true));
      return make("li", {}, item);
    });
    list.replaceChildren(...above, ...items);
    if (hadFocus) (list.querySelector("button") ?? input).focus();
  };
  input.addEventListener("change", () => open(toFolder(input.value)));
  open(folder);
  const [only = ""] = paths;
  const name = nameInput(baseName(only));
  const chosen = await ask({
    title: make("span", {}, `${label} `, nameOf(paths), " to"),
    content: [
      ...paths.length === 1 ? [make("label", {}, "Name", name)] : [],
      make("label", {}, `Folder in ${page.source}`, input),
      list,
    ],
    yes: `${label} here`,
    focus: input,
  });
  if (!chosen) return;
  const moves = paths.map((from) => {
    const named = paths.length === 1 ? name.value : baseName(from);
    const to = `${toFolder(input.value)}${named}${from.endsWith("/") ? "/" : ""}`;
    return { from, to: from === to && action === "copy" ? numbered(to, 2) : to };
  });
  await transfer(action, moves);
}

/** @param {string} text */
const toFolder = (text) => text.replace(/^\/+|\/+$/g, "").replace(/.$/, "$&/");

/** @param {"move" | "copy"} action @param {{from: string, to: string}[]} moves */
async function transfer(action, moves) {
  const done = action === "move" ? "moved" : "copied";
  /** @type {PathFailure[]} */
  const errors = [];
  let count = 0;
  /** @type {Moved | undefined} */
  let last;
  for (const { from, to } of moves.filter(({ from, to }) => from !== to)) {
    toast(`${action === "move" ? "Moving" : "Copying"} ${count + 1} of ${moves.length}`, { stays: true });
    try {
      const moved = await transferOne(action, from, to);
      if (!moved) continue;
      errors.push(...moved.errors);
      if (moved.errors.length === 0 && action === "move") removeRows([from]);
      if (moved.file) showFile(moved.file);
      else showFolder(moved.to);
      last = moved;
      if (moved.errors.length === 0) count++;
    } catch (error) {
      errors.push({ path: from, message: messageOf(error) });
    }
  }
  forgetChoice(action);
  toast(`${plural(count, "item")} ${done}`);
  insertRows();
  if (last && moves.length === 1) rowOf(last.to)?.querySelector("a")?.focus();
  const summary = `${count} of ${moves.length} ${done}. These were not:`;
  if (errors.length > 0) await showFailures(`Not everything was ${done}`, summary, errors);
  else if (last) leaveFile(last.file?.url ?? folderUrl(last.to));
}

/**
 * Moves or copies one file or folder, and asks if the name is taken. Resolves to undefined if it was skipped.
 * @param {"move" | "copy"} action @param {string} from @param {string} to
 * @typedef {{to: string, file?: import("./client_types.ts").FileRecord, errors: PathFailure[]}} Moved
 * @returns {Promise<Moved | undefined>}
 */
async function transferOne(action, from, to) {
  let path = to;
  let overwrite = false;
  for (let number = 2;; number++) {
    try {
      return { ...await post(action, { from, to: path, overwrite }), to: path };
    } catch (error) {
      const isTaken = error instanceof Error && "status" in error && error.status === 409;
      if (!isTaken || overwrite || number > 100) throw error;
      // Replacing a folder would mix the files of both.
      const options = { suggestion: baseName(numbered(to, number)), canReplace: can.has("edit") && !to.endsWith("/") };
      const choice = path === to
        ? chosenForAll(action) ?? await askCollision(action, formatName(to), options)
        : "keep_both";
      if (choice === "skip") return undefined;
      overwrite = choice === "replace";
      if (choice === "keep_both") path = numbered(to, number);
    }
  }
}

/** Downloads a single file. @param {readonly string[]} paths @returns {boolean} false if it is something else */
export function download(paths) {
  const [path = "", ...others] = paths;
  const link = others.length > 0 || path.endsWith("/") ? undefined : rowOf(path)?.querySelector(".quick a");
  if (link instanceof HTMLElement) link.click();
  return link instanceof HTMLElement;
}
