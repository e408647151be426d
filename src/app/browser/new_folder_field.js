import { messageOf, post } from "./api.js";
import { button, make } from "./dom.js";
import { forgetLists } from "./folder_lists.js";
import { insertRows, showFolder } from "./rows.js";

/**
 * A button that opens a field for the name of a new folder, inside another form.
 * @param {{where: () => string, open: (path: string) => void, hint: HTMLElement}} chooser `hint`: where to say what went
 *   wrong.
 */
export function newFolderField({ where, open, hint }) {
  const label = "Name of the new folder";
  // Of no form, or Enter would send the one around it.
  const name = make("input", { form: "none", "aria-label": label, placeholder: label, autocomplete: "off" });
  const parts = make("span", { class: "new-folder-name", hidden: true }, name, button("Create", create));
  const opener = button("New folder", () => toggle(true));

  /** @param {boolean} isOpen */
  function toggle(isOpen) {
    [parts.hidden, opener.hidden] = [!isOpen, isOpen];
    (isOpen ? name : opener).focus();
  }

  async function create() {
    const path = `${where()}${name.value}/`;
    try {
      if (!name.value || name.value.includes("/")) throw new Error("A name is needed, without “/”.");
      await post("folder", { path });
      forgetLists();
      showFolder(path);
      insertRows();
      name.value = "";
      toggle(false);
      open(path);
    } catch (error) {
      hint.textContent = messageOf(error);
      name.focus();
    }
  }

  name.addEventListener("keydown", (event) => {
    if (event.key === "Enter") create();
    else if (event.key === "Escape") toggle(false);
    else return;
    // Escape does not close the dialog.
    event.preventDefault();
  });
  return make("div", { class: "new-folder" }, opener, parts);
}
