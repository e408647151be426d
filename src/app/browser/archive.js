import { callApi } from "./api.js";
import { showFailures, showMessage } from "./dialogs.js";
import { folder, hideToast, make, sleep, sourceUrl, toast } from "./dom.js";
import { plural } from "./format.js";
import { isWhole, rows } from "./rows.js";

/**
 * @typedef {{ended: boolean, files?: number, missing?: {path: string, message: string}[], missing_count?: number, error?: string |
 * null}} Result
 */

/**
 * Downloads files and folders as one zip, and says at its end what is missing in it.
 * @param {readonly string[]} selected @param {HTMLElement} [link] to the same without scripts, perhaps in another source
 */
export async function downloadArchive(selected, link) {
  const base = link instanceof HTMLAnchorElement ? link.href.replace(/\/archive\?.*/, "") : `${sourceUrl}/-`;
  const paths = selected.length > MAX_PATHS && isEverything(selected) ? [folder] : selected;
  if (paths.length > MAX_PATHS) {
    return await showMessage("These are too many for one download", make("p", {}, TOO_MANY));
  }
  const id = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const { frame, isRefused } = start(base, paths, id);
  toast("The download starts in a moment");
  const { files = 0, missing = [], missing_count: count = 0, error } = await resultOf(
    `${base}/archive.json?id=${id}`,
    isRefused,
  );
  frame.remove();
  hideToast();
  if (error) return await showMessage("The download is not complete", make("p", {}, error));
  if (count === 0) return toast(`${plural(files, "file")} downloaded as one zip`);
  const more = count > missing.length ? ` These are the first ${missing.length}; the zip has a list of all.` : "";
  const summary = `${plural(files, "file")} downloaded, ${count} missing or not whole.${more}`;
  await showFailures("Some files are missing in the zip", summary, missing);
}

/** A form has no more of one name. */
const MAX_PATHS = 1000;
const TOO_MANY = "Choose at most 1,000 files and folders, or everything in this folder.";

/** @param {readonly string[]} selected */
const isEverything = (selected) =>
  isWhole() && selected.length === rows().length && !document.querySelector("#files tr[hidden]");

/**
 * Starts a download in a frame of its own, so that the page stays if it is refused.
 * @param {string} base @param {readonly string[]} paths @param {string} id
 */
function start(base, paths, id) {
  const fields = [["id", id], ...paths.map((path) => ["path", path])].map(([name = "", value = ""]) =>
    make("input", { type: "hidden", name, value })
  );
  const attributes = { method: "post", action: `${base}/form/archive`, target: id, hidden: true };
  const form = make("form", attributes, ...fields);
  let isRefused = false;
  const frame = make("iframe", {
    name: id,
    title: "Download",
    hidden: true,
    // A download loads nothing; a page says why there is none.
    load: () => isRefused ||= frame.contentDocument?.URL !== "about:blank",
  });
  document.body.append(frame, form);
  form.submit();
  form.remove();
  return { frame, isRefused: () => isRefused };
}

/**
 * Waits until a download has ended.
 * @param {string} url @param {() => boolean} isRefused @returns {Promise<Result>}
 */
async function resultOf(url, isRefused) {
  let failures = 0;
  for (let seconds = 1; failures < 5; seconds = Math.min(seconds * 1.5, 15)) {
    await sleep(seconds * 1000);
    const wasRefused = isRefused();
    try {
      /** @type {Result} */
      const result = await callApi("GET", url);
      if (result.ended) return result;
      failures = 0;
    } catch {
      failures++;
    }
    if (wasRefused) return { ended: true, error: "The server refused this download. Reload the page and try again." };
  }
  return { ended: true, error: "The server no longer answers. Look at the downloads of your browser." };
}
