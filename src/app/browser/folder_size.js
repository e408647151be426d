import { callApi, messageOf } from "./api.js";
import { showMessage } from "./dialogs.js";
import { announce, make } from "./dom.js";
import { formatBytes, plural } from "./format.js";
import { folderName } from "./rows.js";

/** @typedef {{files: number, bytes: number, skipped: number, next: string | null}} Size */

/** Shows the size of a folder: in its row if the link is in one, else in a dialog. @param {HTMLElement} link */
export function showSize(link) {
  const url = new URL(link instanceof HTMLAnchorElement ? link.href : location.href);
  const path = url.searchParams.get("folder") ?? "";
  url.pathname += ".json";
  const cell = link.closest("td");
  if (cell) return fill(cell, url, folderName(path));
  const text = make("p", { role: "status" }, "Counting…");
  const stop = new AbortController();
  const shown = showMessage(`Size of “${folderName(path)}”`, text).then(() => stop.abort());
  measure(url, stop.signal, (size, isEnd) => text.textContent = sentence(size, isEnd)).catch((error) => {
    text.append(make("br"), messageOf(error));
  });
  return shown;
}

/** @param {HTMLElement} cell @param {URL} url @param {string} name */
async function fill(cell, url, name) {
  const text = make("span", {}, "…");
  cell.replaceChildren(text);
  try {
    await measure(url, AbortSignal.timeout(MAX_MS), (size, isEnd) => {
      text.textContent = isEnd ? formatBytes(size.bytes) : `${formatBytes(size.bytes)}…`;
      cell.title = sentence(size, isEnd);
      if (isEnd) announce(`${name}: ${sentence(size, true)}`);
    });
  } catch (error) {
    cell.title = `${cell.title} ${messageOf(error)}`.trim();
    text.textContent = text.textContent === "…" ? "Unknown" : `Over ${(text.textContent ?? "").replace("…", "")}`;
    announce(messageOf(error));
  }
}

/** A row has no way to stop. */
const MAX_MS = 60_000;

/** @param {Size} size @param {boolean} isEnd */
function sentence({ files, bytes, skipped }, isEnd) {
  const left = skipped === 0 ? "" : ` Not counted: ${plural(skipped, "name")} that cannot be used here.`;
  return `${isEnd ? "" : "So far "}${formatBytes(bytes)} in ${plural(files, "file")}.${left}`;
}

/**
 * Counts a folder, part after part.
 * @param {URL} url @param {AbortSignal} signal @param {(size: Size, isEnd: boolean) => void} show
 */
async function measure(url, signal, show) {
  let size = { files: 0, bytes: 0, skipped: 0 };
  /** @type {string | null} */
  let next = "";
  while (next !== null && !signal.aborted) {
    url.searchParams.set("next", next);
    /** @type {Size} */
    const part = await callApi("GET", url.href);
    size = {
      files: size.files + part.files,
      bytes: size.bytes + part.bytes,
      skipped: size.skipped + part.skipped,
    };
    next = part.next;
    show({ ...size, next }, next === null);
  }
}
