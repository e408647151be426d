import { all, announce, find } from "./dom.js";
import { table } from "./rows.js";

/** @type {Promise<boolean> | undefined} */
let loading;

/** The link to the next page, if there is one. */
const nextLink = () => find(HTMLAnchorElement, "a[rel=next]");

/** Appends the rows of the next page; resolves to whether that worked. @param {HTMLAnchorElement} link */
function loadMore(link) {
  return loading ??= load(link).finally(() => loading = undefined);
}

/**
 * Loads pages until there are this many rows, or no more pages.
 * @param {number} count @param {(rows: number) => boolean} goesOn asked before each page
 */
export async function loadRows(count, goesOn = () => true) {
  for (let link = nextLink(); link; link = nextLink()) {
    const rows = table?.tBodies[0]?.rows.length ?? 0;
    if (rows >= count || !goesOn(rows) || !await loadMore(link)) return;
  }
}

/** @param {HTMLAnchorElement} link */
async function load(link) {
  link.ariaBusy = "true";
  try {
    const response = await fetch(link.href, { headers: { accept: "text/html" } });
    if (!response.ok) throw new Error(String(response.status));
    const next = new DOMParser().parseFromString(await response.text(), "text/html");
    // New uploads may be on both pages.
    const known = new Set(all(HTMLTableRowElement, "tr", table).map(({ dataset }) => dataset.path));
    const fresh = all(HTMLTableRowElement, "#files tbody tr", next).filter(({ dataset }) => !known.has(dataset.path));
    table?.tBodies[0]?.append(...fresh);
    const further = find(HTMLAnchorElement, "a[rel=next]", next);
    if (further) link.href = further.getAttribute("href") ?? "";
    else link.remove();
    link.textContent = "Load more";
    table?.dispatchEvent(new Event("rows"));
    announce(`${fresh.length} more loaded`);
    return true;
  } catch {
    link.textContent = "Could not load more. Try again";
    return false;
  } finally {
    link.ariaBusy = null;
  }
}

/** Loads further pages as one scrolls down. */
export function startPager() {
  const link = nextLink();
  if (!link) return;
  link.textContent = "Load more";
  link.addEventListener("click", (event) => {
    event.preventDefault();
    loadMore(link);
  });
  new IntersectionObserver((entries, observer) => {
    if (!link.isConnected) return observer.disconnect();
    if (!entries.some(({ isIntersecting }) => isIntersecting) || link.textContent !== "Load more") return;
    loadMore(link).then(() => {
      observer.unobserve(link);
      observer.observe(link);
    });
  }, { rootMargin: "800px" }).observe(link);
}
