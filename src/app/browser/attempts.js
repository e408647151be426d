/** @typedef {import("./client_types.ts").UploadItem} Item */
/** @typedef {import("./client_types.ts").UploadWorld} World */

/** The upload has to start over. */
export class RestartUpload extends Error {}

/** A failure worth another try. */
class TemporaryError extends Error {
  isTemporary = true;
}

/**
 * Throws unless the bytes were accepted.
 * @param {import("./client_types.ts").Sent} sent
 * @param {{item: Item, world: World, url: string, isPart?: boolean}} request
 */
export async function assertAccepted({ status, text }, { item, world, url, isPart = false }) {
  const isStore = /^https?:/.test(url);
  if (status >= 200 && status < 300) {
    if (isStore) world.directWorks = true;
    return;
  }
  if (status === 0) {
    await item.blob.slice(0, 1).arrayBuffer().catch(() => {
      throw new Error("The file was changed or removed on your device. Choose it again.");
    });
    if (isStore && !world.directWorks && world.mayProxy) {
      world.isDirect = false;
      throw new RestartUpload("The store cannot be reached from here.");
    }
    throw new TemporaryError("The connection was lost.");
  }
  const reason = reasonOf(text);
  if (isStore && (status === 403 || /Expired/.test(text))) {
    const message = "The store does not accept this upload. The file on your device is safe.";
    throw isPart ? new TemporaryError(message) : new RestartUpload(message);
  }
  if (status === 409 || status === 412) {
    item.choice = undefined;
    throw new RestartUpload(reason || "Another file was stored under this name meanwhile.");
  }
  if (status === 404 && isPart) throw new RestartUpload("The store no longer has this upload.");
  if (status === 408 || status === 429 || status >= 500) {
    throw Object.assign(new TemporaryError(reason || "The store returned an error."), { status });
  }
  throw new Error(reason || `The store did not accept this file (${status}).`);
}

/**
 * Repeats an attempt that fails with a temporary error.
 * @template T
 * @param {{item: Item, world: World, signal: AbortSignal}} context
 * @param {() => Promise<T>} attempt
 * @returns {Promise<T>}
 */
export async function withRetries({ item, world, signal }, attempt) {
  for (let tries = 0;; tries++) {
    try {
      return await attempt();
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof Error && "isTemporary" in error && error.isTemporary) || tries === 6) throw error;
      item.note = `${error.message} Trying again.`;
      await world.wait({ status: statusOf(error) }, backoffMs(tries), signal);
      signal.throwIfAborted();
      item.note = "";
    }
  }
}

/** Milliseconds before the next try: doubles up to 16 s, half of it random. @param {number} tries */
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

/** The status of an `ApiError` or a temporary error. @param {any} error @returns {number} */
export const statusOf = (error) => error.status ?? 0;
/** The code of an `ApiError`. @param {any} error @returns {string} */
export const codeOf = (error) => error.details?.code ?? "";
