import { find, make, toast } from "./dom.js";
import { formatNumber } from "./format.js";
import { loadRows } from "./pager.js";
import { boxOf, isWhole, rows, table } from "./rows.js";

/** More rows than this make a page slow. */
const MOST_ROWS = 10_000;

let isLoading = false;

/** Offers the pages that are not loaded, once all loaded rows are selected. @param {boolean} isEverythingSelected */
export function offerAll(isEverythingSelected) {
  const count = find(HTMLElement, ".selection-count");
  if (!count || isLoading) return;
  const shown = find(HTMLButtonElement, ".select-rest");
  const isWanted = isEverythingSelected && !isWhole() && (table?.tBodies[0]?.rows.length ?? 0) < MOST_ROWS;
  if (isWanted) {
    const what = find(HTMLInputElement, "#filter")?.value ? "all that match" : "all of this folder";
    const offer = shown ?? make("button", { type: "button", class: "select-rest" });
    offer.textContent = `Select ${what}`;
    if (shown) return;
    offer.addEventListener("click", () => selectAll(offer));
    return count.after(offer);
  }
  if (shown === document.activeElement) find(HTMLInputElement, "#select-all")?.focus({ preventScroll: true });
  shown?.remove();
}

/** @param {HTMLButtonElement} offer */
async function selectAll(offer) {
  if (isLoading) return;
  isLoading = true;
  offer.ariaBusy = "true";
  await loadRows(MOST_ROWS, (count) => {
    offer.textContent = `${formatNumber(count)} loaded`;
    // Cleared meanwhile.
    return document.body.hasAttribute("data-selecting");
  });
  isLoading = false;
  offer.ariaBusy = null;
  if (!document.body.hasAttribute("data-selecting")) return offer.remove();
  for (const row of rows()) {
    const box = boxOf(row);
    if (box) box.checked = true;
  }
  table?.dispatchEvent(new Event("rows"));
  if (!isWhole()) toast(`Not everything could be loaded. ${formatNumber(rows().length)} are selected.`);
}
