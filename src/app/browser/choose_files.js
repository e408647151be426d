import { all, can, find, folder, make } from "./dom.js";
import { acceptDrops } from "./drop.js";
import { loadPart } from "./parts.js";

/** @typedef {import("./client_types.ts").NewFile} NewFile */

/** Uploads files that are dropped or chosen. */
export function startChoosing() {
  if (!can.has("upload")) return;
  acceptDrops(add);
  for (const form of all(HTMLFormElement, "form.upload")) enhance(form);
}

/** @param {NewFile[]} files */
async function add(files) {
  if (files.length > 0) (await loadPart(() => import("./start_uploads.js")))?.addUploads(files);
}

/**
 * Turns a form into two buttons, which upload as soon as something is chosen.
 * @param {HTMLFormElement} form
 */
function enhance(form) {
  const files = find(HTMLInputElement, "input[type=file]", form);
  if (!files) return;
  const folders = make("input", { type: "file", webkitdirectory: true, "aria-label": "Folder to upload" });
  const isMenu = form.closest(".popup") !== null;
  /** @param {HTMLInputElement} chooser @param {string} label */
  const button = (chooser, label) => {
    chooser.hidden = true;
    chooser.addEventListener("change", () => {
      add([...chooser.files ?? []].map((blob) => ({ blob, folder, path: blob.webkitRelativePath || blob.name })));
      chooser.value = "";
    });
    return make("button", { type: "button", click: () => chooser.click() }, label);
  };
  const [first, second] = isMenu ? ["Files", "Folder"] : ["Choose files", "Choose a folder"];
  const buttons = [button(files, first ?? ""), button(folders, second ?? "")];
  if (!isMenu) buttons[0]?.classList.add("primary");
  // The script asks about taken names one by one.
  form.replaceChildren(...buttons, files, folders);
  form.classList.add("chooser");
  form.addEventListener("submit", (event) => event.preventDefault());
}
