import { all, find } from "./dom.js";

/** Where the arrow keys move something themselves. */
const USES_ARROWS = "input, textarea, select, audio, video, iframe, dialog, [role=menu], .preview [tabindex]";

/** Opens the file before or after this one. Back then leads to the folder, not through all of them. @param {string} url */
const go = (url) => location.replace(url);

for (const link of all(HTMLAnchorElement, "a[data-step]")) {
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    go(link.href);
  });
}

addEventListener("keydown", (event) => {
  const { key, target } = event;
  const step = { ArrowLeft: "previous", ArrowRight: "next" }[key];
  if (!step || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (target instanceof Element && target.closest(USES_ARROWS)) return;
  const link = find(HTMLAnchorElement, `a[data-step=${step}]`);
  if (!link || find(HTMLDialogElement, "dialog[open]")) return;
  event.preventDefault();
  go(link.href);
});
