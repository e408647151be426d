import { postUpload } from "./api.js";
import { recovery } from "./banner.js";
import { askCollision, chosenForAll } from "./collision.js";
import { announce, can, page, sleep } from "./dom.js";
import { formatName, numbered, plural } from "./format.js";
import { createQueue } from "./queue.js";
import { showFile } from "./rows.js";
import { send } from "./send.js";
import { createTray } from "./tray.js";
import { forget, forgetAnswer, remember, resume } from "./unfinished.js";

/** @typedef {import("./client_types.ts").NewFile} NewFile */
/** @typedef {import("./client_types.ts").Choice} Choice */

/** @type {import("./client_types.ts").UploadWorld} */
const world = {
  // A store that could not be reached is not tried again until the tab is closed.
  isDirect: sessionStorage.getItem("through-the-app") === null,
  directWorks: false,
  mayProxy: page.uploads === "auto",
  post: postUpload,
  send,
  now: Date.now,
  resume,
  remember,
  forget,
  decide: ({ name, size, blob, batch }, { suggestion = numbered(name, 2), namesake, existing }) => {
    const time = blob instanceof File ? new Date(blob.lastModified).toISOString() : null;
    const options = { suggestion, canReplace: can.has("edit"), namesake, existing };
    return askCollision(batch, formatName(name), { ...options, incoming: { size, last_modified: time } });
  },
  choiceForAll: ({ batch }) => chosenForAll(batch),
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

const queue = createQueue(world, (item) => {
  if (item.file) show(item, item.file);
  if (!world.isDirect) sessionStorage.setItem("through-the-app", "1");
  // Until then, the tray follows by itself.
  if (queue.isBusy()) return;
  forgetAnswer();
  tray.render();
});
const tray = createTray(queue);

addEventListener("beforeunload", (event) => {
  if (queue.isBusy()) event.preventDefault();
});

/** Uploads files that were dropped or chosen together. @param {NewFile[]} files */
export function addUploads(files) {
  announce(`Uploading ${plural(files.length, "file")}`);
  tray.add(queue.add(files));
}
