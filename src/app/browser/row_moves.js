import { around, can, find } from "./dom.js";
import { loadPart } from "./parts.js";
import { table } from "./rows.js";
import { selectedRows } from "./table.js";

/** Under which the browser keeps what was cut or copied, until the tab is closed. */
export const CLIPBOARD_KEY = "clipboard";

export const canMove = can.has("edit") && can.has("delete");
export const canCopy = can.has("upload");

const clipboard = () => loadPart(() => import("./clipboard.js"));

/** Lets rows be dragged, cut, copied and pasted. What that takes is loaded when it is first used. */
export function startRowMoves() {
  if (!table || !find(HTMLFormElement, "#selection") || !(canMove || canCopy)) return;
  const startDragging = async () => (await loadPart(() => import("./drag_rows.js")))?.startDragging();
  table.addEventListener("pointerover", startDragging, { once: true });
  document.addEventListener("keydown", onClipboardKey);
  document.addEventListener("paste", onPaste);
  if (sessionStorage.getItem(CLIPBOARD_KEY)) clipboard().then((part) => part?.showClipboard());
}

/** Whether text is meant, not rows. @param {Event} event */
export const isText = ({ target }) =>
  target instanceof Element && target.matches("input:not([type=checkbox]), textarea, select, [contenteditable]") ||
  String(getSelection()) !== "" || find(HTMLDialogElement, "dialog[open]") !== undefined;

/** @param {KeyboardEvent} event */
async function onClipboardKey(event) {
  const key = event.key.toLowerCase();
  const isCut = key === "x" && canMove;
  if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || !(isCut || key === "c" && canCopy)) return;
  if (isText(event)) return;
  const row = around(HTMLTableRowElement, "#files tbody tr", event);
  const selected = selectedRows();
  const paths = (selected.length > 0 || !row ? selected : [row]).map(({ dataset }) => dataset.path ?? "");
  if (paths.length === 0) return;
  event.preventDefault();
  (await clipboard())?.hold(isCut ? "move" : "copy", paths);
}

/** @param {ClipboardEvent} event */
async function onPaste(event) {
  if (!sessionStorage.getItem(CLIPBOARD_KEY) || isText(event) || event.clipboardData?.files.length) return;
  event.preventDefault();
  (await clipboard())?.paste();
}
