import { all, announce, button, find } from "./dom.js";
import { countOf } from "./format.js";
import { table } from "./rows.js";

/** How many files are searched at a time: each request looks at about 5,000. */
const MAX_REQUESTS = 60;
/** How many rows are added at a time. */
const MAX_ROWS = 200;

/** Continues a search by itself, and shows what it finds as it comes. @param {HTMLAnchorElement} link */
export function continueSearch(link) {
  let isStopped = false;
  const stop = button("Stop", () => isStopped = true);
  link.after(stop);

  async function run() {
    [link.hidden, stop.hidden, isStopped] = [true, false, false];
    link.textContent = "Continue";
    let left = MAX_ROWS;
    try {
      for (let asked = 0; asked < MAX_REQUESTS && left > 0 && !isStopped && link.isConnected; asked++) {
        const response = await fetch(link.href, { headers: { accept: "text/html" } });
        if (!response.ok) throw new Error(String(response.status));
        left -= show(new DOMParser().parseFromString(await response.text(), "text/html"), link);
      }
    } catch {
      link.textContent = "Could not continue. Try again";
    }
    const hadFocus = document.activeElement === stop;
    [link.hidden, stop.hidden] = [false, true];
    if (hadFocus) link.focus();
    announce(document.querySelector(".search-summary")?.textContent ?? "");
  }

  link.addEventListener("click", (event) => {
    event.preventDefault();
    run();
  });
  run();
}

/** Adds a page of results. @param {Document} next @param {HTMLAnchorElement} link @returns the number of its rows */
function show(next, link) {
  const fresh = all(HTMLTableRowElement, "#files tbody tr", next);
  for (const error of all(HTMLElement, "main > .error", next)) table?.before(error);
  table?.tBodies[0]?.append(...fresh);
  const further = find(HTMLAnchorElement, "#continue", next);
  if (further) link.href = further.getAttribute("href") ?? "";
  else link.closest("nav")?.remove();
  const paths = [...table?.tBodies[0]?.rows ?? []].map(({ dataset }) => dataset.path ?? "");
  if (table) table.hidden = paths.length === 0;
  const empty = document.querySelector("#empty");
  if (paths.length > 0) empty?.remove();
  else empty?.replaceWith(...all(HTMLElement, "#empty", next));
  const [found, searched] = ["#found", "#searched"].map((selector) => find(HTMLElement, selector));
  if (found) found.textContent = `${countOf(paths)}${further ? " so far." : "."}`;
  if (searched) searched.textContent = find(HTMLElement, "#searched", next)?.textContent ?? "";
  if (fresh.length > 0) table?.dispatchEvent(new Event("rows"));
  return fresh.length;
}
