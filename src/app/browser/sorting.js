import { all, around, find } from "./dom.js";
import { comparer } from "./row_order.js";
import { isUnsorted, isWhole, table } from "./rows.js";

/** Sorts a folder in the browser if all of it is loaded, or the server cannot sort it. */
export function startSorting() {
  table?.tHead?.addEventListener("click", onHeader);
  const { searchParams } = new URL(location.href);
  const wanted = find(HTMLElement, `th[data-sort="${CSS.escape(searchParams.get("sort") ?? "name")}"]`);
  if (isUnsorted() && wanted) sortBy(wanted, searchParams.get("order") === "desc");
}

/** Sorts the loaded rows. @param {HTMLElement} header @param {boolean} isDescending */
function sortBy(header, isDescending) {
  const compare = comparer(header.dataset.sort ?? "name", isDescending);
  const body = table?.tBodies[0];
  body?.append(...[...body.rows].sort((a, b) => compare(a.dataset, b.dataset)));
  const chevron = document.querySelector("th[data-sort] .icon");
  if (chevron) header.querySelector("a")?.append(chevron);
  for (const other of all(HTMLElement, "th[data-sort]")) {
    other.ariaSort = other !== header ? "none" : isDescending ? "descending" : "ascending";
  }
}

/** @param {MouseEvent} event */
function onHeader(event) {
  const header = around(HTMLElement, "th[data-sort]", event);
  const link = header?.querySelector("a");
  // The link asks the server to sort.
  if (!header || !link || !around(HTMLElement, "a", event)) return;
  if (!isWhole() && !isUnsorted()) return;
  event.preventDefault();
  const isFirst = header.ariaSort === "none";
  const isDescending = isFirst ? header.dataset.sort !== "name" : header.ariaSort === "ascending";
  sortBy(header, isDescending);
  const url = new URL(location.href);
  url.searchParams.set("sort", header.dataset.sort ?? "name");
  url.searchParams.set("order", isDescending ? "desc" : "asc");
  if (isWhole()) history.replaceState(history.state, "", url);
}
