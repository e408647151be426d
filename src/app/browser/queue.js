import { isWorthRetrying } from "./attempts.js";
import { createMeter } from "./transfer_rate.js";
import { baseName } from "./format.js";
import { discard, SKIPPED, uploadFile } from "./upload.js";

/** @typedef {import("./client_types.ts").UploadItem} Item */

const FILES_AT_A_TIME = 3;

/**
 * Uploads many files, three at a time.
 * @param {import("./client_types.ts").UploadWorld} world
 * @param {(item: Item) => void} onEnd called when an upload has ended, unless it is paused
 */
export function createQueue(world, onEnd) {
  /** @type {Item[]} */
  const items = [];
  /** @type {Item[]} */
  const waiting = [];
  let running = 0;

  function pump() {
    while (running < FILES_AT_A_TIME && waiting.length > 0) {
      const item = waiting.shift();
      if (item?.state === "waiting") run(item);
    }
  }

  /** @param {Item} item */
  async function run(item) {
    running++;
    item.state = "running";
    item.note = "";
    const { signal } = item.stop = new AbortController();
    try {
      item.file = await uploadFile(item, world, signal);
      item.state = "done";
    } catch (error) {
      item.state = error === SKIPPED ? "skipped" : signal.aborted ? signal.reason : "failed";
      item.note = item.state === "failed" && error instanceof Error ? error.message : "";
      item.canRetry = isWorthRetrying(error);
      // Stored parts of a failed upload are reused by a retry.
      if (item.state !== "paused" && !(item.state === "failed" && item.ticket?.parts)) await discard(item, world);
    }
    running--;
    if (item.state !== "paused") onEnd(item);
    pump();
  }

  return {
    /** In the order they were added. */
    items,
    /** Returns what it added. @param {readonly import("./client_types.ts").NewFile[]} files */
    add(files) {
      /** @type {Item[]} */
      const added = [];
      for (const { path, folder, blob } of files) {
        /** @type {Item} */
        const item = {
          name: baseName(path),
          path,
          folder,
          blob,
          size: blob.size,
          batch: files,
          meter: createMeter(world.now),
          state: "waiting",
          loaded: 0,
          isFinishing: false,
          canRetry: true,
          note: "",
          sent: new Set(),
        };
        for (const list of [items, waiting, added]) list.push(item);
      }
      pump();
      return added;
    },
    /** @param {Item} item */
    pause(item) {
      if (item.state === "waiting") item.state = "paused";
      else if (item.state === "running" && !item.isFinishing) item.stop?.abort("paused");
    },
    /** Continues a paused upload, or retries a failed one. @param {Item} item */
    resume(item) {
      if (item.state !== "paused" && item.state !== "failed") return;
      item.state = "waiting";
      waiting.push(item);
      pump();
    },
    /** Ends an upload and discards what is stored of it. @param {Item} item */
    cancel(item) {
      if (item.isFinishing || item.state === "done") return;
      if (item.state === "running") return item.stop?.abort("cancelled");
      item.state = "cancelled";
      onEnd(item);
      return discard(item, world);
    },
    /** Removes items. @param {(item: Item) => boolean} isUnwanted */
    clear(isUnwanted) {
      items.splice(0, items.length, ...items.filter((item) => !isUnwanted(item)));
    },
    /** Whether leaving the page would interrupt an upload. */
    isBusy: () => items.some(({ state }) => state === "running" || state === "waiting" || state === "paused"),
  };
}
