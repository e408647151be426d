import { all, announce, find } from "./dom.js";
import { table } from "./rows.js";

let isLoading = false;

/** Appends the rows of the next page. @param {HTMLAnchorElement} link */
async function loadMore(link) {
  if (isLoading) return;
  isLoading = true;
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
  } catch {
    link.textContent = "Could not load more. Try again";
  } finally {
    isLoading = false;
    link.ariaBusy = null;
  }
}

/** Loads further pages as one scrolls down. */
export function startPager() {
  const link = find(HTMLAnchorElement, "a[rel=next]");
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
