import { announce, find, page, sleep, sourceUrl } from "./dom.js";

/** @type {Promise<void> | undefined} */
let current;

/** Shows that the app or its credentials are missing; resolves when they are back, or if waiting does not help. */
export function recovery() {
  return current ??= watch().finally(() => current = undefined);
}

async function watch() {
  const banner = find(HTMLElement, "#banner");
  let delaySeconds = 2;
  for (let tries = 0;; tries++) {
    const status = await readStatus();
    if (status.ok || !page.source) break;
    if (status.broker === "refused") {
      if (banner) [banner.textContent, banner.hidden] = [REFUSED, false];
      return;
    }
    const trouble = status.broker === "failing"
      ? "The credentials service does not answer"
      : "The server does not answer";
    delaySeconds = status.retry_in_seconds ?? Math.min(delaySeconds * 2, 30);
    const countdown = document.createElement("span");
    // Screen readers should not announce every second.
    countdown.ariaHidden = "true";
    if (banner && tries === 0) banner.textContent = `${trouble}; `;
    banner?.replaceChildren(banner.firstChild ?? "", countdown);
    if (banner) banner.hidden = false;
    for (let left = Math.ceil(delaySeconds); left > 0; left--) {
      countdown.textContent = `trying again in ${left} s.`;
      await sleep(1000);
    }
    countdown.textContent = "trying again now.";
  }
  if (!banner || banner.hidden) return;
  banner.hidden = true;
  announce("Everything works again.");
}

const REFUSED = "The credentials service refuses this app. The files are safe; the operator must look into it.";

/** @returns {Promise<{ok: boolean, broker?: string, retry_in_seconds?: number}>} */
async function readStatus() {
  try {
    const response = await fetch(`${sourceUrl}/-/status.json`, { cache: "no-store" });
    return await response.json();
  } catch {
    return { ok: false };
  }
}
