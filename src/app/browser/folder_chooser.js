import { messageOf } from "./api.js";
import { bdi, button, can, find, make, page } from "./dom.js";
import { forgetLists, listFolders } from "./folder_lists.js";
import { folderOf, formatName, plainText, plural } from "./format.js";
import { newFolderField } from "./new_folder_field.js";
import { recentFolders } from "./recent_folders.js";
import { folderName } from "./rows.js";

/**
 * Chooses a folder: type its path, or open folder after folder.
 * https://www.w3.org/WAI/ARIA/apg/patterns/combobox/examples/combobox-autocomplete-list/
 * @param {string} start @param {readonly string[]} moved What is moved or copied.
 */
export function createChooser(start, moved) {
  forgetLists();
  const input = make("input", {
    value: start,
    role: "combobox",
    "aria-autocomplete": "list",
    "aria-controls": "folder-list",
    "aria-describedby": "folder-hint",
    "aria-expanded": "false",
    autocomplete: "off",
    spellcheck: "false",
    placeholder: "Top folder",
  });
  const list = make("ul", { class: "folders", id: "folder-list", role: "listbox", "aria-label": "Folders" });
  const hint = make("p", { class: "hint", id: "folder-hint", role: "status" });
  const typed = () => input.value.replace(/^\/+/, "");
  const opened = () => typed().slice(0, typed().lastIndexOf("/") + 1);
  /** The option that Enter opens. @type {Element | undefined} */
  let active;

  /** @param {Element | undefined} option */
  function activate(option) {
    active?.setAttribute("aria-selected", "false");
    active = option;
    input.toggleAttribute("aria-activedescendant", option !== undefined);
    if (!option) return;
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", option.id);
  }

  /** @param {string} path */
  function open(path) {
    input.value = path;
    input.focus();
    return update();
  }

  /** Lists the folders that the text may go on with. */
  async function update() {
    activate(undefined);
    const [text, above] = [typed(), opened()];
    const part = text.slice(above.length);
    const waits = setTimeout(() => hint.textContent = "Loading", 300);
    const found = await listFolders(above).catch(messageOf);
    clearTimeout(waits);
    if (typed() !== text) return;
    const { folders, isWhole } = typeof found === "string" ? { folders: [], isWhole: true } : found;
    const fitting = folders.filter((path) =>
      !moved.includes(path) && plainText(path.slice(above.length)).startsWith(plainText(part))
    );
    const up = above && !part ? [option(folderOf(above), "Up", 0)] : [];
    list.replaceChildren(...up, ...fitting.map((path, index) => option(path, formatName(path), index + 1)));
    input.setAttribute("aria-expanded", String(list.childElementCount > 0));
    hint.textContent = typeof found === "string"
      ? `Folders cannot be listed. ${found} A path can be typed.`
      : describeFolders({ above, part, fitting }) + (isWhole ? "" : " More may follow; their names can be typed.");
  }

  /** @param {string} path @param {string} label @param {number} index */
  const option = (path, label, index) => {
    const attributes = { id: `folder-${index}`, role: "option", "aria-selected": "false", click: () => open(path) };
    const icon = find(HTMLTemplateElement, "#folder-row-template")?.content.querySelector(".icon");
    return make("li", attributes, ...icon ? [icon.cloneNode(true)] : [], bdi(label));
  };

  input.addEventListener("input", update);
  // The focus stays in the field.
  list.addEventListener("mousedown", (event) => event.preventDefault());
  input.addEventListener("keydown", (event) => {
    const options = [...list.children];
    const at = active ? options.indexOf(active) : -1;
    if (event.key === "ArrowDown") activate(options[at + 1] ?? options[0]);
    else if (event.key === "ArrowUp") activate(options[at - 1] ?? options[options.length - 1]);
    else if (event.key === "Enter" && active instanceof HTMLElement) active.click();
    else if (event.key === "Escape" && active) activate(undefined);
    else return;
    event.preventDefault();
  });
  update();
  return {
    input,
    content: [
      make("label", {}, `Folder in ${page.source}`, input),
      ...recentButtons(recentFolders().filter((path) => path !== start && !isBelow(path, moved)), open),
      hint,
      list,
      ...can.has("upload") ? [newFolderField({ where: opened, open, hint })] : [],
    ],
    /** The path that is chosen: empty, or ends in `/`. */
    chosen: () => input.value.replace(/^\/+|\/+$/g, "").replace(/.$/su, "$&/"),
  };
}

/** @param {string} path @param {readonly string[]} folders */
const isBelow = (path, folders) => folders.some((folder) => folder.endsWith("/") && path.startsWith(folder));

/** @param {string[]} paths @param {(path: string) => void} open */
function recentButtons(paths, open) {
  if (paths.length === 0) return [];
  const buttons = paths.map((path) => {
    const item = button("", () => open(path), { class: "small", title: path || "Top folder" });
    item.append(bdi(folderName(path)));
    return item;
  });
  return [make("div", { class: "recent", role: "group", "aria-label": "Recent folders" }, "Recent", ...buttons)];
}

/** @param {{above: string, part: string, fitting: string[]}} listed */
function describeFolders({ above, part, fitting }) {
  const count = plural(fitting.length, "folder");
  if (part === "") return `${fitting.length === 0 ? "No folders" : count} in “${folderName(above)}”.`;
  const typed = `${above}${part}/`.normalize();
  if (fitting.some((path) => path.normalize() === typed)) return `“${part}” exists.`;
  const others = fitting.length === 0 ? "" : ` ${count} ${fitting.length === 1 ? "begins" : "begin"} like that.`;
  return `“${part}” does not exist yet and will be created.${others}`;
}
