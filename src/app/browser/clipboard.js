import { announce, button, find, folder, make, page, toast } from "./dom.js";
import { baseName, countOf, folderOf } from "./format.js";
import { CLIPBOARD_KEY } from "./move_rules.js";
import { linkOf, rows, table } from "./rows.js";
import { movesInto, transfer } from "./transfers.js";

/** @typedef {{source: string | undefined, action: "move" | "copy", paths: string[]}} Clipboard */

/** Cuts or copies files and folders, to be pasted into another folder. @param {"move" | "copy"} action @param {string[]} paths */
export function hold(action, paths) {
  try {
    sessionStorage.setItem(CLIPBOARD_KEY, JSON.stringify({ source: page.source, action, paths }));
  } catch {
    return toast("These are too many to cut or copy. Use “Move” or “Copy” instead.");
  }
  // Then no files of before are pasted from the system's clipboard.
  navigator.clipboard?.writeText(paths.map(baseName).join("\n")).catch(() => {});
  showClipboard();
  announce(`${countOf(paths)} ${action === "move" ? "cut" : "copied"}. Open a folder and paste.`);
}

/** What was cut or copied in this source. @returns {Clipboard | undefined} */
function held() {
  const clipboard = JSON.parse(sessionStorage.getItem(CLIPBOARD_KEY) ?? "null");
  return clipboard?.source === page.source ? clipboard : undefined;
}

function drop() {
  sessionStorage.removeItem(CLIPBOARD_KEY);
  showClipboard();
}

/** Moves or copies what is held to this folder. */
export async function paste() {
  const clipboard = held();
  if (!clipboard) return toast("What was cut or copied is in another source, and can only be pasted there.");
  const { action, paths } = clipboard;
  if (isHere(clipboard)) return toast("They are in this folder already. Open another one and paste there.");
  if (action === "move") drop();
  await transfer(action, movesInto(action, paths, folder));
}

/** @param {Clipboard} clipboard */
const isHere = ({ action, paths }) => action === "move" && folderOf(paths[0] ?? "") === folder;

/** Shows what is held, with a button that pastes it, and dims rows that were cut. */
export function showClipboard() {
  const clipboard = held();
  dimRows();
  document.querySelector(".clipboard")?.remove();
  if (!clipboard) return;
  const { action, paths } = clipboard;
  const [verb, done] = action === "move" ? ["Move", "cut"] : ["Copy", "copied"];
  const content = isHere(clipboard)
    ? make("span", { class: "hint" }, `${countOf(paths)} ${done}`)
    : button(`${verb} ${countOf(paths)} here`, paste, { "aria-keyshortcuts": "Control+V" });
  const forget = () => {
    drop();
    linkOf(document)?.focus();
  };
  const cancel = button("×", forget, { "aria-label": `Forget what was ${done}`, title: `Forget what was ${done}` });
  const group = make(
    "span",
    { class: "clipboard", role: "group", "aria-label": "Cut or copied files" },
    content,
    cancel,
  );
  find(HTMLElement, ".toolbar p")?.after(group);
}

function dimRows() {
  const clipboard = held();
  const isCut = new Set(clipboard?.action === "move" ? clipboard.paths : []);
  for (const row of rows()) row.classList.toggle("cut", isCut.has(row.dataset.path ?? ""));
}

table?.addEventListener("rows", dimRows);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !document.querySelector("dialog[open]")) drop();
});
