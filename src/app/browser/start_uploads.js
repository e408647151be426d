import { postUpload } from "./api.js";
import { recovery } from "./banner.js";
import { askCollision, chosenForAll, forgetChoice } from "./collision.js";
import { all, announce, can, folder, make, page, sleep } from "./dom.js";
import { acceptDrops } from "./drop.js";
import { formatName, numbered, plural } from "./format.js";
import { createQueue } from "./queue.js";
import { showFile } from "./rows.js";
import { send } from "./send.js";
import { createTray } from "./tray.js";

/** @typedef {import("./client_types.ts").NewFile} NewFile */
/** @typedef {import("./client_types.ts").Choice} Choice */

const ACTION = "upload";

/** @type {import("./client_types.ts").UploadWorld} */
const world = {
  // A store that could not be reached is not tried again until the tab is closed.
  isDirect: sessionStorage.getItem("through-the-app") === null,
  directWorks: false,
  mayProxy: page.uploads === "auto",
  post: postUpload,
  send,
  now: Date.now,
  decide: (item, { suggestion }) => {
    const options = { suggestion: suggestion ?? numbered(item.name, 2), canReplace: can.has("edit") };
    return askCollision(ACTION, formatName(item.name), options);
  },
  choiceForAll: () => chosenForAll(ACTION),
  async wait({ status }, delayMs, signal) {
    const stopped = new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    if (!navigator.onLine) {
      const online = new Promise((resolve) => addEventListener("online", resolve, { once: true }));
      await Promise.race([stopped, online]);
    }
    if (status === 503) await Promise.race([stopped, recovery()]);
    await sleep(delayMs, signal);
  },
};

/**
 * Shows an uploaded file; a large picture once its thumbnail is stored, which the file does not depend on.
 * @param {import("./client_types.ts").UploadItem} item @param {import("./client_types.ts").FileRecord} file
 */
async function show(item, file) {
  if (file.size > OWN_THUMBNAIL_BYTES && /^image\//.test(file.content_type ?? "")) {
    await import("./thumbnails.js").then(({ storeThumbnail }) => storeThumbnail(item)).catch(() => {});
  }
  showFile(file);
}

/** Smaller pictures are their own thumbnails. */
const OWN_THUMBNAIL_BYTES = 256 * 1024;

/** Uploads files that are dropped or chosen. */
export function startUploads() {
  if (!can.has("upload")) return;
  const queue = createQueue(world, (item) => {
    if (item.file) show(item, item.file);
    if (!world.isDirect) sessionStorage.setItem("through-the-app", "1");
    // Until then, the tray follows by itself.
    if (queue.isBusy()) return;
    forgetChoice(ACTION);
    tray.render();
  });
  const tray = createTray(queue);
  /** @param {NewFile[]} files */
  const add = (files) => {
    if (files.length === 0) return;
    queue.add(files);
    announce(`Uploading ${plural(files.length, "file")}`);
    tray.render();
  };
  acceptDrops(add);
  for (const form of all(HTMLFormElement, "form.upload")) enhance(form, add);
  addEventListener("beforeunload", (event) => {
    if (queue.isBusy()) event.preventDefault();
  });
}

/**
 * Makes a form upload as soon as files or a folder are chosen.
 * @param {HTMLFormElement} form
 * @param {(files: NewFile[]) => void} add
 */
function enhance(form, add) {
  const [input] = all(HTMLInputElement, "input[type=file]", form);
  if (!input) return;
  const folders = make("input", { type: "file", webkitdirectory: true, hidden: true });
  const choose = make("button", { type: "button", click: () => folders.click() }, "Choose a folder");
  // The script asks about taken names one by one.
  form.replaceChildren(input, choose, folders);
  for (const chooser of [input, folders]) {
    chooser.addEventListener("change", () => {
      add([...chooser.files ?? []].map((blob) => ({ blob, folder, path: blob.webkitRelativePath || blob.name })));
      chooser.value = "";
      form.closest("details")?.removeAttribute("open");
    });
  }
  form.addEventListener("submit", (event) => event.preventDefault());
}
