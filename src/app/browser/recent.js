import { bdi, find, make, page, root } from "./dom.js";
import { folderOf, formatName } from "./format.js";
import { fileIcon } from "./icons.js";
import { iconOf } from "./rows.js";

/** @typedef {{id: string, source: string, path: string}} RecentFile */

/** Of each app on this site. */
const KEY = `recent:${root}`;
const MOST = 10;

/**
 * Remembers in this browser which file a page shows, and lists those shown last on the first page. What one person
 * opened is forgotten when somebody else is logged in, or nobody.
 */
export function startRecent() {
  const element = find(HTMLElement, "[data-recent]");
  if (!element) return;
  const { recent: person = "", id = "", gone = "", path = "" } = element.dataset;
  const files = read(person).filter((file) => file.id !== id && file.id !== gone);
  if (id) files.unshift({ id, source: page.source ?? "", path });
  try {
    localStorage.setItem(KEY, JSON.stringify({ person, files: files.slice(0, MOST) }));
  } catch {
    // The browser keeps nothing.
  }
  const list = find(HTMLUListElement, ".recent-files ul");
  if (!list || files.length === 0) return;
  list.replaceChildren(...files.map(item));
  element.hidden = false;
}

/** @param {string} person @returns {RecentFile[]} */
function read(person) {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    return kept.person === person ? kept.files.filter(isFile) : [];
  } catch {
    return [];
  }
}

/** @param {any} file */
const isFile = ({ id, source, path }) =>
  /^df-[\w-]+$/.test(id) && typeof source === "string" && typeof path === "string";

/** @param {RecentFile} file */
function item({ id, source, path }) {
  const place = make("small", {}, bdi(`${source}/${folderOf(path)}`));
  return make(
    "li",
    {},
    make("a", { href: `${root}/${id}` }, iconOf(fileIcon(path)), make("span", {}, bdi(formatName(path)), place)),
  );
}
