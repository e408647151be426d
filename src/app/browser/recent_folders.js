import { page } from "./dom.js";

const KEY = "recent-folders";
const MAX_FOLDERS = 5;
const MAX_SOURCES = 20;

/** Folders of this source that something was moved or copied to in this browser, the latest first. @returns {string[]} */
export const recentFolders = () => read().get(page.source) ?? [];

/** @param {string} path */
export function rememberFolder(path) {
  const all = read();
  const folders = [path, ...recentFolders().filter((other) => other !== path)].slice(0, MAX_FOLDERS);
  all.delete(page.source);
  try {
    localStorage.setItem(KEY, JSON.stringify([[page.source, folders], ...all].slice(0, MAX_SOURCES)));
  } catch {
    // The browser keeps nothing for this site.
  }
}

/** @returns {Map<string | undefined, string[]>} */
function read() {
  try {
    return new Map(JSON.parse(localStorage.getItem(KEY) ?? "[]"));
  } catch {
    return new Map();
  }
}
