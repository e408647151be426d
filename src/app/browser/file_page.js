import { callApi, messageOf } from "./api.js";
import { showDialog, showMessage } from "./dialogs.js";
import { all, find, make, page, sourceUrl, toast } from "./dom.js";

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

/**
 * Saves text from the editor, unless someone else has changed the file.
 * @param {HTMLFormElement} form
 * @param {HTMLTextAreaElement} area
 */
export function startEditor(form, area) {
  const path = form.dataset.path ?? "";
  const key = `draft:${page.source}:${path}`;
  const status = find(HTMLElement, "#saved") ?? make("output");
  let etag = form.dataset.etag ?? "";
  let saved = area.value;
  const isDirty = () => area.value !== saved;

  const draft = JSON.parse(sessionStorage.getItem(key) ?? "null");
  if (draft && draft.text !== saved) {
    area.value = draft.text;
    etag = draft.etag;
    status.textContent = "Unsaved changes restored";
  }

  function keep() {
    status.textContent = isDirty() ? "Not saved" : "Saved";
    if (isDirty()) sessionStorage.setItem(key, JSON.stringify({ etag, text: area.value }));
    else sessionStorage.removeItem(key);
  }

  /** The next request needs the ETag from the response to this one. */
  let isSaving = false;
  let isWantedAgain = false;

  /** @param {Record<string, string>} condition @returns {Promise<void>} */
  async function save(condition = etag ? { "if-match": etag } : {}) {
    isWantedAgain = isSaving;
    if (isSaving) return;
    isSaving = true;
    status.textContent = "Saving";
    const text = area.value;
    // A text area turns all line ends into LF.
    const isCrlf = find(HTMLInputElement, "[name=line_ends]", form)?.value === "crlf";
    // Without a type, the file keeps its own.
    const body = new Blob([isCrlf ? text.replaceAll("\n", "\r\n") : text]);
    const url = `${sourceUrl}/-/content?path=${encodeURIComponent(path)}`;
    const error = await callApi("PUT", url, { body, headers: condition }).then(({ file }) => {
      etag = file.etag ?? "";
      saved = text;
    }, (error) => error);
    isSaving = false;
    keep();
    if (!error) return isWantedAgain ? save() : undefined;
    status.textContent = "Not saved";
    if (error.status === 412) return compare(error.details);
    await showMessage(
      "This could not be saved",
      make("p", {}, messageOf(error)),
      make("p", {}, "Your text is still here."),
    );
  }

  /** Shows both versions. @param {any} details */
  async function compare({ current }) {
    const theirs = current
      ? await fetch(`${current.url}/content`, { cache: "no-store" }).then((response) => response.text(), messageOf)
      : "";
    /** @param {string} label @param {string} text */
    const version = (label, text) => make("label", {}, label, make("textarea", { readonly: true, rows: "16" }, text));
    const choice = await showDialog({
      title: `Someone else has ${current ? "changed" : "deleted"} this file`,
      content: [
        make("p", {}, "Both versions are safe: yours here, theirs in the store."),
        make("div", { class: "versions" }, version("Yours", area.value), version("Theirs", theirs)),
      ],
      actions: [
        { label: "Keep editing" },
        { label: "Copy mine", value: "copy" },
        { label: "Overwrite theirs", value: "overwrite", style: "danger" },
      ],
    });
    if (choice === "copy") await copyText("Your text", area.value);
    if (choice === "overwrite") await save(current ? { "if-match": current.etag } : { "if-none-match": "*" });
  }

  area.addEventListener("input", keep);
  // Following a link discards the changes.
  for (const link of all(HTMLAnchorElement, "a", form)) {
    link.addEventListener("click", () => {
      saved = area.value;
      keep();
    });
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    save();
  });
  addEventListener("keydown", (event) => {
    if (event.key !== "s" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    save();
  });
  addEventListener("beforeunload", (event) => {
    if (isDirty()) event.preventDefault();
  });
}
