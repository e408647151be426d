import { showDialog } from "./dialogs.js";
import { make, toast } from "./dom.js";

/**
 * Copies text to the clipboard; shows it where that is not allowed.
 * @param {string} what
 * @param {string} text
 * @param {string} note
 */
export async function copyText(what, text, note = "") {
  try {
    await navigator.clipboard.writeText(text);
    toast(`${what} copied. ${note}`.trim());
  } catch {
    const title = `${what} to copy`;
    const field = make("textarea", { readonly: true, rows: "4", "aria-label": title }, text);
    await showDialog({
      title,
      content: [...note ? [make("p", {}, note)] : [], field],
      actions: [{ label: "Close" }],
      focus: field,
    });
  }
}
