import { callApi, messageOf } from "./api.js";
import { showDialog, showMessage } from "./dialogs.js";
import { all, find, make, page, sourceUrl } from "./dom.js";
import { copyText } from "./file_page.js";
import { decodeText, encodeText } from "./text_encoding.js";

/** @typedef {import("./text_encoding.js").TextEncodingName} TextEncodingName */

/**
 * Saves text from the editor, unless someone else has changed the file.
 * @param {HTMLFormElement} form
 * @param {HTMLTextAreaElement} area
 */
function startEditor(form, area) {
  const path = form.dataset.path ?? "";
  const key = `draft:${page.source}:${path}`;
  const status = find(HTMLElement, "#saved") ?? make("output");
  const encoding = /** @type {TextEncodingName} */ (form.dataset.encoding ?? "utf-8");
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
  /** Whether the button was pressed, which returns to where one was. */
  let isLeaving = false;

  /** @param {Record<string, string>} condition @returns {Promise<void>} */
  async function save(condition = etag ? { "if-match": etag } : {}) {
    isWantedAgain = isSaving;
    if (isSaving) return;
    isSaving = true;
    status.textContent = "Saving";
    const text = area.value;
    // A text area turns all line ends into LF.
    const isCrlf = find(HTMLInputElement, "[name=line_ends]", form)?.value === "crlf";
    const url = `${sourceUrl}/-/content?path=${encodeURIComponent(path)}`;
    // Without a type, the file keeps its own.
    const send = async () => {
      const body = new Blob([encodeText(isCrlf ? text.replaceAll("\n", "\r\n") : text, encoding)]);
      return await callApi("PUT", url, { body, headers: condition });
    };
    const error = await send().then(({ file }) => {
      etag = file.etag ?? "";
      saved = text;
    }, (error) => error);
    isSaving = false;
    keep();
    if (!error && isWantedAgain) return save();
    if (!error) return isLeaving && !isDirty() ? leave(form) : undefined;
    isLeaving = false;
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
      ? await fetch(`${current.url}/content`, { cache: "no-store" })
        .then(async (response) => decodeText(new Uint8Array(await response.arrayBuffer()), true)?.text ?? "")
        .catch(messageOf)
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
    isLeaving = true;
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

/** Returns from the editor to the page that led to it, otherwise to the file's. @param {HTMLFormElement} form */
function leave(form) {
  const page = find(HTMLAnchorElement, ".choice a", form)?.href ?? "";
  // Going back keeps the history as it was, and the page loads again.
  if (document.referrer === page && history.length > 1) history.back();
  else location.replace(page);
}

const form = find(HTMLFormElement, "#editor");
const area = find(HTMLTextAreaElement, "#editor textarea");
if (form && area) startEditor(form, area);
