import { download, newFolder, relocate, remove, rename } from "./actions.js";
import { all, around, can, find } from "./dom.js";
import { copyText, startEditor } from "./file_page.js";
import { startPager } from "./pager.js";
import { learnReach } from "./reach.js";
import { isUnsorted, linkOf, updateSummary } from "./rows.js";
import { startSorting } from "./sorting.js";
import { clearSelection, selectedRows, startTable } from "./table.js";
import { startUploads } from "./start_uploads.js";

/**
 * Actions of elements with `data-action`; those without one here follow their link or submit their form.
 * @type {Record<string, (paths: string[]) => unknown>}
 */
const ACTIONS = {
  delete: remove,
  rename: ([path = ""]) => rename(path),
  move: (paths) => relocate("move", paths),
  copy: (paths) => relocate("copy", paths),
  download,
  "new-folder": newFolder,
  clear: clearSelection,
};

/** The paths in a link, else those selected. @param {HTMLElement} element */
function pathsFor(element) {
  const named = element instanceof HTMLAnchorElement ? new URL(element.href).searchParams.getAll("path") : [];
  return named.length > 0 ? named : selectedRows().map(({ dataset }) => dataset.path ?? "");
}

/** Closes open menus, except one around the target. @param {EventTarget | null} target */
function closeMenus(target) {
  for (const menu of all(HTMLDetailsElement, "details.menu[open]")) {
    if (target instanceof Node && menu.contains(target)) continue;
    if (menu.contains(document.activeElement)) menu.querySelector("summary")?.focus();
    menu.open = false;
  }
}

document.addEventListener("click", (event) => {
  closeMenus(event.target);
  const copied = around(HTMLElement, "[data-copy]", event);
  if (copied) copyText("Text", copied.dataset.copy ?? "");
  const element = around(HTMLElement, "[data-action]", event);
  const action = ACTIONS[element?.dataset.action ?? ""];
  if (!element || !action || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  action(pathsFor(element));
});

document.addEventListener("keydown", (event) => {
  const { key, target } = event;
  if (key === "Escape") closeMenus(null);
  const isTyping = target instanceof HTMLElement && target.matches("input:not([type=checkbox]), textarea, select");
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey || find(HTMLDialogElement, "dialog[open]")) return;
  const row = around(HTMLTableRowElement, "#files tbody tr", event);
  const selected = selectedRows();
  const paths = (selected.length > 0 ? selected : row ? [row] : []).map(({ dataset }) => dataset.path ?? "");
  const [path] = paths;
  if (key === "/") find(HTMLInputElement, "#search")?.focus();
  else if (key === "Escape") clearSelection();
  else if (key === "Delete" && path !== undefined && can.has("delete")) remove(paths);
  else if (key === "F2" && can.has("edit") && can.has("delete") && (row || path !== undefined)) {
    rename(row?.dataset.path ?? path ?? "");
  } else if (key === "ArrowDown" && target === document.body) linkOf(document)?.focus();
  else return;
  event.preventDefault();
});

for (const button of all(HTMLElement, "[data-copy]")) button.hidden = false;
startTable();
startSorting();
if (isUnsorted()) updateSummary();
startPager();
startUploads();
learnReach();
const further = find(HTMLAnchorElement, "#continue");
// Without the module, it is a link.
if (further) import("./search_more.js").then(({ continueSearch }) => continueSearch(further), () => {});
const editor = find(HTMLFormElement, "#editor");
const area = find(HTMLTextAreaElement, "#editor textarea");
if (editor && area) startEditor(editor, area);
