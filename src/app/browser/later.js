import { toast } from "./dom.js";

/**
 * Uses a module that few visits need, once it is loaded; says so if it does not arrive.
 * @template T @param {() => Promise<T>} load @param {(module: T) => unknown} use
 */
export async function later(load, use) {
  const module = await load().catch(() => undefined);
  if (module) return use(module);
  toast("A part of this page could not be loaded. Reload the page and try again.");
}
