import { assertAccepted, codeOf, RestartUpload, setLoaded, withRetries } from "./attempts.js";
import { sendParts } from "./upload_parts.js";

/** @typedef {import("./client_types.ts").UploadItem} Item */
/** @typedef {import("./client_types.ts").UploadWorld} World */

/** The person skipped the file. */
export const SKIPPED = new Error("Skipped");

/**
 * Uploads one file. The item keeps track of stored parts, and the next call continues there.
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
      return (await withRetries({ item, world, signal: NEVER }, finish)).file;
    } catch (error) {
      const code = codeOf(error);
      if (code === "collision") item.choice = undefined;
      // The token has expired, or the store does not have all bytes.
      else if (!(error instanceof RestartUpload) && !["expired", "missing", "parts_missing"].includes(code)) {
        throw error;
      }
      await discard(item, world);
      if (starts > 4) throw error;
    } finally {
      item.isFinishing = false;
    }
  }
}

const NEVER = new AbortController().signal;

/** Deletes what is stored of an unfinished upload. @param {Item} item @param {World} world */
export async function discard(item, world) {
  const { ticket } = item;
  item.ticket = undefined;
  item.sent.clear();
  setLoaded(item, 0);
  if (!ticket) return;
  const abort = () => world.post("abort", { upload_token: ticket.upload_token });
  await withRetries({ item, world, signal: NEVER }, abort).catch(() => {});
}

/**
 * Asks for a ticket. The request itself is never aborted: its ticket has to be discarded.
 * @param {Item} item
 * @param {World} world
 * @param {AbortSignal} signal
 */
async function prepare(item, world, signal) {
  for (let isDecided = false;;) {
    const choice = item.choice ?? world.choiceForAll() ?? "ask";
    try {
      return await withRetries({ item, world, signal }, () =>
        world.post("prepare", {
          filename: item.name,
          size: item.size,
          content_type: item.blob.type || undefined,
          modified_ms: changedMs(item.blob),
          folder: item.folder,
          path: item.path,
          on_collision: choice === "skip" ? "ask" : choice,
          direct: world.isDirect,
        }));
    } catch (error) {
      if (codeOf(error) !== "collision" || isDecided) throw error;
      signal.throwIfAborted();
      item.note = "The name is taken";
      item.choice = await world.decide(item, /** @type {any} */ (error).details);
      item.note = "";
      if (item.choice === "skip") throw SKIPPED;
      isDecided = true;
      signal.throwIfAborted();
    }
  }
}

/** When a file was last changed; unknown before 1970. @param {Blob} blob */
const changedMs = (blob) => blob instanceof File && blob.lastModified > 0 ? Math.floor(blob.lastModified) : undefined;

/** @param {Item} item @param {World} world @param {AbortSignal} signal */
async function sendWhole(item, world, signal) {
  const { upload_url = "", upload_method = "PUT", upload_headers = {} } = item.ticket ?? {};
  await withRetries({ item, world, signal }, async () => {
    const sent = await world.send(upload_url, {
      method: upload_method,
      headers: upload_headers,
      // A slice has no type, which would become an unsigned header.
      body: item.blob.slice(0, item.size),
      signal,
      onProgress: (bytes) => setLoaded(item, bytes),
    });
    signal.throwIfAborted();
    await assertAccepted(sent, { item, world, url: upload_url });
    setLoaded(item, item.size);
  });
}
