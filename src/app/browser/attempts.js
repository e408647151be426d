/** @typedef {import("./client_types.ts").UploadItem} Item */
/** @typedef {import("./client_types.ts").UploadWorld} World */

/** Why an upload has to begin again. */
export class StartAgain extends Error {}

/** A failure that may pass. */
class Passing extends Error {
  isPassing = true;
}

/**
 * Throws unless the bytes were taken.
 * @param {import("./client_types.ts").Sent} sent @param {{item: Item, world: World, url: string, isPart?: boolean}} request
 */
export async function judge({ status, text }, { item, world, url, isPart = false }) {
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
export async function patiently({ item, world, signal }, attempt) {
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

/** Milliseconds before the next try: doubles up to 16 s, with half of it by chance. @param {number} tries */
export function backoffMs(tries, random = Math.random) {
  return 1000 * Math.min(2 ** tries, 16) * (0.5 + random() / 2);
}

/** @param {Item} item @param {number} bytes */
export function setLoaded(item, bytes) {
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
export const detailsOf = (error) => error instanceof Error && "details" in error && error.details || {};
/** @param {unknown} error */
export const statusOf = (error) => error instanceof Error && "status" in error ? Number(error.status) : 0;
/** @param {unknown} error */
export const codeOf = (error) => {
  const details = detailsOf(error);
  return typeof details === "object" && "code" in details ? String(details.code) : "";
};
