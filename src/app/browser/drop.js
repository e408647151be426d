import { around, folder, hideToast, toast } from "./dom.js";
import { filesIn } from "./dropped_files.js";
import { loadPart } from "./parts.js";
import { folderName } from "./rows.js";

/** @typedef {import("./client_types.ts").NewFile} NewFile */

/**
 * Accepts files and folders that are dropped anywhere on the page.
 * @param {(files: NewFile[]) => void} add
 */
export function acceptDrops(add) {
  /** Entering and leaving elements inside the page fires events in pairs. */
  let depth = 0;
  let shown = "";
  /** Pictures of the page itself are files, too, while they are dragged. */
  let isOwn = false;
  addEventListener("dragstart", () => isOwn = true);
  // No such event comes while something is dragged, and no `dragend` from what is gone.
  for (const type of ["dragend", "pointerover"]) addEventListener(type, () => isOwn = false);
  /** @param {DragEvent} event */
  const hasFiles = ({ dataTransfer }) =>
    Boolean(dataTransfer?.types.includes("Files")) && !isOwn && !document.querySelector("dialog[open]");
  /** @param {Event} event */
  const rowAt = (event) => around(HTMLElement, "tr[data-kind=folder]", event);
  const end = () => {
    depth = 0;
    shown = "";
    hideToast();
    unmark();
  };
  /** @param {DragEvent} event */
  const show = (event) => {
    const row = rowAt(event);
    const text = `Drop to upload to “${folderName(row?.dataset.path)}”`;
    if (text === shown) return;
    unmark();
    (row ?? document.querySelector("main"))?.classList.add("drop");
    toast(text, { stays: true });
    shown = text;
  };
  addEventListener("dragenter", (event) => {
    if (!hasFiles(event)) return;
    depth++;
    event.preventDefault();
    show(event);
  });
  addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    if (event.dataTransfer) event.dataTransfer.dropEffect = "copy";
    show(event);
  });
  addEventListener("dragleave", (event) => {
    if (hasFiles(event) && --depth <= 0) end();
  });
  addEventListener("drop", async (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    const target = rowAt(event)?.dataset.path ?? folder;
    end();
    // The list is empty after this turn of the event loop.
    const entries = [...event.dataTransfer?.items ?? []].map((item) => item.webkitGetAsEntry());
    const plain = [...event.dataTransfer?.files ?? []];
    /** @type {string[]} */
    const unreadable = [];
    /** @type {Awaited<ReturnType<typeof filesIn>>} */
    const found = entries.some(Boolean)
      ? (await Promise.all(entries.map((entry) => filesIn(entry, unreadable)))).flat()
      : plain.map((blob) => ({ path: blob.name, blob }));
    add(found.flatMap(({ path, blob }) => blob ? [{ path, blob, folder: target }] : []));
    const empty = found.flatMap(({ path, blob }) => blob ? [] : [target + path]);
    if (empty.length > 0) (await loadPart(() => import("./empty_folders.js")))?.createEmptyFolders(empty);
    if (unreadable.length === 0) return;
    const errors = unreadable.map((path) => ({ path, message: "Your device does not let the browser read it." }));
    const part = await loadPart(() => import("./dialogs.js"));
    await part?.showFailures("Not everything is uploaded", "These were left out:", errors);
  });
}

function unmark() {
  for (const marked of document.querySelectorAll(".drop")) marked.classList.remove("drop");
}
