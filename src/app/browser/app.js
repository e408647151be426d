import { startChoosing } from "./choose_files.js";
import { all, around, find } from "./dom.js";
import { pressed } from "./keys.js";
import { startLayout } from "./layout.js";
import { startLocalTimes } from "./local_time.js";
import { startMenus } from "./menus.js";
import { isText, isTyping } from "./move_rules.js";
import { startPager } from "./pager.js";
import { loadPart } from "./parts.js";
import { startPlaces } from "./places.js";
import { learnReach } from "./reach.js";
import { startRowMoves } from "./row_moves.js";
import { isUnsorted, linkOf, updateSummary } from "./rows.js";
import { startSorting } from "./sorting.js";
import { clearSelection, selectedRows, selectRows, startTable } from "./table.js";

// Loaded when first needed.
const actions = () => import("./actions.js");
const relocation = () => import("./relocate.js");
const filePage = () => import("./file_page.js");
const showKeys = async () => (await loadPart(() => import("./key_help.js")))?.showKeys();

/**
 * Actions of keys and of elements with `data-action`; those without one here follow their link or submit their form.
 * @type {Record<string, (paths: string[], element?: HTMLElement) => unknown>}
 */
const ACTIONS = {
  delete: async (paths) => (await loadPart(actions))?.remove(paths),
  rename: async ([path = ""]) => (await loadPart(() => import("./rename.js")))?.rename(path),
  move: async (paths) => (await loadPart(relocation))?.relocate("move", paths),
  copy: async (paths) => (await loadPart(relocation))?.relocate("copy", paths),
  download: async (paths) => (await loadPart(actions))?.download(paths) === false && archive(paths),
  archive,
  size: async (_paths, link) => link && (await loadPart(() => import("./folder_size.js")))?.showSize(link),
  "new-folder": async () => (await loadPart(actions))?.newFolder(),
  keys: showKeys,
  search: () => find(HTMLInputElement, "#search")?.focus(),
  clear: clearSelection,
  "select-all": selectRows,
};

async function continueSearch() {
  const link = find(HTMLAnchorElement, "#continue");
  // Without the module, it is a link.
  const part = await import("./search_more.js").catch(() => undefined);
  if (link) part?.continueSearch(link);
}

/**
 * What only some pages need: a selector of these, and how it starts.
 * @type {[selector: string, start: () => unknown][]}
 */
const PARTS = [
  ["[data-recent]", async () => (await loadPart(() => import("./recent.js")))?.startRecent()],
  ["#continue", continueSearch],
  [".steps", () => loadPart(() => import("./steps.js"))],
  ["table[data-rows]", () => loadPart(() => import("./data_table.js"))],
  [".preview > .plain[hidden]", async () => (await loadPart(() => import("./media.js")))?.watchMedia()],
];

/** @param {string[]} paths @param {HTMLElement} [link] */
async function archive(paths, link) {
  await (await loadPart(() => import("./archive.js")))?.downloadArchive(paths, link);
}

/** @param {HTMLTableRowElement[]} rows */
const pathsOf = (rows) => rows.map(({ dataset }) => dataset.path ?? "");

/** The paths in a link, else those selected. @param {HTMLElement} element */
function pathsFor(element) {
  const named = element instanceof HTMLAnchorElement ? new URL(element.href).searchParams.getAll("path") : [];
  return named.length > 0 ? named : pathsOf(selectedRows());
}

startMenus();
document.addEventListener("click", (event) => {
  const element = around(HTMLElement, "[data-action]", event);
  const action = ACTIONS[element?.dataset.action ?? ""];
  if (!element || !action || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  action(pathsFor(element), element);
});

document.addEventListener("click", async (event) => {
  if (around(HTMLElement, "[data-help]", event)) showKeys();
  const copied = around(HTMLElement, "[data-copy]", event);
  if (copied) (await loadPart(filePage))?.copyText("Text", copied.dataset.copy ?? "");
});

document.addEventListener("keydown", (event) => {
  const { target } = event;
  if (isTyping(event) || event.altKey || event.defaultPrevented) return;
  if (event.key === "ArrowDown" && target === document.body) {
    linkOf(document)?.focus();
    return event.preventDefault();
  }
  const shortcut = pressed(event);
  if (shortcut?.action === "select-all" && isText(event)) return;
  const row = around(HTMLTableRowElement, "#files tbody tr", event);
  const selected = selectedRows();
  const isOfRow = row && (shortcut?.target === "row" || selected.length === 0);
  const rows = isOfRow ? [row] : selected;
  const action = ACTIONS[shortcut?.action ?? ""];
  if (!action || (shortcut?.target && rows.length === 0)) return;
  event.preventDefault();
  action(pathsOf(rows));
});

for (const button of all(HTMLElement, "[data-copy], [data-help]")) button.hidden = false;
startLocalTimes();
startTable();
startSorting();
startRowMoves();
startLayout();
if (isUnsorted()) updateSummary();
startPager();
startPlaces();
startChoosing();
learnReach();
// A page that was kept as it was may show the text from before it was edited.
if (find(HTMLElement, "#file")) addEventListener("pageshow", ({ persisted }) => persisted && location.reload());
for (const [selector, start] of PARTS) if (document.querySelector(selector)) start();
