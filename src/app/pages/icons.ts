import { raw } from "hono/html";
import { iconMarkup } from "../browser/icons.js";

export { fileIcon } from "../browser/icons.js";

/** An icon in the colour of the text, hidden from screen readers. */
export function icon(name: Parameters<typeof iconMarkup>[0]): ReturnType<typeof raw> {
  return raw(iconMarkup(name));
}

/** The icon of the browser tab. */
export const APP_ICON = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path fill="#3b6fd4" ' +
  'd="M1 4a1.5 1.5 0 0 1 1.5-1.5h3.2L7.5 4.5h6A1.5 1.5 0 0 1 15 6v6a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 1 12z"/></svg>';
