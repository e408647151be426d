import { postUpload } from "./api.js";
import { inTurn, openDialog } from "./dialogs.js";
import { bdi, make, uploadUrl } from "./dom.js";
import { formatName } from "./format.js";
import { formatLocal } from "./local_time.js";

/** @typedef {import("./client_types.ts").UploadItem} Item */
/** @typedef {import("./client_types.ts").Ticket} Ticket */

/**
 * An upload in parts, for a later tab to continue; its token is only of use to the same person.
 * @typedef {{file: string, startedMs: number, ticket: Ticket}} Unfinished
 */

const KEY = "files-unfinished";
const MAX_UNFINISHED = 100;

/** Tokens of uploads in this tab, of which none needs to be resumed. @type {Set<string>} */
const own = new Set();

/** The answer for every file of a batch. @type {string | undefined} */
let forAll;

/** Asks again next time. */
export const forgetAnswer = () => forAll = undefined;

/** Recognizes a file that is chosen again. @param {Item} item */
function factsOf({ blob, folder, path, size }) {
  return JSON.stringify([uploadUrl, folder, path, size, blob instanceof File ? blob.lastModified : 0]);
}

/** @returns {Unfinished[]} */
function readUnfinished() {
  try {
    /** @type {Unfinished[]} */
    const all = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return all.filter(({ ticket }) => Date.parse(ticket.expires_at ?? "") > Date.now());
  } catch {
    // The browser keeps nothing for this page.
    return [];
  }
}

/** @param {Unfinished[]} all */
function write(all) {
  try {
    if (all.length > 0) localStorage.setItem(KEY, JSON.stringify(all.slice(-MAX_UNFINISHED)));
    else localStorage.removeItem(KEY);
  } catch {
    // Then a closed tab cannot be resumed.
  }
}

/** Keeps the ticket of an upload in parts until it has ended. @param {Item} item */
export function remember(item) {
  const { ticket } = item;
  if (!ticket?.parts) return;
  own.add(ticket.upload_token);
  const file = factsOf(item);
  const all = readUnfinished();
  if (all.some((other) => other.ticket.upload_token === ticket.upload_token)) return;
  write([...all.filter((other) => other.file !== file), { file, startedMs: Date.now(), ticket }]);
}

/** @param {Item} item */
export function forget(item) {
  const file = factsOf(item);
  const all = readUnfinished();
  if (all.some((other) => other.file === file)) write(all.filter((other) => other.file !== file));
}

/**
 * The ticket of an unfinished upload of the same file, if the person wants to continue it.
 * @param {Item} item @returns {Promise<Ticket | undefined>}
 */
export async function resume(item) {
  const file = factsOf(item);
  const all = readUnfinished();
  const found = all.find((other) => other.file === file);
  if (!found || own.has(found.ticket.upload_token)) return undefined;
  const check = make("input", { type: "checkbox" });
  const started = formatLocal(new Date(found.startedMs));
  const answer = await inTurn(() =>
    forAll ?? openDialog({
      title: make("span", {}, "Resume the upload of “", bdi(formatName(item.name)), "”?"),
      content: [
        make("p", {}, `It was begun on ${started} and not finished. What has arrived is still there.`),
        ...all.length > 1 ? [make("label", { class: "check" }, check, "Do this for all")] : [],
      ],
      actions: [{ label: "Resume", value: "resume", style: "primary" }, { label: "Start over", value: "over" }],
    })
  );
  if (check.checked) forAll = answer;
  if (answer !== "over") return found.ticket;
  forget(item);
  await postUpload("abort", { upload_token: found.ticket.upload_token }).catch(() => {});
  return undefined;
}
