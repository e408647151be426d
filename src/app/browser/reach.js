import { page, root } from "./dom.js";

const COOKIE = "files-reach";
/** Then a page tries again: people take their computer to other networks. */
const SECONDS = 43_200;
const TRY_MS = 5_000;

/** Sources whose stores this browser reaches (`+`) or not (`-`). The server reads it too. */
const known = () => new RegExp(`(?:^|; )${COOKIE}=([^;]*)`).exec(document.cookie)?.[1]?.split("/") ?? [];

/** Finds out, once, whether this browser reaches the store; until then, clicks on downloads and links wait. */
export function learnReach() {
  const name = encodeURIComponent(page.source ?? "");
  if (!page.store || known().some((entry) => entry.slice(1) === name)) return;
  const pending = tryStore(page.store, name).catch(() => {}).finally(() => removeEventListener("click", wait, true));
  /** @param {MouseEvent} event */
  function wait(event) {
    const target = event.target instanceof Element ? event.target.closest(WAITING) : null;
    if (!(target instanceof HTMLElement)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    pending.then(() => target.click());
  }
  addEventListener("click", wait, true);
}

const WAITING = 'a[href$="/download"], [data-action=download], [data-action=link]';

/** @param {string} store Its origin. @param {string} name */
async function tryStore(store, name) {
  const signal = AbortSignal.timeout(TRY_MS);
  // Any response will do, also one that the page may not read.
  const isReached = await fetch(store, { mode: "no-cors", credentials: "omit", cache: "no-store", signal })
    .then(() => true, () => false);
  if (!isReached && !navigator.onLine) return;
  const others = known().filter((entry) => entry.slice(1) !== name).slice(-19);
  const value = [...others, `${isReached ? "+" : "-"}${name}`].join("/");
  const secure = location.protocol === "https:" ? "; secure" : "";
  const path = root.replace(/-\/files$/, "");
  document.cookie = `${COOKIE}=${value}; path=${path}; max-age=${SECONDS}; samesite=strict${secure}`;
}
