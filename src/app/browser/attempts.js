/** @typedef {import("./client_types.ts").UploadItem} Item */
/** @typedef {import("./client_types.ts").UploadWorld} World */

/** The upload has to start over. */
export class RestartUpload extends Error {}

/** A failure worth another try. */
class TemporaryError extends Error {
  isTemporary = true;
}

/** A failure that stays the same however often one tries. */
class FinalError extends Error {
  isFinal = true;
}

/** Whether the person can get any further by trying again. @param {any} error */
export function isWorthRetrying({ isFinal = false, status = 0, details }) {
  const code = details?.code;
  // Of a store that is full, the person can delete something.
  if (isFinal || (code === "rejected" && status !== 507)) return false;
  return !FINAL_STATUSES.has(status) || PASSING_CODES.has(code);
}

/** Of requests that are wrong, too large, about nothing, or not permitted. */
const FINAL_STATUSES = new Set([400, 403, 404, 411, 413]);
/** Refusals of this moment: after logging in, or with a new upload, the same may work. */
const PASSING_CODES = new Set(["login_needed", "expired", "missing", "parts_missing"]);

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
      throw new FinalError("The file was changed or removed on your device. Choose it again.");
    });
    if (isStore && !world.directWorks && world.mayProxy) {
      world.isDirect = false;
      throw new RestartUpload("The store cannot be reached from here.");
    }
    throw new TemporaryError("The connection was lost.");
  }
  const { reason, details } = readRefusal(text);
  if (isStore && (status === 403 || /Expired/.test(text))) {
    const message = "The store does not accept this upload. The file on your device is safe.";
    throw isPart ? new TemporaryError(message) : new RestartUpload(message);
  }
  if (status === 409 || status === 412) {
    item.choice = undefined;
    throw new RestartUpload(reason || "Another file was stored under this name meanwhile.");
  }
  if (status === 404 && isPart) throw new RestartUpload("The store no longer has this upload.");
  if (details.code !== "rejected" && (status === 408 || status === 429 || status >= 500)) {
    throw Object.assign(new TemporaryError(reason || "The store returned an error."), { status });
  }
  const error = new Error(reason || `The store did not accept this file (${status}).`);
  // The app says why; a store may think otherwise later.
  throw isStore ? error : Object.assign(error, { status, details });
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

/** The reason and the details in a refusal of the app. @param {string} text */
function readRefusal(text) {
  try {
    const details = JSON.parse(text);
    return { reason: String(details.errors[0]), details };
  } catch {
    return { reason: "", details: {} };
  }
}

/** The status of an `ApiError` or a temporary error. @param {any} error @returns {number} */
export const statusOf = (error) => error.status ?? 0;
/** The code of an `ApiError`. @param {any} error @returns {string} */
export const codeOf = (error) => error.details?.code ?? "";
