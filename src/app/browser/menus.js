import { all, around } from "./dom.js";

/** Closes open menus, except one around the target. @param {EventTarget | null} target @returns {boolean} whether any was */
function closeMenus(target) {
  let isClosed = false;
  for (const menu of all(HTMLDetailsElement, "details.menu[open]")) {
    if (target instanceof Node && menu.contains(target)) continue;
    if (menu.contains(document.activeElement)) menu.querySelector("summary")?.focus();
    menu.open = false;
    isClosed = true;
  }
  return isClosed;
}

/**
 * Whether the items of an overflow menu are shown as a menu; on wide screens they stand in a row.
 * @param {Element | null | undefined} popover
 */
const isPopoverOpen = (popover) =>
  popover instanceof HTMLElement && Boolean(popover.hidePopover) && popover.matches(":popover-open");

/** Closes menus on Escape, on a click elsewhere and when an item was chosen; arrow keys go from item to item. */
export function startMenus() {
  document.addEventListener("click", (event) => {
    const item = around(HTMLElement, ".popup :is(a, button)", event);
    closeMenus(item ? null : event.target);
    const popover = around(HTMLElement, "[popover]", event);
    if (item && popover && isPopoverOpen(popover)) popover.hidePopover();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      const popover = all(HTMLElement, "[popover]").find(isPopoverOpen);
      popover?.hidePopover();
      // The selection, and what was cut, stay.
      if (closeMenus(null) || popover) return event.preventDefault();
    }
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    const menu = around(HTMLElement, ".menu", event);
    const isOpen = menu?.matches("[open]") || isPopoverOpen(menu?.querySelector("[popover]"));
    if (!menu || !isOpen || step === 0 || around(HTMLElement, "select, input", event)) return;
    const items = all(HTMLElement, ".popup :is(a, button)", menu).filter((item) => item.getClientRects().length > 0);
    const at = items.findIndex((item) => item === document.activeElement);
    const to = at < 0 ? Math.min(step, 0) : at + step;
    items.at(to % items.length)?.focus();
    event.preventDefault();
  });
}
