import { bdi, button, find, make } from "./dom.js";

/** @type {Promise<unknown>} */
let last = Promise.resolve();

/**
 * Shows a dialog once earlier ones are closed; resolves to the value of the button that closed it, or "".
 * @param {{title: string | Node, content?: (string | Node)[], actions: {label: string, value?: string, style?:
 * string}[], focus?: HTMLElement}} dialog
 *   `actions`: the first is the safe one, and has the focus unless `focus` is given. One without a value only closes the dialog.
 * @returns {Promise<string>}
 */
export const showDialog = (dialog) => inTurn(() => openDialog(dialog));

/**
 * Calls a function once earlier dialogs are closed.
 * @template T
 * @param {() => T | Promise<T>} open
 * @returns {Promise<T>}
 */
export function inTurn(open) {
  const shown = last.then(open);
  last = shown;
  return shown;
}

/** Like {@link showDialog}, but at once. @param {Parameters<typeof showDialog>[0]} parts @returns {Promise<string>} */
export function openDialog({ title, content = [], actions, focus }) {
  const dialog = find(HTMLDialogElement, "#dialog");
  if (!dialog) return Promise.resolve("");
  const buttons = actions.map(({ label, value, style = "" }) =>
    // Enter in a field presses the first submit button.
    value === undefined ? button(label, () => dialog.close("")) : make("button", { value, class: style }, label)
  );
  const heading = make("h2", { id: "dialog-title" }, title);
  const choice = make("div", { class: "choice" }, ...buttons);
  dialog.replaceChildren(make("form", { method: "dialog" }, heading, ...content, choice));
  dialog.setAttribute("aria-labelledby", "dialog-title");
  dialog.returnValue = "";
  dialog.showModal();
  (focus ?? buttons[0])?.focus();
  if (focus instanceof HTMLInputElement && focus.selectionStart === focus.selectionEnd) focus.select();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      restoreCaret();
      resolve(dialog.returnValue);
    }, { once: true });
  });
}

/** Chrome gives a text area its focus back, but not its caret: what one typed would be lost. */
function restoreCaret() {
  const area = document.activeElement;
  if (!(area instanceof HTMLTextAreaElement)) return;
  area.blur();
  area.focus();
}

/**
 * Asks a question; resolves to whether it was answered with yes.
 * @param {{title: string | Node, content: (string | Node)[], yes: string, no?: string, style?: string, focus?:
 * HTMLElement}} question
 */
export async function ask({ yes, no = "Cancel", style = "primary", ...dialog }) {
  return await showDialog({ ...dialog, actions: [{ label: no }, { label: yes, value: "yes", style }] }) === "yes";
}

/** Shows a message until it is closed. @param {string} title @param {(string | Node)[]} content */
export const showMessage = (title, ...content) => showDialog({ title, content, actions: [{ label: "Close" }] });

/** The first of the paths. @param {readonly string[]} paths */
export function pathList(paths) {
  const items = paths.slice(0, 10).map((path) => make("li", {}, bdi(path)));
  if (paths.length > 10) items.push(make("li", {}, `and ${paths.length - 10} more`));
  return make("ul", { class: "paths" }, ...items);
}

/**
 * Lists the files that an action failed for, with reasons.
 * @param {string} title
 * @param {string} summary
 * @param {{path: string, message: string}[]} errors
 */
export function showFailures(title, summary, errors) {
  const head = make("tr", {}, make("th", { scope: "col" }, "File"), make("th", { scope: "col" }, "Reason"));
  const rows = errors.map(({ path, message }) => make("tr", {}, make("td", {}, bdi(path)), make("td", {}, message)));
  const table = make("table", { class: "failures" }, make("thead", {}, head), make("tbody", {}, ...rows));
  return showMessage(title, make("p", {}, summary), make("div", { class: "grid", tabindex: "0" }, table));
}
