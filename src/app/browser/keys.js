import { can } from "./dom.js";

/**
 * A key, and what it does.
 * @typedef {object} Shortcut
 * @property {string} key Its name in events; `Mod+` before it is Ctrl, on a Mac ⌘.
 * @property {string} text For the list that `?` shows.
 * @property {string} [label] Shown instead of the name.
 * @property {string} [action] As in `data-action`. Without one, the key is handled elsewhere and only listed here.
 * @property {"row" | "rows"} [target] What the action needs: the focused row, or what is selected.
 * @property {string[]} [needs] What must be permitted.
 * @property {string} [where] A selector of what the page must have.
 */

const TABLE = "#files";

/** @type {Shortcut[]} */
export const KEYS = [
  { key: "/", text: "Search", action: "search" },
  { key: "?", text: "Show these keys", action: "keys" },
  { key: "ArrowDown", label: "↓ ↑", text: "Next and previous file", where: TABLE },
  { key: "Home", label: "Home End", text: "First and last file", where: TABLE },
  { key: "Enter", text: "Open", where: TABLE },
  { key: " ", label: "Space", text: "Select", where: `${TABLE} .pick` },
  { key: "Shift+ArrowDown", label: "Shift ↓", text: "Select several", where: `${TABLE} .pick` },
  { key: "Mod+a", text: "Select all", action: "select-all", where: `${TABLE} .pick` },
  { key: "Escape", label: "Esc", text: "Clear the selection", action: "clear", where: `${TABLE} .pick` },
  { key: "F2", text: "Rename", action: "rename", target: "row", needs: ["edit", "delete"], where: TABLE },
  { key: "Mod+x", text: "Cut", needs: ["edit", "delete"], where: "#selection" },
  { key: "Mod+c", text: "Copy", needs: ["upload"], where: "#selection" },
  { key: "Mod+v", text: "Paste", needs: ["upload"], where: "#selection" },
  { key: "Mod+z", text: "Undo a move", needs: ["edit", "delete"], where: "#selection" },
  { key: "Delete", text: "Delete", action: "delete", target: "rows", needs: ["delete"], where: TABLE },
  { key: "ArrowLeft", label: "← →", text: "Previous and next file", where: ".steps" },
  { key: "Mod+s", text: "Save", where: "#editor" },
];

/** Whether a key does something on this page. @param {Shortcut} shortcut */
export const isOffered = ({ needs = [], where = "body" }) =>
  needs.every((action) => can.has(action)) && document.querySelector(where) !== null;

/** The shortcut that was pressed, if it has an action here. @param {KeyboardEvent} event */
export function pressed({ key, ctrlKey, metaKey, shiftKey }) {
  const name = ctrlKey || metaKey ? `Mod+${shiftKey ? "Shift+" : ""}${key.toLowerCase()}` : key;
  return KEYS.find((shortcut) => shortcut.key === name && shortcut.action && isOffered(shortcut));
}
