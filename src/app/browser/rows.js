import { all, can, find, folder, make, page, sourceUrl } from "./dom.js";
import { baseName, countOf, folderOf, formatBytes, formatExactBytes, formatName } from "./format.js";
import { fileIcon, iconMarkup } from "./icons.js";
import { comparer, nameOrder } from "./row_order.js";

/** @typedef {import("./client_types.ts").FileRecord} FileRecord */

/** The table of files, if this page has one. */
export const table = find(HTMLTableElement, "#files");
const body = table?.tBodies[0];

const listing = find(HTMLElement, ".listing")?.dataset;
/** The order of names in the table; the store's if the folder is too large to sort. */
export const byName = listing?.order === "store" ? undefined : nameOrder(listing?.language);

/** Visible rows that match a selector. */
export const rows = (condition = "") => all(HTMLTableRowElement, `tr:not([hidden])${condition}`, body ?? make("table"));

/** The row of a file or folder. @param {string} path */
export const rowOf = (path) => all(HTMLTableRowElement, "tr", body).find((row) => row.dataset.path === path);

/** A row's checkbox. @param {ParentNode} row */
export const boxOf = (row) => find(HTMLInputElement, "input[name=path]", row);

/** A row's link. @param {ParentNode} row */
export const linkOf = (row) => find(HTMLAnchorElement, "td.name a", row);

/** How the table is sorted. */
function currentOrder() {
  const header = table?.querySelector("th[aria-sort$=ing]");
  const key = header instanceof HTMLElement && header.dataset.sort || "name";
  return { key, isDescending: header?.ariaSort === "descending" };
}

/** Adds a row for an uploaded, moved or copied file. @param {FileRecord} file */
export function showFile(file) {
  if (folderOf(file.path) !== folder) return showFolder(file.path);
  const row = fromTemplate("#row-template", file.path);
  const link = row && linkOf(row);
  if (!row || !link) return;
  const time = new Date(file.last_modified ?? Date.now()).toISOString();
  Object.assign(row.dataset, { size: String(file.size), modified: time });
  link.href = file.url;
  const [icon, size, date] = [".icon, .thumb", "td.size", "td time"].map((selector) => row.querySelector(selector));
  icon?.replaceWith(pictureOf(file));
  if (size instanceof HTMLElement) {
    size.textContent = formatBytes(file.size);
    size.title = formatExactBytes(file.size);
  }
  if (date instanceof HTMLTimeElement) {
    date.textContent = "now";
    date.dateTime = time;
    date.title = "";
  }
  const quick = find(HTMLAnchorElement, ".quick a", row);
  if (quick) quick.href = file.download_url;
  insert(row);
}

/** The picture that the server shows for such a file. @param {FileRecord} file */
function pictureOf({ path, thumbnail_url: src }) {
  const name = fileIcon(path);
  if (name === "image") return make("img", { class: "thumb", src, alt: "", width: "28", height: "28" });
  return iconOf(name);
}

/** A copy of an icon. @param {Parameters<typeof iconMarkup>[0]} name */
export function iconOf(name) {
  const template = make("template");
  template.innerHTML = iconMarkup(name);
  return template.content;
}

/** Adds a row for the subfolder that a path is in. @param {string} path */
export function showFolder(path) {
  const end = path.indexOf("/", folder.length) + 1;
  const child = path.slice(0, end);
  if (!path.startsWith(folder) || end === 0 || fresh.has(child) || rowOf(child)) return;
  const row = fromTemplate("#folder-row-template", child);
  const link = row && linkOf(row);
  if (!row || !link) return;
  link.href = `${sourceUrl}?folder=${encodeURIComponent(child)}`;
  for (const [cell, target] of [[".size a", "size?folder"], [".quick a", "archive?path"]]) {
    row.querySelector(cell ?? "")?.setAttribute("href", `${sourceUrl}/-/${target}=${encodeURIComponent(child)}`);
  }
  row.querySelector(".size a")?.setAttribute("aria-label", `Size of ${formatName(child)}`);
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

/**
 * Inserts a row with others a moment later: every insertion costs a layout of the whole table.
 * @param {HTMLTableRowElement} row
 */
function insert(row) {
  row.classList.add("new");
  fresh.set(row.dataset.path ?? "", row);
  scheduleUpdate();
}

/** Inserts new rows in order; they replace rows of the same paths. */
export function insertRows() {
  if (!body || fresh.size === 0) return;
  const { key, isDescending } = currentOrder();
  const compare = comparer(key, isDescending, byName);
  const others = [...body.rows].filter((row) => {
    const successor = fresh.get(row.dataset.path ?? "");
    successor?.classList.remove("new");
    if (successor) row.remove();
    return !successor;
  });
  for (const row of fresh.values()) {
    let [start, end] = [0, others.length];
    while (start < end) {
      const middle = (start + end) >> 1;
      if (compare(row.dataset, others[middle]?.dataset ?? {}) < 0) end = middle;
      else start = middle + 1;
    }
    body.insertBefore(row, others[start] ?? null);
    // It would fade in again whenever the table is sorted.
    setTimeout(() => row.classList.remove("new"), 500);
    others.splice(start, 0, row);
  }
  fresh.clear();
}

/** Removes rows, and focuses the next one. @param {readonly string[]} paths */
export function removeRows(paths) {
  const isGone = new Set(paths);
  const before = rows();
  const first = before.findIndex((row) => isGone.has(row.dataset.path ?? ""));
  for (const row of all(HTMLTableRowElement, "tr", body)) if (isGone.has(row.dataset.path ?? "")) row.remove();
  const left = rows();
  const next = left[Math.min(first, left.length - 1)];
  if (first >= 0 && next) linkOf(next)?.focus();
  scheduleUpdate();
}

let timer = 0;

/** Announces added and removed rows to the rest of the page, many at once. */
function scheduleUpdate() {
  timer ||= setTimeout(() => {
    timer = 0;
    insertRows();
    const empty = find(HTMLElement, "#empty");
    const listing = find(HTMLElement, ".listing");
    if (empty && listing) [empty.hidden, listing.hidden] = [true, false];
    table?.dispatchEvent(new Event("rows"));
    // Laying out a large table takes time that uploads need.
  }, 100 + (body?.rows.length ?? 0) / 2);
}

/** Updates the text above the table. */
export function updateSummary() {
  const text = document.querySelector(".toolbar p");
  if (!text) return;
  const paths = rows().map(({ dataset }) => dataset.path ?? "");
  const count = `${countOf(paths)}${isWhole() ? "" : " on this page"}`;
  const prefix = isUnsorted() ? "Too large to sort: only the rows loaded so far are sorted. " : "";
  const isFiltered = all(HTMLElement, "tr[hidden]", body).length > 0;
  const nothing = can.has("upload") ? "This folder is empty. Drop files here or choose some." : "This folder is empty.";
  text.textContent = prefix + (paths.length > 0 || !isWhole() || isFiltered ? count : nothing);
}

/** Whether every page of the folder is loaded. */
export const isWhole = () => !document.querySelector(".pager a");

/** Whether the folder is too large for the server to sort. */
export const isUnsorted = () => Boolean(document.querySelector(".listing[data-unsorted]"));

/** The displayed name of a folder. */
export const folderName = (path = folder) => baseName(path) || page.source || "";
