import { all, find } from "./dom.js";
import { loadRows } from "./pager.js";
import { boxOf, linkOf, rowOf, table } from "./rows.js";
import { selectedRows } from "./table.js";

/**
 * Where one was on a page with a table. `no-store` keeps pages out of the browser's cache, so it remembers nothing.
 * @typedef {{id: string, rows: number, y: number, height: number, filter: string, selected: string[], focused: string}}
 * Place
 */

const KEY = "places";
const MAX_PLACES = 20;

/** Brings back rows, position and selection after going back or a reload; remembers them when one leaves. */
export async function startPlaces() {
  if (!table) return;
  // An entry of the history keeps its state; a new visit has none, and begins at the top.
  const id = String(history.state?.place ?? Math.random());
  const place = readPlaces().find((place) => place.id === id);
  history.replaceState({ ...history.state, place: id }, "");
  let isReady = !place;
  const leave = () => {
    if (isReady) keep(currentPlace(id));
  };
  addEventListener("pagehide", leave);
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && leave());
  if (place) await restore(place);
  isReady = true;
}

/** @param {string} id @returns {Place} */
function currentPlace(id) {
  const focused = document.activeElement?.closest("tbody tr");
  return {
    id,
    rows: table?.tBodies[0]?.rows.length ?? 0,
    y: scrollY,
    height: document.documentElement.scrollHeight,
    filter: find(HTMLInputElement, "#filter")?.value ?? "",
    selected: selectedRows().map(({ dataset }) => dataset.path ?? ""),
    focused: focused instanceof HTMLElement ? focused.dataset.path ?? "" : "",
  };
}

/** @param {Place} place */
async function restore({ rows, y, height, filter, selected, focused }) {
  // Space for the rows that are still to come: the page is where it was at once, and nothing moves.
  document.body.style.minHeight = `${height}px`;
  scrollTo(0, y);
  const start = scrollY;
  const input = find(HTMLInputElement, "#filter");
  if (input) input.value = filter;
  // Some browsers check boxes again, by their number.
  check([]);
  await loadRows(rows);
  // What one has selected meanwhile counts.
  if (selectedRows().length === 0) check(selected);
  table?.dispatchEvent(new Event("rows"));
  const row = focused && document.activeElement === document.body && rowOf(focused);
  if (row) linkOf(row)?.focus({ preventScroll: true });
  const isStill = scrollY === start;
  document.body.style.minHeight = "";
  if (isStill) scrollTo(0, y);
}

/** Selects these rows, and no others. @param {readonly string[]} paths */
function check(paths) {
  const isChosen = new Set(paths);
  for (const row of all(HTMLTableRowElement, "tbody tr", table)) {
    const box = boxOf(row);
    if (box) box.checked = isChosen.has(row.dataset.path ?? "");
  }
}

/** @returns {Place[]} */
function readPlaces() {
  return JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
}

/** @param {Place} place */
function keep(place) {
  const others = readPlaces().filter(({ id }) => id !== place.id).slice(1 - MAX_PLACES);
  // The browser gives a tab a few megabytes.
  for (const places of [[...others, place], [place], [{ ...place, selected: [] }]]) {
    try {
      return sessionStorage.setItem(KEY, JSON.stringify(places));
    } catch {
      // The next one is smaller.
    }
  }
}
