import { codeOf, detailsOf, judge, patiently, setLoaded, StartAgain } from "./attempts.js";
import { sendParts } from "./upload_parts.js";

/** @typedef {import("./client_types.ts").UploadItem} Item */
/** @typedef {import("./client_types.ts").UploadWorld} World */

/** The file was not wanted after all. */
export const SKIPPED = new Error("Skipped");

/**
 * Uploads one file. What is stored by then is kept in the item, so that the next call goes on from there.
 * @param {Item} item @param {World} world @param {AbortSignal} signal rejects with its reason
 */
export async function uploadFile(item, world, signal) {
  for (let starts = 1;; starts++) {
    try {
      /** @type {import("./client_types.ts").Ticket} */
      const ticket = item.ticket ??= await prepare(item, world, signal);
      signal.throwIfAborted();
      await (ticket.parts ? sendParts : sendWhole)(item, world, signal);
      const { upload_token } = ticket;
      item.isFinishing = true;
      const finish = () => world.post("complete", { upload_token });
      return (await patiently({ item, world, signal: NEVER }, finish)).file;
    } catch (error) {
      const code = codeOf(error);
      if (code === "collision") item.choice = undefined;
      // The token has, or the bytes are not there.
      else if (!(error instanceof StartAgain) && !["expired", "missing", "parts_missing"].includes(code)) throw error;
      await discard(item, world);
      if (starts > 4) throw error;
    } finally {
      item.isFinishing = false;
    }
  }
}

const NEVER = new AbortController().signal;

/** Leaves nothing of an unfinished upload stored. @param {Item} item @param {World} world */
export async function discard(item, world) {
  const { ticket } = item;
  item.ticket = undefined;
  item.sent.clear();
  setLoaded(item, 0);
  if (!ticket) return;
  const abort = () => world.post("abort", { upload_token: ticket.upload_token });
  await patiently({ item, world, signal: NEVER }, abort).catch(() => {});
}

/** Not aborted in the middle: what it prepares has to be known to be discarded. @param {Item} item @param {World} world @param {AbortSignal} signal */
async function prepare(item, world, signal) {
  for (let isDecided = false;;) {
    const choice = item.choice ?? world.choiceForAll() ?? "ask";
    try {
      return await patiently({ item, world, signal }, () =>
        world.post("prepare", {
          filename: item.name,
          size: item.size,
          content_type: item.blob.type || undefined,
          folder: item.folder,
          path: item.path,
          on_collision: choice === "skip" ? "ask" : choice,
          direct: world.isDirect,
        }));
    } catch (error) {
      if (codeOf(error) !== "collision" || isDecided) throw error;
      signal.throwIfAborted();
      item.note = "The name is taken";
      item.choice = await world.decide(item, detailsOf(error));
      item.note = "";
      if (item.choice === "skip") throw SKIPPED;
      isDecided = true;
      signal.throwIfAborted();
    }
  }
}

/** @param {Item} item @param {World} world @param {AbortSignal} signal */
async function sendWhole(item, world, signal) {
  const { upload_url = "", upload_method = "PUT", upload_headers = {} } = item.ticket ?? {};
  await patiently({ item, world, signal }, async () => {
    const sent = await world.send(upload_url, {
      method: upload_method,
      headers: upload_headers,
      // Without the file's type: a header that is not signed.
      body: item.blob.slice(0, item.size),
      signal,
      onProgress: (bytes) => setLoaded(item, bytes),
    });
    signal.throwIfAborted();
    await judge(sent, { item, world, url: upload_url });
    setLoaded(item, item.size);
  });
}
