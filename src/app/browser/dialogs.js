import { bdi, button, find, make } from "./dom.js";

/** @typedef {"keep_both" | "replace" | "skip"} CollisionChoice */

/** @type {Promise<unknown>} */
let last = Promise.resolve();

/**
 * Shows a dialog once earlier ones are closed; resolves to the value of the button that closed it, or "".
 * @param {{title: string | Node, content?: (string | Node)[], actions: {label: string, value?: string, style?: string}[], focus?: HTMLElement}} dialog
 *   `actions`: the first is the safe one, and has the focus unless `focus` is given. One without a value only closes the dialog.
 * @returns {Promise<string>}
 */
export function showDialog(dialog) {
  const shown = last.then(() => show(dialog));
  last = shown;
  return shown;
}

/** @param {Parameters<typeof showDialog>[0]} parts @returns {Promise<string>} */
function show({ title, content = [], actions, focus }) {
  const dialog = find(HTMLDialogElement, "#dialog");
  if (!dialog) return Promise.resolve("");
  const before = document.activeElement;
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
  return new Promise((resolve) =>
    dialog.addEventListener("close", () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
      resolve(dialog.returnValue);
    }, { once: true })
  );
}

/**
 * Asks a question; resolves to whether it was answered with yes.
 * @param {{title: string | Node, content: (string | Node)[], yes: string, no?: string, style?: string, focus?: HTMLElement}} question
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

/** Lists the files that an action failed for, with reasons. @param {string} title @param {string} summary @param {{path: string, message: string}[]} errors */
export function showFailures(title, summary, errors) {
  const head = make("tr", {}, make("th", { scope: "col" }, "File"), make("th", { scope: "col" }, "Reason"));
  const rows = errors.map(({ path, message }) => make("tr", {}, make("td", {}, bdi(path)), make("td", {}, message)));
  const table = make("table", { class: "failures" }, make("thead", {}, head), make("tbody", {}, ...rows));
  return showMessage(title, make("p", {}, summary), make("div", { class: "grid", tabindex: "0" }, table));
}

/** Choices that apply to every name of an action. @type {Map<string, CollisionChoice>} */
const forAll = new Map();

/** The choice for every name. @param {string} action */
export const chosenForAll = (action) => forAll.get(action);

/** Asks again next time. @param {string} action */
export const forgetChoice = (action) => forAll.delete(action);

/**
 * Asks what to do with a name that is taken, unless a choice applies to every name.
 * @param {string} action @param {string} name @param {{suggestion?: string | undefined, canReplace: boolean}} options
 * @returns {Promise<CollisionChoice>}
 */
export async function askCollision(action, name, { suggestion, canReplace }) {
  const check = make("input", { type: "checkbox" });
  // A dialog before this one may have made a choice for every name.
  const shown = last.then(() =>
    forAll.get(action) ?? show({
      title: make("span", {}, "“", bdi(name), "” already exists"),
      content: [
        ...suggestion ? [make("p", {}, "“Keep both” saves the new one as “", bdi(suggestion), "”.")] : [],
        make("label", { class: "check" }, check, "Do this for all"),
      ],
      actions: [
        { label: "Skip" },
        ...canReplace ? [{ label: "Replace", value: "replace", style: "danger" }] : [],
        { label: "Keep both", value: "keep_both", style: "primary" },
      ],
    })
  );
  last = shown;
  const value = await shown;
  const choice = value === "replace" || value === "keep_both" ? value : "skip";
  if (check.checked) forAll.set(action, choice);
  return choice;
}
