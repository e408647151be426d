import { can, find } from "./dom.js";

/** Under which the browser keeps what was cut or copied, until the tab is closed. */
export const CLIPBOARD_KEY = "clipboard";

export const canMove = can.has("edit") && can.has("delete");
export const canCopy = can.has("upload");

/** Whether a key or a paste is meant for a text or a dialog, not for rows. @param {Event} event */
export const isText = ({ target }) =>
  target instanceof Element && target.matches("input:not([type=checkbox]), textarea, select, [contenteditable]") ||
  String(getSelection()) !== "" || find(HTMLDialogElement, "dialog[open]") !== undefined;
