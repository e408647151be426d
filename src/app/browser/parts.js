import { button, find } from "./dom.js";

/**
 * Loads a module when it is first needed. A page may be older than the app by then, or offline: if the module is not
 * there, the page says so, and this resolves to undefined.
 * @template T @param {() => Promise<T>} load `() => import("./NAME.js")` @returns {Promise<T | undefined>}
 */
export async function loadPart(load) {
  try {
    return await load();
  } catch (error) {
    const banner = find(HTMLElement, "#banner");
    // Browsers remember modules that they could not load.
    banner?.replaceChildren(
      "This part of the page cannot be loaded, so nothing was done. The server is out of reach, or newer than this page. ",
      button("Reload the page", () => location.reload()),
    );
    if (banner) banner.hidden = false;
    // It was loaded, and does not work.
    if (!(error instanceof TypeError)) throw error;
    return undefined;
  }
}
