import { html } from "hono/html";
import { formatAge, formatTime, isDate } from "./format.ts";
import type { Markup } from "./page.ts";

/** A time relative to now, with the exact one in its title. The script writes that in the reader's time zone. */
export function timeOf(time: Date, now: number): Markup {
  const day = isDate(time, now) ? "day" : "";
  return html`<time datetime="${time.toISOString()}" data-age="${day}" title="${formatTime(time)}">${
    formatAge(time, now)
  }</time>`;
}

/** An exact time, which the script writes in the reader's time zone. */
export function exactTime(time: Date): Markup {
  return html`<time datetime="${time.toISOString()}" data-exact>${formatTime(time)}</time>`;
}
