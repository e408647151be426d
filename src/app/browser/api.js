import { recovery } from "./banner.js";
import { page, sourceUrl, uploadUrl } from "./dom.js";

/** The API refuses, or cannot be asked. */
export class ApiError extends Error {
  /** @param {string} message @param {number} status 0 without an answer @param {Record<string, any>} details */
  constructor(message, status, details = {}) {
    super(message);
    this.status = status;
    this.details = details;
    this.isPassing = status === 0 || status === 408 || status === 429 || status >= 500;
  }
}

/**
 * Asks the JSON API.
 * @param {string} method @param {string} url @param {{json?: object, body?: Blob, headers?: Record<string, string>}} request
 * @returns {Promise<any>} @throws {ApiError}
 */
export async function ask(method, url, { json, body, headers = {} } = {}) {
  const answer = await fetch(url, {
    method,
    headers: { accept: "application/json", ...json && { "content-type": "application/json" }, ...headers },
    cache: "no-store",
    ...json ? { body: JSON.stringify(json) } : body === undefined ? {} : { body },
  }).catch(() => {
    throw new ApiError("The server does not answer. Nothing here is lost; try again in a moment.", 0);
  });
  const details = await answer.json().catch(() => ({ errors: [SIGNED_OUT] }));
  if (answer.ok && !answer.redirected) return details;
  if (answer.status === 503 && page.source) recovery();
  throw new ApiError(details.errors?.[0] ?? `This did not work (${answer.status}).`, answer.status, details);
}

const SIGNED_OUT = "The server did not answer as it should. You may be signed out: sign in in another tab.";

/** Posts to this source. @param {string} action @param {object} json */
export const post = (action, json) => ask("POST", `${sourceUrl}/-/${action}`, { json });

/** Posts to this source's uploads. @param {string} action @param {object} json */
export const postUpload = (action, json) => ask("POST", `${uploadUrl}/-/${action}`, { json });

/** What went wrong, for people. @param {unknown} error */
export const messageOf = (error) => error instanceof Error ? error.message : String(error);
