import { announce, hideToast, make } from "./dom.js";

const LASTS_MS = 12_000;

/** @type {HTMLElement | undefined} */
let shown;
let timer = 0;

/**
 * Shows a line at the bottom that may have buttons, instead of the one before. One that `passes` is read out, and hides
 * by itself once nobody points at it or has the focus in it.
 * @param {(string | Node)[]} content
 */
export function showNote(content, { passes = false } = {}) {
  hideNote();
  hideToast();
  const note = shown = make("section", { class: "note", "aria-label": "Last action" }, ...content);
  document.body.append(note);
  if (!passes) return;
  announce(content.map((part) => typeof part === "string" ? part : part.textContent).join(" "));
  const hide = () => note.matches(":hover, :focus-within") ? timer = setTimeout(hide, LASTS_MS / 4) : hideNote();
  timer = setTimeout(hide, LASTS_MS);
}

/** Hides it. */
function hideNote() {
  clearTimeout(timer);
  shown?.remove();
  shown = undefined;
}
