import { around, hideToast, make, toast } from "./dom.js";
import { countOf, folderOf, formatName } from "./format.js";
import { canCopy, canMove } from "./move_rules.js";
import { folderName, table } from "./rows.js";
import { selectedRows } from "./table.js";
import { movesInto, transfer } from "./transfers.js";

/** Paths of the rows that are being dragged. @type {string[]} */
let dragged = [];
let shown = "";

/** Lets rows be dragged onto folders in the table and in the breadcrumbs. */
export function startDragging() {
  // Links can be dragged anyhow; the cells beside them cannot.
  table?.addEventListener("pointerdown", (event) => {
    const row = around(HTMLTableRowElement, "tbody tr", event);
    if (row) row.draggable = !around(HTMLInputElement, "input", event);
  });
  table?.addEventListener("dragstart", (event) => {
    const row = around(HTMLTableRowElement, "tbody tr", event);
    if (!row || !event.dataTransfer) return;
    const selected = selectedRows();
    dragged = (selected.includes(row) ? selected : [row]).map(({ dataset }) => dataset.path ?? "");
    event.dataTransfer.effectAllowed = canMove && canCopy ? "copyMove" : canMove ? "move" : "copy";
    // Without data, Firefox drags nothing but links.
    if (event.target === row) event.dataTransfer.setData("text/plain", dragged.join("\n"));
    const badge = make("span", { class: "drag-badge" }, what());
    document.body.append(badge);
    event.dataTransfer.setDragImage(badge, -12, -8);
    // The browser has its picture by then.
    setTimeout(() => badge.remove());
  });
  document.addEventListener("dragover", (event) => {
    if (dragged.length === 0) return;
    const target = targetAt(event);
    show(target, actionOf(event));
    if (!target || !event.dataTransfer) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = actionOf(event);
  });
  document.addEventListener("drop", (event) => {
    const target = dragged.length > 0 && targetAt(event);
    if (!target) return;
    event.preventDefault();
    const action = actionOf(event);
    const paths = dragged;
    end();
    transfer(action, movesInto(action, paths, target.path));
  });
  document.addEventListener("dragend", end);
}

const what = () => dragged.length === 1 ? `“${formatName(dragged[0] ?? "")}”` : countOf(dragged);

/** Ctrl copies, on a Mac Option. @param {DragEvent} event @returns {"move" | "copy"} */
const actionOf = ({ ctrlKey, altKey }) => canCopy && (ctrlKey || altKey || !canMove) ? "copy" : "move";

/** The folder under the pointer, if something can be dropped there. @param {DragEvent} event */
function targetAt(event) {
  const row = around(HTMLElement, "#files tr[data-kind=folder]", event);
  const crumb = around(HTMLAnchorElement, ".crumbs ol a", event);
  const path = row?.dataset.path ?? (crumb && (new URL(crumb.href).searchParams.get("folder") ?? ""));
  const element = row ?? crumb;
  if (path === undefined || !element) return undefined;
  const isInside = dragged.some((other) => other.endsWith("/") && path.startsWith(other));
  return isInside || dragged.every((other) => folderOf(other) === path) ? undefined : { element, path };
}

/** @param {{element: HTMLElement, path: string} | undefined} target @param {"move" | "copy"} action */
function show(target, action) {
  const text = target ? `${action === "move" ? "Move" : "Copy"} ${what()} to “${folderName(target.path)}”` : "";
  if (text === shown && (!target || target.element.classList.contains("drop"))) return;
  for (const marked of document.querySelectorAll(".drop")) marked.classList.remove("drop");
  hideToast();
  shown = text;
  if (!target) return;
  target.element.classList.add("drop");
  toast(text, { stays: true });
}

function end() {
  dragged = [];
  show(undefined, "move");
}
