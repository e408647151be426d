import { callApi, messageOf } from "./api.js";
import { showDialog, showMessage } from "./dialogs.js";
import { make, page, toast } from "./dom.js";

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

/** Copies a link that works without login until it expires. @param {string} id */
export async function copyLink(id) {
  try {
    const { url, expires_at } = await callApi("GET", `${page.root}/${id}/link?expires_in_seconds=3600`);
    const until = new Date(expires_at);
    const minutes = Math.round((until.getTime() - Date.now()) / 60_000);
    const time = until.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    await copyText("Link", url, `It works for ${minutes} minutes, until ${time}.`);
  } catch (error) {
    await showMessage("The link could not be created", make("p", {}, messageOf(error)));
  }
}
