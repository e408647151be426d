import { bdi, button, find, make } from "./dom.js";

/** @type {Promise<unknown>} */
let last = Promise.resolve();

/**
 * Shows a dialog once the one before it is closed; resolves to the value of the button that closed it, or "".
 * @param {{title: string | Node, content?: (string | Node)[], actions: {label: string, value?: string, style?: string}[], focus?: HTMLElement}} dialog
 *   `actions`: the first is the safe one; without a value it only closes. `focus`: what has the focus instead of it.
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

/** Says something, and waits until it is read. @param {string} title @param {(string | Node)[]} content */
export const tell = (title, ...content) => showDialog({ title, content, actions: [{ label: "Close" }] });

/** The first of many paths. @param {readonly string[]} paths */
export function pathList(paths) {
  const items = paths.slice(0, 10).map((path) => make("li", {}, bdi(path)));
  if (paths.length > 10) items.push(make("li", {}, `and ${paths.length - 10} more`));
  return make("ul", { class: "paths" }, ...items);
}

/** Says to which files something could not be done, and why. @param {string} title @param {string} summary @param {{path: string, message: string}[]} errors */
export function tellFailures(title, summary, errors) {
  const head = make("tr", {}, make("th", { scope: "col" }, "File"), make("th", { scope: "col" }, "Why"));
  const rows = errors.map(({ path, message }) => make("tr", {}, make("td", {}, bdi(path)), make("td", {}, message)));
  const table = make("table", { class: "failures" }, make("thead", {}, head), make("tbody", {}, ...rows));
  return tell(title, make("p", {}, summary), make("div", { class: "grid", tabindex: "0" }, table));
}

/** A choice that was made for all. @type {Map<string, string>} */
const forAll = new Map();

/** What was chosen for all of these. @param {string} about */
export const chosenForAll = (about) => forAll.get(about);

/** Asks again next time. @param {string} about */
export const forgetChoice = (about) => forAll.delete(about);

/**
 * Asks what to do with a name that is taken, unless that was answered for all.
 * @param {string} about of what: one answer for all its names @param {string} name @param {{suggestion?: string | undefined, canReplace: boolean}} options
 * @returns {Promise<"keep_both" | "replace" | "skip">}
 */
export async function askCollision(about, name, { suggestion, canReplace }) {
  const check = make("input", { type: "checkbox" });
  // Only now: it may have been answered while another dialog was open.
  const shown = last.then(() =>
    forAll.get(about) ?? show({
      title: make("span", {}, "“", bdi(name), "” is already there"),
      content: [
        make(
          "p",
          {},
          suggestion ? "Keep both stores the new one as “" : "",
          ...suggestion ? [bdi(suggestion), "”."] : [],
        ),
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
  if (check.checked) forAll.set(about, choice);
  return choice;
}
