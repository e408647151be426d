import { inTurn, openDialog } from "./dialogs.js";
import { bdi, make } from "./dom.js";
import { formatBytes, plural } from "./format.js";
import { formatLocal } from "./local_time.js";

/** @typedef {"keep_both" | "replace" | "skip"} CollisionChoice */
/** @typedef {import("./client_types.ts").FileFacts} FileFacts */

/** Choices that apply to every name of a batch. @type {WeakMap<object, CollisionChoice>} */
const forAll = new WeakMap();

/**
 * The choice for every name.
 * @param {object} batch @param {boolean} [canReplace] Whether it may be to replace, for this name.
 */
export function chosenForAll(batch, canReplace = true) {
  const choice = forAll.get(batch);
  return choice === "replace" && !canReplace ? undefined : choice;
}

/**
 * Asks what to do with a name that is taken, unless a choice applies to every name.
 * @param {object} batch Of names that one choice can apply to.
 * @param {string} name
 * @param {{suggestion?: string | undefined, canReplace: boolean, namesake?: string | undefined,
 * existing?: FileFacts | undefined, incoming?: FileFacts | undefined, isOnly?: boolean, isRename?: boolean}} options
 *   `namesake`: the name is only taken by one that looks the same; `isOnly`: no other names follow;
 *   `isRename`: it stays in its folder.
 * @returns {Promise<CollisionChoice>}
 */
export async function askCollision(batch, name, options) {
  const { suggestion, canReplace, namesake, existing, incoming, isOnly, isRename } = options;
  const check = make("input", { type: "checkbox" });
  // A dialog before this one may have made a choice for every name.
  const value = await inTurn(() =>
    chosenForAll(batch, canReplace) ?? openDialog({
      title: make("span", {}, "“", bdi(name), "” already exists"),
      content: [
        ...namesake ? [make("p", {}, SPELLING)] : [],
        ...existing ? [comparison(existing, incoming)] : [],
        ...suggestion ? [make("p", {}, "“Keep both” saves the new one as “", bdi(suggestion), "”.")] : [],
        ...isOnly ? [] : [make("label", { class: "check" }, check, "Do this for all")],
      ],
      actions: [
        { label: isRename ? "Cancel" : "Skip" },
        ...canReplace ? [{ label: "Replace", value: "replace", style: "danger" }] : [],
        { label: "Keep both", value: "keep_both", style: "primary" },
      ],
    })
  );
  const choice = value === "replace" || value === "keep_both" ? value : "skip";
  if (check.checked) forAll.set(batch, choice);
  return choice;
}

/** Shows what tells the files apart. @param {FileFacts} existing @param {FileFacts} [incoming] */
function comparison(existing, incoming) {
  const other = incoming ?? existing;
  // Rounded, different sizes can look the same.
  const isClose = existing.size !== other.size && formatBytes(existing.size) === formatBytes(other.size);
  /** @param {string} label @param {FileFacts} file @param {FileFacts} than */
  const row = (label, { size, last_modified }, than) => {
    const isNewer = last_modified !== null && than.last_modified !== null && last_modified > than.last_modified;
    return make(
      "tr",
      {},
      make("th", { scope: "row" }, label),
      make("td", {}, isClose ? plural(size, "byte") : formatBytes(size)),
      make("td", {}, last_modified ? `${formatLocal(new Date(last_modified))}${isNewer ? ", newer" : ""}` : ""),
    );
  };
  const rows = [row("Already there", existing, other), ...incoming ? [row("New", incoming, existing)] : []];
  return make("table", { class: "compare" }, make("tbody", {}, ...rows));
}

const SPELLING = "The name of the one here looks the same, but is spelled with other characters.";
