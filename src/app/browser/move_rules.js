import { can, find } from "./dom.js";

/** Under which the browser keeps what was cut or copied, until the tab is closed. */
export const CLIPBOARD_KEY = "clipboard";

export const canMove = can.has("edit") && can.has("delete");
export const canCopy = can.has("upload");

/** Whether a key is meant for a field or a dialog, not for the page. @param {Event} event */
export const isTyping = ({ target }) =>
  target instanceof Element && target.matches("input:not([type=checkbox]), textarea, select") ||
  find(HTMLDialogElement, "dialog[open]") !== undefined;

/** Whether copying and pasting is about text, not about rows. @param {Event} event */
export const isText = (event) => isTyping(event) || String(getSelection()) !== "";
