import { all, around, find } from "./dom.js";

const times = new Intl.DateTimeFormat([], { dateStyle: "medium", timeStyle: "medium" });
const dates = new Intl.DateTimeFormat("en", { dateStyle: "medium" });

/** A time as it is where the reader is. @param {Date} time */
export const formatLocal = (time) => times.format(time);

/** Writes times as they are where the reader is; without scripts they are in UTC. */
export function startLocalTimes() {
  for (const element of all(HTMLTimeElement, "time[data-exact]")) {
    element.textContent = formatLocal(new Date(element.dateTime));
  }
  localizeDates();
  find(HTMLTableElement, "#files")?.addEventListener("rows", localizeDates);
  // Later rows too; most titles are never read.
  document.addEventListener("pointerover", (event) => {
    const element = around(HTMLTimeElement, "time:not([data-exact])", event);
    if (element) element.title = formatLocal(new Date(element.dateTime));
  });
}

/** Dates near midnight are others elsewhere. */
function localizeDates() {
  for (const element of all(HTMLTimeElement, "time[data-age=day]")) {
    element.textContent = dates.format(new Date(element.dateTime));
    element.dataset.age = "";
  }
}
