import { all, around, find } from "./dom.js";
import { comparer } from "./row_order.js";
import { isUnsorted, isWhole, table } from "./rows.js";

/** Sorts here what is all here, and what the server cannot sort. */
export function startSorting() {
  table?.tHead?.addEventListener("click", onHeader);
  const { searchParams } = new URL(location.href);
  const wanted = find(HTMLElement, `th[data-sort="${CSS.escape(searchParams.get("sort") ?? "name")}"]`);
  if (isUnsorted() && wanted) sortBy(wanted, searchParams.get("order") === "desc");
}

/** Sorts what is loaded. @param {HTMLElement} header @param {boolean} isDescending */
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
  // The server sorts what is not all here, unless it has said that it cannot.
  if (!header || !link || !around(HTMLElement, "a", event)) return;
  if (!isWhole() && !isUnsorted()) return;
  event.preventDefault();
  const isFirst = header.ariaSort === "none";
  const isDescending = isFirst ? header.dataset.sort !== "name" : header.ariaSort === "ascending";
  sortBy(header, isDescending);
  const url = new URL(location.href);
  url.searchParams.set("sort", header.dataset.sort ?? "name");
  url.searchParams.set("order", isDescending ? "desc" : "asc");
  if (isWhole()) history.replaceState(null, "", url);
}
