import { backoffMs, partBytes } from "./measure.js";

/** @typedef {import("./client_types.ts").UploadItem} Item */
/** @typedef {import("./client_types.ts").UploadWorld} World */

/** Why an upload has to begin again. */
class StartAgain extends Error {}

/** A failure that may pass. */
class Passing extends Error {
  isPassing = true;
}

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

/** Three parts at a time. @param {Item} item @param {World} world @param {AbortSignal} signal */
async function sendParts(item, world, signal) {
  const { upload_token = "", parts = { count: 0, size_bytes: 0 } } = item.ticket ?? {};
  const { sent } = item;
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  const missing = Array.from({ length: parts.count }, (_, index) => index + 1).filter((number) => !sent.has(number));
  /** @type {Map<number, import("./client_types.ts").PartUrl>} */
  const urls = new Map();
  /** Bytes of the parts on their way. @type {Map<number, number>} */
  const moving = new Map();
  const tell = () => {
    const stored = [...sent].reduce((sum, number) => sum + partBytes(parts, number, item.size), 0);
    setLoaded(item, stored + [...moving.values()].reduce((sum, bytes) => sum + bytes, 0));
  };
  let asking = Promise.resolve();

  /** Whether nothing has to be asked to send it. @param {number} number */
  const isKnown = (number) => sent.has(number) || Date.parse(urls.get(number)?.expires_at ?? "") > world.now() + 20_000;

  /** One request for the URLs of several parts, which also tells what is stored. @param {number} number */
  function urlOf(number) {
    asking = asking.catch(() => {}).then(async () => {
      if (isKnown(number)) return;
      const numbers = missing.filter((other) => other >= number && !isKnown(other)).slice(0, 12);
      const answer = await world.post("part-urls", { upload_token, numbers });
      for (const part of answer.urls) urls.set(part.number, part);
      for (const uploaded of answer.uploaded) sent.add(uploaded);
      tell();
    });
    return asking.then(() => urls.get(number));
  }

  /** @param {number} number */
  async function sendPart(number) {
    const part = await urlOf(number);
    either.throwIfAborted();
    if (sent.has(number)) return;
    if (!part) throw new StartAgain("The upload is gone from the store.");
    const { url, offset, size } = part;
    const onProgress = (/** @type {number} */ bytes) => {
      moving.set(number, bytes);
      tell();
    };
    const body = item.blob.slice(offset, offset + size);
    try {
      const answer = await world.send(url, { method: "PUT", headers: {}, body, signal: either, onProgress });
      either.throwIfAborted();
      await judge(answer, { item, world, url, isPart: true });
      sent.add(number);
    } catch (error) {
      urls.delete(number);
      throw error;
    } finally {
      moving.delete(number);
      tell();
    }
  }

  // One iterator for all three: each number is one's turn only.
  const turns = missing.values();
  const work = async () => {
    for (const number of turns) {
      if (!sent.has(number)) await patiently({ item, world, signal: either }, () => sendPart(number));
    }
  };
  try {
    await Promise.all([work(), work(), work()]);
  } catch (error) {
    stop.abort(error);
    signal.throwIfAborted();
    if (statusOf(error) === 404) throw new StartAgain("The upload is gone from the store.");
    throw error;
  }
}

/**
 * Throws unless the bytes were taken.
 * @param {import("./client_types.ts").Sent} sent @param {{item: Item, world: World, url: string, isPart?: boolean}} request
 */
async function judge({ status, text }, { item, world, url, isPart = false }) {
  const isStore = /^https?:/.test(url);
  if (status >= 200 && status < 300) {
    if (isStore) world.directWorks = true;
    return;
  }
  if (status === 0) {
    await item.blob.slice(0, 1).arrayBuffer().catch(() => {
      throw new Error("The file was changed or removed on your side. Choose it again.");
    });
    if (isStore && !world.directWorks) {
      world.isDirect = false;
      throw new StartAgain("The store cannot be reached from here.");
    }
    throw new Passing("The connection broke.");
  }
  const reason = reasonOf(text);
  if (isStore && (status === 403 || /Expired/.test(text))) {
    const message = "The store does not accept this upload. The file is safe on your side.";
    throw isPart ? new Passing(message) : new StartAgain(message);
  }
  if (status === 409 || status === 412) {
    item.choice = undefined;
    throw new StartAgain(reason || "Something else was stored under this name meanwhile.");
  }
  if (status === 404 && isPart) throw new StartAgain("The upload is gone from the store.");
  if (status === 408 || status === 429 || status >= 500) {
    throw Object.assign(new Passing(reason || "The store does not answer as it should."), { status });
  }
  throw new Error(reason || `The store did not take this file (${status}).`);
}

/**
 * Repeats what fails for a reason that may pass.
 * @template T @param {{item: Item, world: World, signal: AbortSignal}} context @param {() => Promise<T>} attempt @returns {Promise<T>}
 */
async function patiently({ item, world, signal }, attempt) {
  for (let tries = 0;; tries++) {
    try {
      return await attempt();
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof Error && "isPassing" in error && error.isPassing) || tries === 6) throw error;
      item.note = `${error.message} Trying again.`;
      await world.wait({ status: statusOf(error) }, backoffMs(tries), signal);
      signal.throwIfAborted();
      item.note = "";
    }
  }
}

/** @param {Item} item @param {number} bytes */
function setLoaded(item, bytes) {
  item.meter.add(bytes - item.loaded);
  item.loaded = bytes;
}

/** @param {string} text */
function reasonOf(text) {
  try {
    return String(JSON.parse(text).errors[0]);
  } catch {
    return "";
  }
}

/** @param {unknown} error */
const detailsOf = (error) => error instanceof Error && "details" in error && error.details || {};
/** @param {unknown} error */
const statusOf = (error) => error instanceof Error && "status" in error ? Number(error.status) : 0;
/** @param {unknown} error */
const codeOf = (error) => {
  const details = detailsOf(error);
  return typeof details === "object" && "code" in details ? String(details.code) : "";
};
