import { nameInput, nameOf } from "./actions.js";
import { messageOf } from "./api.js";
import { ask } from "./dialogs.js";
import { hideToast, make, toast } from "./dom.js";
import { endingHint } from "./ending_hint.js";
import { baseName, folderOf, stemLength } from "./format.js";
import { settle, transferOne } from "./transfers.js";

/** Asks for a new name until it is possible, then renames a file or folder. @param {string} path */
export async function rename(path) {
  const isFolder = path.endsWith("/");
  const name = baseName(path);
  let typed = name;
  let problem = "";
  for (;;) {
    const wanted = await askName(path, { typed, problem });
    if (wanted === undefined || wanted === name) return;
    typed = wanted;
    const to = `${folderOf(path)}${typed}${isFolder ? "/" : ""}`;
    toast("Renaming", { stays: true });
    try {
      const moved = await transferOne("move", { from: path, to });
      problem = "";
      hideToast();
      const said = `Renamed to “${baseName(moved?.to ?? to)}”`;
      if (moved) return await settle("move", { results: [moved], total: 1, said });
    } catch (error) {
      hideToast();
      problem = messageOf(error);
    }
  }
}

/** @param {string} path @param {{typed: string, problem: string}} before @returns {Promise<string | undefined>} */
async function askName(path, { typed, problem }) {
  const input = nameInput(typed);
  input.setAttribute("aria-describedby", "rename-hint");
  input.setSelectionRange(0, path.endsWith("/") ? typed.length : stemLength(typed));
  const hint = make("p", { class: "hint", id: "rename-hint", role: "status" });
  const update = () => hint.textContent = path.endsWith("/") ? "" : endingHint(baseName(path), input.value);
  input.addEventListener("input", update);
  update();
  const isAnswered = await ask({
    title: make("span", {}, "Rename ", nameOf([path])),
    content: [
      ...problem ? [make("p", { class: "error", role: "alert" }, problem)] : [],
      make("label", {}, "Name", input),
      hint,
    ],
    yes: "Rename",
    focus: input,
  });
  return isAnswered ? input.value : undefined;
}
