import { all, find, say } from "./dom.js";
import { table } from "./rows.js";

let isLoading = false;

/** Puts the next page below this one. @param {HTMLAnchorElement} link */
async function loadMore(link) {
  if (isLoading) return;
  isLoading = true;
  link.ariaBusy = "true";
  try {
    const answer = await fetch(link.href, { headers: { accept: "text/html" } });
    if (!answer.ok) throw new Error(String(answer.status));
    const next = new DOMParser().parseFromString(await answer.text(), "text/html");
    // What was uploaded meanwhile is here already.
    const known = new Set(all(HTMLTableRowElement, "tr", table).map(({ dataset }) => dataset.path));
    const fresh = all(HTMLTableRowElement, "#files tbody tr", next).filter(({ dataset }) => !known.has(dataset.path));
    table?.tBodies[0]?.append(...fresh);
    const further = find(HTMLAnchorElement, "a[rel=next]", next);
    if (further) link.href = further.getAttribute("href") ?? "";
    else link.remove();
    link.textContent = "Load more";
    table?.dispatchEvent(new Event("rows"));
    say(`${fresh.length} more loaded`);
  } catch {
    // It stays a link; the next press tries again.
    link.textContent = "Could not load more. Try again";
  } finally {
    isLoading = false;
    link.ariaBusy = null;
  }
}

/** Loads the next pages below this one. */
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
