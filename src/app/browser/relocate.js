import { nameOf } from "./actions.js";
import { ask } from "./dialogs.js";
import { folder, make } from "./dom.js";
import { createChooser } from "./folder_chooser.js";
import { movesInto, transfer } from "./transfers.js";

/** Asks for a folder, then moves or copies. @param {"move" | "copy"} action @param {readonly string[]} paths */
export async function relocate(action, paths) {
  if (paths.length === 0) return;
  const label = action === "move" ? "Move" : "Copy";
  const chooser = createChooser(folder, paths);
  const isChosen = await ask({
    title: make("span", {}, `${label} `, nameOf(paths), " to"),
    content: chooser.content,
    yes: `${label} here`,
    focus: chooser.input,
  });
  if (isChosen) await transfer(action, movesInto(action, paths, chooser.chosen()));
}
