import { page, root } from "./dom.js";

/** Of each app on this site. */
const KEY = `recent-folders:${root}`;
const MAX_FOLDERS = 5;
const MAX_SOURCES = 20;

/**
 * Folders of this source that the same person moved or copied something to in this browser, the latest first. They are
 * forgotten when somebody else does so.
 * @returns {string[]}
 */
export const recentFolders = () => read().get(page.source) ?? [];

/** @param {string} path */
export function rememberFolder(path) {
  const all = read();
  const folders = [path, ...recentFolders().filter((other) => other !== path)].slice(0, MAX_FOLDERS);
  all.delete(page.source);
  try {
    const sources = [[page.source, folders], ...all].slice(0, MAX_SOURCES);
    localStorage.setItem(KEY, JSON.stringify({ person: page.person, sources }));
  } catch {
    // The browser keeps nothing for this site.
  }
}

/** @returns {Map<string | undefined, string[]>} */
function read() {
  try {
    const { person, sources } = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    return new Map(person === page.person ? sources : []);
  } catch {
    return new Map();
  }
}
