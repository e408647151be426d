/** Attributes that the server sets on this page. */
export const page = document.body.dataset;
/** Actions to offer: `upload`, `edit`, `delete`. */
export const can = new Set((page.can ?? "").split(" "));
/** The folder of this page. */
export const folder = page.folder ?? "";
/** Start of all URLs of the app. */
export const root = page.root ?? "";
const encodedSource = encodeURIComponent(page.source ?? "");
/** Start of this source's URLs. */
export const sourceUrl = `${root}/source/${encodedSource}`;
/** Start of this source's upload URLs. */
export const uploadUrl = `${root}/upload/${encodedSource}`;

/**
 * The first element that matches, if it is of this type.
 * @template {Element} T
 * @param {new () => T} type
 * @param {string} selector
 * @param {ParentNode} [within]
 * @returns {T | undefined}
 */
export function find(type, selector, within = document) {
  const found = within.querySelector(selector);
  return found instanceof type ? found : undefined;
}

/**
 * All elements that match and are of this type.
 * @template {Element} T @param {new () => T} type @param {string} selector @param {ParentNode} [within] @returns {T[]}
 */
export function all(type, selector, within = document) {
  return [...within.querySelectorAll(selector)].flatMap((element) => element instanceof type ? [element] : []);
}

/**
 * The innermost element around an event's target that matches.
 * @template {Element} T
 * @param {new () => T} type
 * @param {string} selector
 * @param {Event} event
 * @returns {T | undefined}
 */
export function around(type, selector, { target }) {
  const found = target instanceof Element ? target.closest(selector) : null;
  return found instanceof type ? found : undefined;
}

/**
 * Creates an element. Attributes that are functions become listeners, booleans have no value.
 * @template {keyof HTMLElementTagNameMap} T @param {T} tag
 * @param {Record<string, string | boolean | ((event: Event) => void)>} attributes @param {(string | Node)[]} children
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (typeof value === "boolean") element.toggleAttribute(name, value);
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** Creates a button. @param {string} label @param {() => void} onClick @param {Record<string, string>} attributes */
export const button = (label, onClick, attributes = {}) =>
  make("button", { type: "button", ...attributes, click: onClick }, label);

/** Wraps a name so that it cannot reorder the text around it. @param {string} text */
export const bdi = (text) => make("bdi", {}, text);

/** Announces text to screen readers. @param {string} text */
export function announce(text) {
  const live = find(HTMLElement, "#live");
  if (live) live.textContent = text;
}

let toastTimer = 0;

/** Shows a text for a moment, or until `hideToast`, above a note with its buttons. @param {string} text */
export function toast(text, { stays = false } = {}) {
  hideToast();
  const shown = make("p", { class: "toast" }, text);
  const note = document.querySelector(".note")?.getBoundingClientRect();
  if (note) shown.style.bottom = `${document.documentElement.clientHeight - note.top + 8}px`;
  document.body.append(shown);
  if (stays) return;
  announce(text);
  toastTimer = setTimeout(hideToast, 6000);
}

/** Hides the toast. */
export function hideToast() {
  clearTimeout(toastTimer);
  document.querySelector(".toast")?.remove();
}

/** Resolves after a delay, or early with the signal. @param {number} delayMs @param {AbortSignal} [signal] */
export function sleep(delayMs, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, delayMs);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve(undefined);
    }, { once: true });
  });
}
