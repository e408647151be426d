import { all, around, find, make, say } from "./dom.js";
import { countOf, formatBytes } from "./format.js";
import { rangeOf } from "./row_order.js";
import { boxOf, describe, linkOf, rows, table } from "./rows.js";

/** @typedef {HTMLTableRowElement} Row */

/** Where a range begins. @type {Row | undefined} */
let anchor;

/** What is chosen. */
export const selectedRows = () => rows(":has([name=path]:checked)");

/** @param {Iterable<Row>} chosen @param {boolean} isChosen */
function choose(chosen, isChosen) {
  for (const row of chosen) {
    const box = boxOf(row);
    if (box) box.checked = isChosen;
  }
  update();
}

/** Chooses nothing. What has the focus in the bar that goes away gives it to the current row. */
export function clearSelection() {
  const hadFocus = document.activeElement?.closest(".selection-bar");
  choose(rows(), false);
  if (hadFocus && current) linkOf(current)?.focus();
}

/** Says what is chosen, and keeps one row in the order of the Tab key. */
function update() {
  const shown = rows();
  const chosen = selectedRows();
  const count = find(HTMLElement, ".selection-count");
  const bytes = chosen.reduce((sum, { dataset }) => sum + Number(dataset.size ?? 0), 0);
  const text = `${countOf(chosen.map(({ dataset }) => dataset.path ?? ""))} selected`;
  if (count && count.dataset.said !== text) {
    count.textContent = bytes > 0 ? `${text}, ${formatBytes(bytes)}` : text;
    if (chosen.length > 0 || count.dataset.said) say(text);
    count.dataset.said = text;
  }
  const download = find(HTMLButtonElement, ".selection-bar [data-action=download]");
  if (download) download.hidden = chosen.some(({ dataset }) => dataset.kind === "folder");
  const everything = find(HTMLInputElement, "#select-all");
  if (everything) {
    everything.hidden = false;
    everything.checked = chosen.length > 0 && chosen.length === shown.length;
    everything.indeterminate = chosen.length > 0 && !everything.checked;
  }
  if (!current || !shown.includes(current)) setCurrent(shown[0]);
}

/** The row that the Tab key leads to; the arrow keys lead to the others. @type {Row | undefined} */
let current;

/** @param {Row | undefined} row */
function setCurrent(row) {
  if (current) setTabIndex(current, -1);
  if (row) setTabIndex(row, 0);
  current = row;
}

/** Of rows that are new; those that are done already are left alone, as there may be thousands. */
function hideTabStops() {
  for (const control of all(HTMLElement, "tbody :is(a, input):not([tabindex])", table)) control.tabIndex = -1;
}

/** @param {ParentNode} row @param {number} tabIndex */
function setTabIndex(row, tabIndex) {
  for (const control of all(HTMLElement, "a, input", row)) control.tabIndex = tabIndex;
}

/** @param {Row | undefined} row @param {Row} to @param {boolean} isRange */
function go(row, to, isRange) {
  if (isRange) {
    anchor ??= row;
    for (const other of rows()) {
      const box = boxOf(other);
      if (box) box.checked = false;
    }
    choose(rangeOf(rows(), anchor, to), true);
  } else anchor = to;
  setCurrent(to);
  linkOf(to)?.focus();
  to.scrollIntoView({ block: "nearest" });
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  const row = around(HTMLTableRowElement, "tbody tr", event);
  if (!row || event.altKey) return;
  const shown = rows();
  const at = shown.indexOf(row);
  const targets = {
    ArrowDown: at + 1,
    ArrowUp: at - 1,
    Home: 0,
    End: shown.length - 1,
    PageDown: at + 10,
    PageUp: at - 10,
  };
  const isCommand = event.ctrlKey || event.metaKey;
  if (event.key in targets && !isCommand) {
    const index = Object.entries(targets).find(([key]) => key === event.key)?.[1] ?? at;
    const to = shown[Math.max(0, Math.min(index, shown.length - 1))];
    if (to) go(row, to, event.shiftKey);
  } else if (event.key === " ") {
    if (event.shiftKey) choose(rangeOf(shown, anchor, row), true);
    else choose([row], !boxOf(row)?.checked);
    anchor = row;
  } else if (event.key === "a" && isCommand) choose(shown, true);
  else if (event.key === "Enter" && event.target instanceof HTMLInputElement) linkOf(row)?.click();
  else return;
  event.preventDefault();
}

/** @param {MouseEvent} event */
function onClick(event) {
  const row = around(HTMLTableRowElement, "tbody tr", event);
  if (!row) return;
  const isBox = event.target === boxOf(row);
  if (event.shiftKey) {
    const isChosen = !isBox || Boolean(boxOf(row)?.checked);
    if (!isBox) event.preventDefault();
    choose(rangeOf(rows(), anchor, row), isChosen);
    getSelection()?.removeAllRanges();
  } else if (isBox) update();
  if (isBox || event.shiftKey) {
    if (!event.shiftKey) anchor = row;
    setCurrent(row);
  }
}

/** @param {string} text */
function filter(text) {
  const wanted = text.trim().toLowerCase();
  const hidden = [];
  for (const row of table?.tBodies[0]?.rows ?? []) {
    row.hidden = !(row.dataset.name ?? "").toLowerCase().includes(wanted);
    // What cannot be seen is not chosen.
    if (row.hidden) hidden.push(row);
  }
  choose(hidden, false);
  describe();
  say(wanted === "" ? "" : `${rows().length} match`);
}

/** Makes the table answer to keys and clicks. */
export function startTable() {
  if (!table) return;
  const input = find(HTMLInputElement, "#filter");
  table.addEventListener("keydown", onKey);
  table.addEventListener("click", onClick);
  table.addEventListener("focusin", (event) => setCurrent(around(HTMLTableRowElement, "tbody tr", event) ?? rows()[0]));
  table.addEventListener("rows", () => {
    hideTabStops();
    setCurrent(current);
    if (input?.value) filter(input.value);
    describe();
    update();
  });
  const everything = find(HTMLInputElement, "#select-all");
  everything?.addEventListener("change", () => choose(rows(), everything.checked));
  if (input) input.hidden = false;
  input?.addEventListener("input", () => filter(input.value));
  input?.addEventListener("keydown", (event) => {
    const [first] = rows();
    if (event.key === "ArrowDown" && first) go(undefined, first, false);
    else if (event.key === "Escape") filter(input.value = "");
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  const bar = find(HTMLElement, ".selection-bar");
  bar?.querySelector("button")?.before(make("button", { type: "button", "data-action": "download" }, "Download"));
  bar?.append(make("button", { type: "button", "data-action": "clear" }, "Clear"));
  hideTabStops();
  update();
}
