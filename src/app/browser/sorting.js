import { all, around, find } from "./dom.js";
import { comparer } from "./row_order.js";
import { byName, isUnsorted, isWhole, table } from "./rows.js";

/** Sorts a folder in the browser if all of it is loaded, or the server cannot sort it. */
export function startSorting() {
  table?.tHead?.addEventListener("click", onHeader);
  find(HTMLElement, ".sort-menu")?.addEventListener("click", onMenu);
  const { searchParams } = new URL(location.href);
  const wanted = headerOf(searchParams.get("sort") ?? "name");
  if (isUnsorted() && wanted) sortBy(wanted, searchParams.get("order") === "desc");
}

/** @param {string} key */
const headerOf = (key) => find(HTMLElement, `th[data-sort="${CSS.escape(key)}"]`);

/** Sorts the loaded rows. @param {HTMLElement} header @param {boolean} isDescending */
function sortBy(header, isDescending) {
  const key = header.dataset.sort ?? "name";
  const compare = comparer(key, isDescending, byName);
  const body = table?.tBodies[0];
  body?.append(...[...body.rows].sort((a, b) => compare(a.dataset, b.dataset)));
  const chevron = document.querySelector("th[data-sort] .icon");
  if (chevron) header.querySelector("a")?.append(chevron);
  for (const other of all(HTMLElement, "th[data-sort]")) {
    other.ariaSort = other !== header ? "none" : isDescending ? "descending" : "ascending";
  }
  for (const choice of all(HTMLElement, ".sort-menu [data-key]")) {
    const isCurrent = choice.dataset.key === key && (choice.dataset.order === "desc") === isDescending;
    choice.ariaCurrent = String(isCurrent);
  }
}

/** @param {MouseEvent} event */
function onHeader(event) {
  const header = around(HTMLElement, "th[data-sort]", event);
  if (!header || !around(HTMLElement, "a", event)) return;
  const isFirst = header.ariaSort === "none";
  sortHere(event, header, isFirst ? header.dataset.sort !== "name" : header.ariaSort === "ascending");
}

/** @param {MouseEvent} event */
function onMenu(event) {
  const { key = "", order } = around(HTMLElement, "[data-key]", event)?.dataset ?? {};
  const header = headerOf(key);
  if (!header || !sortHere(event, header, order === "desc")) return;
  find(HTMLElement, ".sort-menu")?.removeAttribute("open");
}

/** Sorts here instead of following a link, if that can be. @param {Event} event @param {HTMLElement} header @param {boolean} isDescending */
function sortHere(event, header, isDescending) {
  // The link asks the server to sort.
  if (!isWhole() && !isUnsorted()) return false;
  event.preventDefault();
  sortBy(header, isDescending);
  const url = new URL(location.href);
  url.searchParams.set("sort", header.dataset.sort ?? "name");
  url.searchParams.set("order", isDescending ? "desc" : "asc");
  if (isWhole()) history.replaceState(history.state, "", url);
  return true;
}
