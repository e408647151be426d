import { recovery } from "./banner.js";
import { page, sourceUrl, uploadUrl } from "./dom.js";

/** A failed request to the API. */
export class ApiError extends Error {
  /** @param {string} message @param {number} status 0 without a response @param {Record<string, any>} details */
  constructor(message, status, details = {}) {
    super(message);
    this.status = status;
    this.details = details;
    const isRejected = details["code"] === "rejected";
    this.isTemporary = !isRejected && (status === 0 || status === 408 || status === 429 || status >= 500);
  }
}

/**
 * Sends a request to the JSON API.
 * @param {string} method
 * @param {string} url
 * @param {{json?: object, body?: Blob, headers?: Record<string, string>}} request
 * @returns {Promise<any>} @throws {ApiError}
 */
export async function callApi(method, url, { json, body, headers = {} } = {}) {
  const response = await fetch(url, {
    method,
    headers: { accept: "application/json", ...json && { "content-type": "application/json" }, ...headers },
    cache: "no-store",
    ...json ? { body: JSON.stringify(json) } : body === undefined ? {} : { body },
  }).catch(() => {
    throw new ApiError("The server does not answer. Nothing here is lost; try again in a moment.", 0);
  });
  const details = await response.json().catch(() => ({ errors: [LOGGED_OUT] }));
  if (response.ok && !response.redirected) return details;
  if (response.status === 503 && page.source) recovery();
  throw new ApiError(details.errors?.[0] ?? `This did not work (${response.status}).`, response.status, details);
}

const LOGGED_OUT = "The server sent an unexpected response. You may be logged out; log in again in another tab.";

/** Posts to this source. @param {string} action @param {object} json */
export const post = (action, json) => callApi("POST", `${sourceUrl}/-/${action}`, { json });

/** Posts to this source's uploads. @param {string} action @param {object} json */
export const postUpload = (action, json) => callApi("POST", `${uploadUrl}/-/${action}`, { json });

/** Says what went wrong. @param {unknown} error */
export const messageOf = (error) => error instanceof Error ? error.message : String(error);
