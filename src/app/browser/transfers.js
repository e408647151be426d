import { folderUrl, leaveFile } from "./actions.js";
import { messageOf, post } from "./api.js";
import { askCollision, chosenForAll } from "./collision.js";
import { showFailures } from "./dialogs.js";
import { bdi, button, can, make, toast } from "./dom.js";
import { baseName, folderOf, formatName, numbered, plural } from "./format.js";
import { isText } from "./move_rules.js";
import { showNote } from "./note.js";
import { rememberFolder } from "./recent_folders.js";
import { folderName, insertRows, removeRows, rowOf, showFile, showFolder } from "./rows.js";

/**
 * `base`: the path that numbers are added to if `to` is taken, without asking.
 * @typedef {{from: string, to: string, base?: string}} Move
 * @typedef {{path: string, message: string}} PathFailure
 * @typedef {{from: string, to: string, file?: import("./client_types.ts").FileRecord, errors: PathFailure[], hasReplaced:
 * boolean}} Moved
 */

/** How many requests at a time; of a folder, the server copies several files at once. */
const CONCURRENCY = 4;

/**
 * What moving or copying into a folder does.
 * @param {"move" | "copy"} action @param {readonly string[]} paths @param {string} folder @returns {Move[]}
 */
export const movesInto = (action, paths, folder) =>
  paths.map((from) => {
    const to = `${folder}${baseName(from)}${from.endsWith("/") ? "/" : ""}`;
    return from === to && action === "copy" ? { from, to: numbered(from, 2), base: from } : { from, to };
  });

/**
 * Moves or copies a few at a time, shows how far it is, and what failed.
 * @param {"move" | "copy"} action @param {readonly Move[]} moves
 */
export async function transfer(action, moves) {
  undo = undefined;
  const waiting = moves.filter(({ from, to }) => from !== to);
  const total = waiting.length;
  if (total === 0) return toast("This is where they are already. Nothing was moved.");
  /** Targets of others, which no number may lead to. */
  const claimed = new Set(waiting.map(({ to }) => to));
  /** @type {Moved[]} */
  const results = [];
  /** @type {PathFailure[]} */
  const errors = [];
  let isStopped = false;
  let why = "";
  const stop = button("Stop", () => isStopped = true);
  const count = make("span", {});
  showNote([count, ...total > 1 ? [stop] : []]);
  running++;
  addEventListener("beforeunload", askToStay);
  const work = async () => {
    for (let next = waiting.shift(); next; next = isStopped ? undefined : waiting.shift()) {
      count.textContent = `${action === "move" ? "Moving" : "Copying"} ${total - waiting.length} of ${total}`;
      try {
        const moved = await transferOne(action, next, claimed);
        if (moved) results.push(moved);
      } catch (error) {
        errors.push({ path: next.from, message: messageOf(error) });
        if (!isLasting(error)) continue;
        isStopped = true;
        if (waiting.length > 0) why = `${waiting.length} of ${total} were not tried. `;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(CONCURRENCY, total) }, work));
  if (--running === 0) removeEventListener("beforeunload", askToStay);
  if (isStopped && !why && waiting.length > 0) why = `Stopped: ${waiting.length} of ${total} were left. `;
  const [first] = moves;
  if (first && folderOf(first.from) !== folderOf(first.to)) rememberFolder(folderOf(first.to));
  await settle(action, { results, errors, total, why });
}

/** More can be moved meanwhile. */
let running = 0;
/** @param {BeforeUnloadEvent} event */
const askToStay = (event) => event.preventDefault();

/** Whether others would fail, too: the server does not answer, or no longer knows who asks. @param {unknown} error */
const isLasting = (error) =>
  error instanceof Error && "status" in error && [0, 401, 503].includes(Number(error.status));

/**
 * Shows what was moved or copied, with a way back, and what was not.
 * @param {"move" | "copy"} action
 * @param {{results: Moved[], errors?: PathFailure[], total: number, why?: string, said?: string}} outcome
 *   `said`: instead of how many were moved where; `why`: before that.
 */
