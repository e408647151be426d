import { all, can, find, folder, make, page, sourceUrl } from "./dom.js";
import { baseName, countOf, folderOf, formatBytes, formatName } from "./format.js";
import { comparer } from "./row_order.js";

/** @typedef {import("./client_types.ts").FileRecord} FileRecord */

/** The table of files, if this page has one that can change. */
export const table = find(HTMLTableElement, "#files");
const body = table?.tBodies[0];

/** All rows that are not filtered out, or those of them that also match. */
export const rows = (condition = "") => all(HTMLTableRowElement, `tr:not([hidden])${condition}`, body ?? make("table"));

/** The row of a file or folder. @param {string} path */
export const rowOf = (path) => all(HTMLTableRowElement, "tr", body).find((row) => row.dataset.path === path);

/** A row's checkbox. @param {ParentNode} row */
export const boxOf = (row) => find(HTMLInputElement, "input[name=path]", row);

/** A row's link. @param {ParentNode} row */
export const linkOf = (row) => find(HTMLAnchorElement, "td.name a", row);

/** How the table is sorted. */
export function currentOrder() {
  const header = table?.querySelector("th[aria-sort$=ing]");
  const key = header instanceof HTMLElement && header.dataset.sort || "name";
  return { key, isDescending: header?.ariaSort === "descending" };
}

/** Shows a file that is new here. @param {FileRecord} file */
export function showFile(file) {
  if (folderOf(file.path) !== folder) return showFolder(file.path);
  const row = fromTemplate("#row-template", file.path);
  const link = row && linkOf(row);
  if (!row || !link) return;
  const time = new Date(file.last_modified ?? Date.now()).toISOString();
  Object.assign(row.dataset, { id: file.id, size: String(file.size), modified: time });
  link.href = file.url;
  const [icon, size, date] = [".icon, .thumb", "td.size", "td time"].map((selector) => row.querySelector(selector));
  if (/^image\//.test(file.content_type ?? "")) {
    icon?.replaceWith(make("img", { class: "thumb", src: file.thumbnail_url, alt: "", width: "28", height: "28" }));
  }
  if (size instanceof HTMLElement) {
    size.textContent = formatBytes(file.size);
    size.title = `${file.size.toLocaleString("en")} byte${file.size === 1 ? "" : "s"}`;
  }
  if (date instanceof HTMLTimeElement) {
    date.textContent = "now";
    date.dateTime = time;
    date.title = time.replace("T", " ").replace(/\..*/, " UTC");
  }
  const quick = find(HTMLAnchorElement, ".quick a", row);
  if (quick) quick.href = file.download_url;
  insert(row);
}

/** Shows the folder of this page's folders that a path lies in. @param {string} path */
export function showFolder(path) {
  const end = path.indexOf("/", folder.length) + 1;
  const child = path.slice(0, end);
  if (!path.startsWith(folder) || end === 0 || fresh.has(child) || rowOf(child)) return;
  const row = fromTemplate("#folder-row-template", child);
  const link = row && linkOf(row);
  if (!row || !link) return;
  link.href = `${sourceUrl}?folder=${encodeURIComponent(child)}`;
  insert(row);
}

/** @param {string} template @param {string} path */
function fromTemplate(template, path) {
  const content = find(HTMLTemplateElement, template)?.content;
  const row = content && find(HTMLTableRowElement, "tr", document.importNode(content, true));
  if (!row) return undefined;
  const name = formatName(path);
  Object.assign(row.dataset, { path, name });
  const box = boxOf(row);
  if (box) box.value = path;
  box?.setAttribute("aria-label", `Select ${name}`);
  row.querySelector(".quick a")?.setAttribute("aria-label", `Download ${name}`);
  row.querySelector(".name a")?.setAttribute("title", name);
  const text = row.querySelector(".name bdi");
  if (text) text.textContent = name;
  return row;
}

/** Rows that are not in the table yet. @type {Map<string, HTMLTableRowElement>} */
const fresh = new Map();

/** Soon, with others that come meanwhile: each change costs a large table a layout. @param {HTMLTableRowElement} row */
function insert(row) {
  row.classList.add("new");
  fresh.set(row.dataset.path ?? "", row);
  changed();
}

/** Puts new rows where the order has them, in the place of those of the same path. */
export function insertRows() {
  if (!body || fresh.size === 0) return;
  const { key, isDescending } = currentOrder();
  const compare = comparer(key, isDescending);
  const others = [...body.rows].filter((row) => {
    const isReplaced = fresh.has(row.dataset.path ?? "");
    if (isReplaced) row.remove();
    return !isReplaced;
  });
  for (const row of fresh.values()) {
    let [start, end] = [0, others.length];
    while (start < end) {
      const middle = (start + end) >> 1;
      if (compare(row.dataset, others[middle]?.dataset ?? {}) < 0) end = middle;
      else start = middle + 1;
    }
    body.insertBefore(row, others[start] ?? null);
    others.splice(start, 0, row);
  }
  fresh.clear();
}

/** Takes rows away; the focus goes to the next one. @param {readonly string[]} paths */
export function removeRows(paths) {
  const isGone = new Set(paths);
  const before = rows();
  const first = before.findIndex((row) => isGone.has(row.dataset.path ?? ""));
  for (const row of all(HTMLTableRowElement, "tr", body)) if (isGone.has(row.dataset.path ?? "")) row.remove();
  const left = rows();
  const next = left[Math.min(first, left.length - 1)];
  if (first >= 0 && next) linkOf(next)?.focus();
  changed();
}

let timer = 0;

/** Tells the rest of the page that rows have come or gone; of many at once, only once. */
function changed() {
  timer ||= setTimeout(() => {
    timer = 0;
    insertRows();
    const empty = find(HTMLElement, "#empty");
    const listing = find(HTMLElement, ".listing");
    if (empty && listing) [empty.hidden, listing.hidden] = [true, false];
    table?.dispatchEvent(new Event("rows"));
    // A large table takes long to lay out, and uploads need time too.
  }, 100 + (body?.rows.length ?? 0) / 2);
}

/** Says what is on the page. */
export function describe() {
  const text = document.querySelector(".toolbar p");
  if (!text) return;
  const paths = rows().map(({ dataset }) => dataset.path ?? "");
  const count = `${countOf(paths)}${isWhole() ? "" : " on this page"}`;
  const prefix = isUnsorted() ? "Too large to sort as a whole: only what is loaded is sorted. " : "";
  const isFiltered = all(HTMLElement, "tr[hidden]", body).length > 0;
  const nothing = can.has("upload") ? "This folder is empty. Drop files here or choose some." : "This folder is empty.";
  text.textContent = prefix + (paths.length > 0 || !isWhole() || isFiltered ? count : nothing);
}

/** Whether there is nothing before and after what is loaded. */
export const isWhole = () => !document.querySelector(".pager a");

/** Whether the server could not sort as it was asked to. */
export const isUnsorted = () => Boolean(document.querySelector(".listing[data-unsorted]"));

/** What this page's folder is called. */
export const folderName = (path = folder) => baseName(path) || page.source || "";
