import { all, announce, around, find, make } from "./dom.js";
import { countOf, formatBytes, plainText } from "./format.js";
import { columnCount } from "./layout.js";
import { rangeOf } from "./row_order.js";
import { boxOf, linkOf, rows, table, updateSummary } from "./rows.js";
import { offerAll } from "./select_all.js";

/** @typedef {HTMLTableRowElement} Row */

/** The start of a range. @type {Row | undefined} */
let anchor;

export const selectedRows = () => rows(":has([name=path]:checked)");

/** @param {Iterable<Row>} changed @param {boolean} isSelected */
function select(changed, isSelected) {
  for (const row of changed) {
    const box = boxOf(row);
    if (box) box.checked = isSelected;
  }
  update();
}

export const selectRows = () => select(rows(), true);

/** Clears the selection; the focus moves from the disappearing bar to the current row. */
export function clearSelection() {
  const hadFocus = document.activeElement?.closest(".selection-bar");
  select(rows(), false);
  if (hadFocus && current) linkOf(current)?.focus();
}

/** Updates what depends on the selection. */
function update() {
  const shown = rows();
  const selected = selectedRows();
  const count = find(HTMLElement, ".selection-count");
  // `body:has(:checked)` in the style sheet would look at all rows whenever anything on the page changes.
  document.body.toggleAttribute("data-selecting", selected.length > 0);
  const bytes = selected.reduce((sum, { dataset }) => sum + Number(dataset.size ?? 0), 0);
  const text = `${countOf(selected.map(({ dataset }) => dataset.path ?? ""))} selected`;
  if (count && count.dataset.said !== text) {
    count.replaceChildren(text, ...bytes > 0 ? [make("span", {}, `, ${formatBytes(bytes)}`)] : []);
    if (selected.length > 0 || count.dataset.said) announce(text);
    count.dataset.said = text;
  }
  const rename = find(HTMLButtonElement, ".selection-bar [data-action=rename]");
  if (rename) rename.hidden = selected.length !== 1;
  const everything = find(HTMLInputElement, "#select-all");
  if (everything) {
    everything.hidden = false;
    everything.checked = selected.length > 0 && selected.length === shown.length;
    everything.indeterminate = selected.length > 0 && !everything.checked;
  }
  offerAll(selected.length > 0 && selected.length === shown.length);
  if (!current || !shown.includes(current)) setCurrent(shown[0]);
}

/** The only row that Tab reaches; arrow keys reach the others. @type {Row | undefined} */
let current;

/** @param {Row | undefined} row */
function setCurrent(row) {
  if (current) setTabIndex(current, -1);
  if (row) setTabIndex(row, 0);
  current = row;
}

/** Takes new rows out of the Tab order. */
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
    select(rangeOf(rows(), anchor, to), true);
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
  const columns = columnCount();
  /** @type {Record<string, number>} */
  const targets = {
    ArrowDown: at + columns,
    ArrowUp: at - columns,
    ...columns > 1 && { ArrowRight: at + 1, ArrowLeft: at - 1 },
    Home: 0,
    End: shown.length - 1,
    PageDown: at + 10,
    PageUp: at - 10,
  };
  const isCommand = event.ctrlKey || event.metaKey;
  const index = targets[event.key];
  if (index !== undefined && !isCommand) {
    const to = shown[Math.max(0, Math.min(index, shown.length - 1))];
    if (to) go(row, to, event.shiftKey);
  } else if (event.key === " ") {
    if (event.shiftKey) select(rangeOf(shown, anchor, row), true);
    else select([row], !boxOf(row)?.checked);
    anchor = row;
  } else if (event.key === "Enter" && event.target instanceof HTMLInputElement) linkOf(row)?.click();
  else return;
  event.preventDefault();
}

/** @param {MouseEvent} event */
function onClick(event) {
  const row = around(HTMLTableRowElement, "tbody tr", event);
  if (!row) return;
  const isBox = event.target === boxOf(row);
  if (event.shiftKey) {
    const isSelected = !isBox || Boolean(boxOf(row)?.checked);
    if (!isBox) event.preventDefault();
    select(rangeOf(rows(), anchor, row), isSelected);
    getSelection()?.removeAllRanges();
  } else if (isBox) update();
  if (isBox || event.shiftKey) {
    if (!event.shiftKey) anchor = row;
    setCurrent(row);
  }
}

/** @param {string} text */
function filter(text) {
  const wanted = plainText(text.trim());
  const hidden = [];
  for (const row of table?.tBodies[0]?.rows ?? []) {
    row.hidden = !plainText(row.dataset.name ?? "").includes(wanted);
    // Hidden rows are not selected.
    if (row.hidden) hidden.push(row);
  }
  select(hidden, false);
  updateSummary();
  announce(wanted === "" ? "" : `${rows().length} match`);
}

/** Handles keys and clicks in the table. */
export function startTable() {
  if (!table) return;
  const input = find(HTMLInputElement, "#filter");
  table.addEventListener("keydown", onKey);
  table.addEventListener("click", onClick);
  table.addEventListener("focusin", (event) => setCurrent(around(HTMLTableRowElement, "tbody tr", event) ?? rows()[0]));
  table.addEventListener("rows", () => {
    hideTabStops();
    setCurrent(current);
    if (input?.value) return filter(input.value);
    updateSummary();
    update();
  });
  const everything = find(HTMLInputElement, "#select-all");
  everything?.addEventListener("change", () => select(rows(), everything.checked));
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
  bar?.append(make("button", { type: "button", "data-action": "clear" }, "Clear"));
  hideTabStops();
  update();
}
