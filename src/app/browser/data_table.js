import { cellComparer, hasWords } from "./cell_order.js";
import { all, announce, button, find, make } from "./dom.js";
import { formatNumber, plural } from "./format.js";

/** Sorts and filters the table of a CSV file that is shown. */
const table = find(HTMLTableElement, "table[data-rows]");
const body = table?.tBodies[0];
const inFile = [...body?.rows ?? []];

/** A text for each row, made when it is first needed. @type {Map<HTMLTableRowElement, string>} */
const texts = new Map();
/** @param {HTMLTableRowElement} row */
function textOf(row) {
  const text = texts.get(row) ?? [...row.cells].map(({ textContent }) => textContent ?? "").join(" ");
  texts.set(row, text);
  return text;
}

for (const header of all(HTMLElement, "thead th", table)) {
  const sort = button("", () => sortBy(header), { class: "sort" });
  sort.append(...header.childNodes);
  if (sort.textContent?.trim() === "") sort.ariaLabel = "Column without a name";
  header.append(sort);
  header.ariaSort = "none";
}

/** The smallest first, then the largest, then as in the file. @param {HTMLElement} header */
function sortBy(header) {
  const order = { none: "ascending", ascending: "descending" }[header.ariaSort ?? ""] ?? "none";
  const column = header instanceof HTMLTableCellElement ? header.cellIndex : 0;
  const compare = cellComparer(order === "descending");
  /** @param {HTMLTableRowElement} row */
  const cellOf = (row) => row.cells[column]?.textContent ?? "";
  const sorted = inFile.map((row) => ({ row, cell: cellOf(row) })).sort((a, b) => compare(a.cell, b.cell));
  body?.append(...order === "none" ? inFile : sorted.map(({ row }) => row));
  for (const other of all(HTMLElement, "thead th", table)) other.ariaSort = other === header ? order : "none";
  announce(order === "none" ? "In the order of the file" : `Sorted, ${order}`);
}

const count = make("output", { class: "row-count" });
const input = make("input", {
  type: "search",
  placeholder: "Filter rows",
  "aria-label": "Filter the rows shown",
  autocomplete: "off",
  input: filter,
});

function filter() {
  const wanted = input.value.trim();
  let matches = 0;
  for (const row of inFile) {
    row.hidden = wanted !== "" && !hasWords(textOf(row), wanted);
    if (!row.hidden) matches++;
  }
  count.textContent = wanted === "" ? "" : `${formatNumber(matches)} of the ${plural(inFile.length, "row")} shown`;
}

if (inFile.length > 1) table?.closest(".grid")?.before(make("div", { class: "row-filter" }, input, count));
