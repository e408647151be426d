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
  let isResumed = false;
  for (let starts = 1;; starts++) {
    try {
      const left = item.ticket ? undefined : await world.resume(item);
      isResumed ||= left !== undefined;
      /** @type {import("./client_types.ts").Ticket} */
      const ticket = item.ticket ??= left ?? await prepare(item, world, signal);
      world.remember(item);
      signal.throwIfAborted();
      await (ticket.parts ? sendParts : sendWhole)(item, world, signal);
      const { upload_token } = ticket;
      item.isFinishing = true;
      const finish = () => world.post("complete", { upload_token });
      const { file } = await withRetries({ item, world, signal: NEVER }, finish);
      world.forget(item);
      return file;
    } catch (error) {
      const code = codeOf(error);
      // The token has expired, the store does not have all bytes, or another tab has ended the upload.
      const restarts = ["expired", "missing", "parts_missing", ...isResumed ? ["used"] : []];
      if (code === "collision") item.choice = undefined;
      else if (!(error instanceof RestartUpload) && !restarts.includes(code)) throw error;
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
  world.forget(item);
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
    const choice = item.choice ?? world.choiceForAll(item) ?? "ask";
    try {
      return await withRetries({ item, world, signal }, () =>
        world.post("prepare", {
          filename: item.name,
          size: item.size,
          content_type: item.blob.type || undefined,
          modified_ms: changedMs(item.blob),
          folder: item.target === undefined ? item.folder : "",
          path: item.target ?? item.path,
          on_collision: choice === "skip" ? "ask" : choice,
          direct: world.isDirect,
        }));
    } catch (error) {
      if (codeOf(error) !== "collision" || isDecided) throw error;
      signal.throwIfAborted();
      item.note = "The name is taken";
      const { details } = /** @type {any} */ (error);
      item.choice = await world.decide(item, details);
      if (item.choice === "replace") item.target = details.namesake;
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
