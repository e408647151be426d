import { showMessage } from "./dialogs.js";
import { make } from "./dom.js";
import { isOffered, KEYS } from "./keys.js";

/** Shows the keys that do something on this page. */
export function showKeys() {
  const isMac = /Mac|iP(hone|ad)/.test(navigator.platform);
  /** @param {import("./keys.js").Shortcut} shortcut */
  const caps = ({ key, label = key }) =>
    label.replace("Mod+", isMac ? "⌘ " : "Ctrl ").split(" ").flatMap((cap) => [make("kbd", {}, capital(cap)), " "]);
  const rows = KEYS.filter(isOffered).map((shortcut) =>
    make("div", {}, make("dt", {}, ...caps(shortcut)), make("dd", {}, shortcut.text))
  );
  return showMessage("Keys on this page", make("dl", { class: "keys" }, ...rows));
}

/** @param {string} cap */
const capital = (cap) => cap.length === 1 ? cap.toUpperCase() : cap;
