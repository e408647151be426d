import { around, find } from "./dom.js";
import { canCopy, canMove, CLIPBOARD_KEY, isText } from "./move_rules.js";
import { loadPart } from "./parts.js";
import { table } from "./rows.js";
import { selectedRows } from "./table.js";

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