export async function settle(action, { results, errors = [], total, why = "", said }) {
  const verb = action === "move" ? "moved" : "copied";
  const whole = results.filter((moved) => moved.errors.length === 0);
  if (action === "move") removeRows(whole.map(({ from }) => from));
  for (const { file, to } of results) {
    if (file) showFile(file);
    else showFolder(to);
  }
  insertRows();
  const [only] = results;
  if (only && total === 1) rowOf(only.to)?.querySelector("a")?.focus();
  showDone(action, whole, said ? [said] : [why, ...describe(whole, verb)]);
  const failed = [...errors, ...results.flatMap((moved) => moved.errors)];
  if (failed.length > 0) {
    const summary = `${why}${whole.length} of ${total} ${verb}. These were not, and are still where they were:`;
    await showFailures(`Not everything was ${verb}`, summary, failed);
  } else if (only) leaveFile(only.file?.url ?? folderUrl(only.to));
}

/** @param {Moved[]} moved @param {string} verb */
function describe(moved, verb) {
  const [first] = moved;
  const text = `${plural(moved.length, "item")} ${verb}`;
  if (!first || folderOf(first.to) === folderOf(first.from)) return [text];
  const path = folderOf(first.to);
  return [`${text} to `, make("a", { href: folderUrl(path) }, "“", bdi(folderName(path)), "”")];
}

/** @param {"move" | "copy"} action @param {Moved[]} moved @param {(string | Node)[]} content */
function showDone(action, moved, content) {
  // What was replaced would not come back.
  const canUndo = action === "move" && moved.length > 0 && !moved.some(({ hasReplaced }) => hasReplaced);
  const back = () => transfer("move", moved.map(({ from, to }) => ({ from: to, to: from })));
  undo = canUndo ? back : undefined;
  const text = make("span", {}, ...content);
  showNote(canUndo ? [text, button("Undo", back, { "aria-keyshortcuts": "Control+Z" })] : [text], { passes: true });
}

/** Moves back what was moved last. @type {(() => void) | undefined} */
let undo;

document.addEventListener("keydown", (event) => {
  if (event.key !== "z" || !(event.ctrlKey || event.metaKey) || !undo || isText(event)) return;
  event.preventDefault();
  undo();
});

/**
 * Moves or copies one file or folder, and asks if the name is taken. Resolves to undefined if it was skipped.
 * @param {"move" | "copy"} action @param {Move} move @param {Set<string>} [claimed] Paths that are soon taken; one for each
 * batch.
 * @returns {Promise<Moved | undefined>}
 */
export async function transferOne(action, { from, to, base }, claimed = new Set([to])) {
  let path = to;
  let overwrite = false;
  let number = 2;
  const next = () => {
    while (claimed.has(numbered(base ?? to, number))) number++;
    return numbered(base ?? to, number);
  };
  for (let tries = 0;; tries++) {
    try {
      const { file, moved, errors } = await post(action, { from, to: path, overwrite });
      return { file, errors, from, to: file?.path ?? folderOfFirst(moved, from) ?? path, hasReplaced: overwrite };
    } catch (error) {
      if (detailsOf(error).code !== "collision" || overwrite || tries > 100) throw error;
      const isDecided = base || path !== to;
      const choice = isDecided ? "keep_both" : await choose(claimed, to, {
        ...detailsOf(error),
        suggestion: baseName(next()),
        isOnly: claimed.size === 1,
        isRename: action === "move" && claimed.size === 1 && folderOf(from) === folderOf(to),
      });
      if (choice === "skip") return undefined;
      overwrite = choice === "replace";
      path = overwrite ? detailsOf(error).namesake ?? to : next();
      claimed.add(path);
    }
  }
}

/**
 * The new path of a folder by its first file: folders that look the same count as one.
 * @param {readonly Move[]} moved @param {string} from
 */
const folderOfFirst = ([first], from) => first?.to.slice(0, first.to.length - first.from.length + from.length);

/** @param {unknown} error @returns {Record<string, any>} */
const detailsOf = (error) => error instanceof Error && "details" in error ? Object(error.details) : {};

/** @param {object} batch @param {string} to @param {Record<string, any>} collision */
function choose(batch, to, collision) {
  // Replacing a folder would mix the files of both.
  const canReplace = can.has("edit") && !to.endsWith("/");
  return chosenForAll(batch, canReplace) ?? askCollision(batch, formatName(to), { ...collision, canReplace });
}
