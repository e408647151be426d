import { html } from "hono/html";
import { icon } from "./icons.ts";
import type { Markup, OptionalMarkup } from "./page.ts";

/** How a menu is opened. */
export interface MenuOptions {
  /** What screen readers call the button. */
  readonly label: string;
  /** What the button shows. Default: three dots. */
  readonly content?: Markup | string;
}

/** A button that opens a menu of links and buttons, also without scripts; nothing without items. */
export function menu(
  items: readonly OptionalMarkup[],
  { label, content = icon("more") }: MenuOptions,
): OptionalMarkup {
  const shown = items.filter((item) => item !== "");
  if (shown.length === 0) return "";
  return html`
    <details class="menu">
      <summary class="button" aria-label="${label}" title="${label}">${content}</summary>
      <ul class="popup end">${shown.map((item) => html`<li>${item}</li>`)}</ul>
    </details>
  `;
}

/** Buttons in a row; on a phone the same in a menu, also without scripts; nothing without items. */
export function overflowMenu(
  items: readonly OptionalMarkup[],
  { label, content = icon("more"), id }: MenuOptions & { readonly id: string },
): OptionalMarkup {
  const shown = items.filter((item) => item !== "");
  if (shown.length === 0) return "";
  return html`
    <div class="menu overflow">
      <button type="button" popovertarget="${id}" aria-label="${label}" title="${label}">${content}</button>
      <div class="popup" id="${id}" popover>${shown}</div>
    </div>
  `;
}
