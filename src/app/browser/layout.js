import { all, find, root } from "./dom.js";
import { iconOf, table } from "./rows.js";

/** How many rows stand side by side. */
export function columnCount() {
  const body = table?.tBodies[0];
  if (!body || !table?.classList.contains("tiles")) return 1;
  return getComputedStyle(body).gridTemplateColumns.split(" ").length;
}

/** Shows an icon instead of a thumbnail that cannot be shown. @param {EventTarget | null} image */
function replaceBroken(image) {
  if (image instanceof HTMLImageElement) image.replaceWith(iconOf("image"));
}

/** Those that failed before they were in the table, or before this script ran. */
function findBroken() {
  for (const image of all(HTMLImageElement, ".thumb", table)) {
    if (image.complete && image.naturalWidth === 0) image.decode().catch(() => replaceBroken(image));
  }
}

/** Changes the layout of a folder in place, and keeps it as the server does. */
export function startLayout() {
  table?.addEventListener("error", ({ target }) => replaceBroken(target), true);
  table?.addEventListener("rows", findBroken);
  findBroken();
  const links = all(HTMLAnchorElement, "a[data-layout]");
  for (const link of links) {
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      const { layout = "" } = link.dataset;
      table?.classList.toggle("tiles", layout === "grid");
      for (const other of links) other.ariaCurrent = String(other === link);
      const path = root.replace(/\/-\/files$/, "") || "/";
      document.cookie = `files-view=${layout}; path=${path}; max-age=31536000; samesite=lax`;
      find(HTMLElement, "#files tbody :focus")?.scrollIntoView({ block: "nearest" });
    });
  }
}
