import { inTurn, openDialog } from "./dialogs.js";
import { bdi, make } from "./dom.js";

/** @typedef {"keep_both" | "replace" | "skip"} CollisionChoice */

/** Choices that apply to every name of an action. @type {Map<string, CollisionChoice>} */
const forAll = new Map();

/** The choice for every name. @param {string} action */
export const chosenForAll = (action) => forAll.get(action);

/** Asks again next time. @param {string} action */
export const forgetChoice = (action) => forAll.delete(action);

/**
 * Asks what to do with a name that is taken, unless a choice applies to every name.
 * @param {string} action @param {string} name
 * @param {{suggestion?: string | undefined, canReplace: boolean, namesake?: string | undefined}} options
 *   `namesake`: the name is only taken by one that looks the same.
 * @returns {Promise<CollisionChoice>}
 */
export async function askCollision(action, name, { suggestion, canReplace, namesake }) {
  const check = make("input", { type: "checkbox" });
  // A dialog before this one may have made a choice for every name.
  const value = await inTurn(() =>
    forAll.get(action) ?? openDialog({
      title: make("span", {}, "“", bdi(name), "” already exists"),
      content: [
        ...namesake ? [make("p", {}, SPELLING)] : [],
        ...suggestion ? [make("p", {}, "“Keep both” saves the new one as “", bdi(suggestion), "”.")] : [],
        make("label", { class: "check" }, check, "Do this for all"),
      ],
      actions: [
        { label: "Skip" },
        ...canReplace ? [{ label: "Replace", value: "replace", style: "danger" }] : [],
        { label: "Keep both", value: "keep_both", style: "primary" },
      ],
    })
  );
  const choice = value === "replace" || value === "keep_both" ? value : "skip";
  if (check.checked) forAll.set(action, choice);
  return choice;
}

const SPELLING = "The name of the one here looks the same, but is spelled with other characters.";
