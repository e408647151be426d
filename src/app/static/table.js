import { all, around, find, make, say } from "./dom.js";
import { countOf, formatBytes } from "./format.js";
import { comparer, rangeOf } from "./measure.js";
import { boxOf, describeRows, linkOf, rowOf, rows, table } from "./rows.js";

/** @typedef {HTMLTableRowElement} Row */

/** Where a range begins. @type {Row | undefined} */
let anchor;

/** What is chosen. */
export const selectedRows = () => rows().filter((row) => boxOf(row)?.checked);

/** @param {Iterable<Row>} chosen @param {boolean} isChosen */
function choose(chosen, isChosen) {
  for (const row of chosen) {
    const box = boxOf(row);
    if (box) box.checked = isChosen;
  }
  update();
}

/** Chooses nothing. */
export const clearSelection = () => choose(rows(), false);

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
  setCurrent(shown.find((row) => linkOf(row)?.tabIndex === 0) ?? shown[0]);
}

/** Only the current row's link is in the order of the Tab key; the arrow keys lead to the others. @param {Row | undefined} current */
function setCurrent(current) {
  for (const row of table?.tBodies[0]?.rows ?? []) {
    const tabIndex = row === current ? 0 : -1;
    for (const control of all(HTMLElement, "a, input", row)) {
      if (control.tabIndex !== tabIndex) control.tabIndex = tabIndex;
    }
  }
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

function describe() {
  const text = document.querySelector(".toolbar p");
  const prefix = isUnsorted() ? "Too large to sort as a whole: only what is loaded is sorted. " : "";
  if (text) text.textContent = prefix + describeRows();
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
  if (document.querySelector(".pager a") && !isUnsorted()) return;
  event.preventDefault();
  const isFirst = header.ariaSort === "none";
  const isDescending = isFirst ? header.dataset.sort !== "name" : header.ariaSort === "ascending";
  sortBy(header, isDescending);
  const url = new URL(location.href);
  url.searchParams.set("sort", header.dataset.sort ?? "name");
  url.searchParams.set("order", isDescending ? "desc" : "asc");
  if (!document.querySelector(".pager a")) history.replaceState(null, "", url);
}

/** Whether the page is not in the order it was asked for. */
function isUnsorted() {
  return document.querySelector(".listing")?.hasAttribute("data-unsorted") ?? false;
}

let isLoading = false;

/** Puts the next page below this one. @param {HTMLAnchorElement} link */
async function loadMore(link) {
  if (isLoading) return;
  isLoading = true;
  link.ariaBusy = "true";
  try {
    const answer = await fetch(link.href, { headers: { accept: "text/html" } });
    if (!answer.ok) throw new Error(String(answer.status));
    const next = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = all(HTMLTableRowElement, "#files tbody tr", next).filter((row) => !rowOf(row.dataset.path ?? ""));
    table?.tBodies[0]?.append(...fresh);
    const further = find(HTMLAnchorElement, "a[rel=next]", next);
    if (further) link.href = further.getAttribute("href") ?? "";
    else link.remove();
    link.textContent = "Load more";
    const wanted = find(HTMLInputElement, "#filter")?.value ?? "";
    if (wanted) filter(wanted);
    table?.dispatchEvent(new Event("rows", { bubbles: true }));
    say(`${fresh.length} more loaded`);
  } catch {
    // It stays a link; the next press tries again.
    link.textContent = "Could not load more. Try again";
  } finally {
    isLoading = false;
    link.ariaBusy = null;
  }
}

function watchPager() {
  const link = find(HTMLAnchorElement, "a[rel=next]");
  if (!link) return;
  link.textContent = "Load more";
  link.addEventListener("click", (event) => {
    event.preventDefault();
    loadMore(link);
  });
  new IntersectionObserver((entries, observer) => {
    if (!link.isConnected) return observer.disconnect();
    if (!entries.some(({ isIntersecting }) => isIntersecting) || link.textContent !== "Load more") return;
    loadMore(link).then(() => {
      observer.unobserve(link);
      observer.observe(link);
    });
  }, { rootMargin: "800px" }).observe(link);
}

/** Makes the table answer to keys and clicks. */
export function startTable() {
  if (!table) return;
  table.addEventListener("keydown", onKey);
  table.addEventListener("click", onClick);
  table.tHead?.addEventListener("click", onHeader);
  table.addEventListener("focusin", (event) => setCurrent(around(HTMLTableRowElement, "tbody tr", event) ?? rows()[0]));
  table.addEventListener("rows", () => {
    describe();
    update();
  });
  const everything = find(HTMLInputElement, "#select-all");
  everything?.addEventListener("change", () => choose(rows(), everything.checked));
  const input = find(HTMLInputElement, "#filter");
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
  watchPager();
  const { searchParams } = new URL(location.href);
  const wanted = find(HTMLElement, `th[data-sort="${CSS.escape(searchParams.get("sort") ?? "name")}"]`);
  if (isUnsorted() && wanted) {
    sortBy(wanted, searchParams.get("order") === "desc");
    describe();
  }
  update();
}
