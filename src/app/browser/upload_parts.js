import { assertAccepted, RestartUpload, setLoaded, statusOf, withRetries } from "./attempts.js";

/** @typedef {import("./client_types.ts").UploadItem} Item */
/** @typedef {import("./client_types.ts").UploadWorld} World */

/** Sends a file in parts, three at a time. @param {Item} item @param {World} world @param {AbortSignal} signal */
export async function sendParts(item, world, signal) {
  const { upload_token = "", parts = { count: 0, size_bytes: 0 } } = item.ticket ?? {};
  const { sent } = item;
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  const missing = Array.from({ length: parts.count }, (_, index) => index + 1).filter((number) => !sent.has(number));
  /** @type {Map<number, import("./client_types.ts").PartUrl>} */
  const urls = new Map();
  /** Bytes sent of unfinished parts. @type {Map<number, number>} */
  const moving = new Map();
  const updateProgress = () => {
    const stored = [...sent].reduce((sum, number) => sum + partBytes(parts, number, item.size), 0);
    setLoaded(item, stored + [...moving.values()].reduce((sum, bytes) => sum + bytes, 0));
  };
  let asking = Promise.resolve();

  /** Whether a part is stored, or has a URL that is still valid. @param {number} number */
  const isKnown = (number) => sent.has(number) || Date.parse(urls.get(number)?.expires_at ?? "") > world.now() + 20_000;

  /**
   * Asks for the URLs of several parts at once; the response also lists the parts that are stored.
   * @param {number} number
   */
  function urlOf(number) {
    asking = asking.catch(() => {}).then(async () => {
      if (isKnown(number)) return;
      const numbers = missing.filter((other) => other >= number && !isKnown(other)).slice(0, 12);
      const response = await world.post("part-urls", { upload_token, numbers });
      for (const part of response.urls) urls.set(part.number, part);
      for (const uploaded of response.uploaded) sent.add(uploaded);
      updateProgress();
    });
    return asking.then(() => urls.get(number));
  }

  /** @param {number} number */
  async function sendPart(number) {
    const part = await urlOf(number);
    either.throwIfAborted();
    if (sent.has(number)) return;
    if (!part) throw new RestartUpload("The store no longer has this upload.");
    const { url, offset, size } = part;
    const onProgress = (/** @type {number} */ bytes) => {
      moving.set(number, bytes);
      updateProgress();
    };
    const body = item.blob.slice(offset, offset + size);
    try {
      const result = await world.send(url, { method: "PUT", headers: {}, body, signal: either, onProgress });
      either.throwIfAborted();
      await assertAccepted(result, { item, world, url, isPart: true });
      sent.add(number);
    } catch (error) {
      urls.delete(number);
      throw error;
    } finally {
      moving.delete(number);
      updateProgress();
    }
  }

  // All three workers share the iterator, so each part is sent once.
  const queue = missing.values();
  const work = async () => {
    for (const number of queue) {
      if (!sent.has(number)) await withRetries({ item, world, signal: either }, () => sendPart(number));
    }
  };
  try {
    await Promise.all([work(), work(), work()]);
  } catch (error) {
    stop.abort(error);
    signal.throwIfAborted();
    if (statusOf(error) === 404) throw new RestartUpload("The store no longer has this upload.");
    throw error;
  }
}

/** The size of a part. @param {{size_bytes: number}} parts @param {number} number from 1 @param {number} size */
export function partBytes({ size_bytes }, number, size) {
  return Math.min(size_bytes, size - (number - 1) * size_bytes);
}
