import { callApi } from "./api.js";
import { sourceUrl } from "./dom.js";
import { nameOrder } from "./row_order.js";

/**
 * Folders in a folder, as far as its first pages tell.
 * @typedef {{folders: string[], isWhole: boolean}} FolderList
 */

const PAGE_SIZE = 1_000;
const MAX_PAGES = 5;

/** @type {Map<string, Promise<FolderList>>} */
const lists = new Map();

/** Lists the folders in a folder, once. @param {string} folder @returns {Promise<FolderList>} */
export function listFolders(folder) {
  const list = lists.get(folder) ?? load(folder);
  lists.set(folder, list);
  // A failure is not kept.
  list.catch(() => lists.delete(folder));
  return list;
}

/** Lists them all again next time. */
export const forgetLists = () => lists.clear();

/** @param {string} folder @returns {Promise<FolderList>} */
async function load(folder) {
  /** @type {string[]} */
  const folders = [];
  let cursor = "";
  for (let pages = 0; pages < MAX_PAGES; pages++) {
    const query = new URLSearchParams({ folder, sort: "name", limit: String(PAGE_SIZE), ...cursor && { cursor } });
    const page = await callApi("GET", `${sourceUrl}.json?${query}`);
    for (const { path } of page.folders) folders.push(path);
    // Where it can be sorted, files come after all folders.
    cursor = page.is_sorted && page.files.length > 0 ? "" : page.cursor ?? "";
    if (cursor === "") break;
  }
  return { folders: folders.sort(nameOrder()), isWhole: cursor === "" };
}
