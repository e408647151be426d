import ACTIONS from "./static/actions.js" with { type: "text" };
import API from "./static/api.js" with { type: "text" };
import APP from "./static/app.js" with { type: "text" };
import ATTEMPTS from "./static/attempts.js" with { type: "text" };
import BANNER from "./static/banner.js" with { type: "text" };
import DIALOGS from "./static/dialogs.js" with { type: "text" };
import DOM from "./static/dom.js" with { type: "text" };
import DROP from "./static/drop.js" with { type: "text" };
import ENTRIES from "./static/entries.js" with { type: "text" };
import FILE_PAGE from "./static/file_page.js" with { type: "text" };
import FORMAT from "./static/format.js" with { type: "text" };
import MEASURE from "./static/measure.js" with { type: "text" };
import PAGER from "./static/pager.js" with { type: "text" };
import QUEUE from "./static/queue.js" with { type: "text" };
import ROWS from "./static/rows.js" with { type: "text" };
import SEND from "./static/send.js" with { type: "text" };
import SORTING from "./static/sorting.js" with { type: "text" };
import TABLE from "./static/table.js" with { type: "text" };
import TRAY from "./static/tray.js" with { type: "text" };
import UPLOAD from "./static/upload.js" with { type: "text" };
import UPLOAD_PARTS from "./static/upload_parts.js" with { type: "text" };
import UPLOADS from "./static/uploads.js" with { type: "text" };
import { FILES_URL } from "./urls.ts";

/** The modules of the pages' script by their names, without what only their authors read. */
export const SCRIPTS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    "actions.js": ACTIONS,
    "api.js": API,
    "app.js": APP,
    "attempts.js": ATTEMPTS,
    "banner.js": BANNER,
    "dialogs.js": DIALOGS,
    "dom.js": DOM,
    "drop.js": DROP,
    "entries.js": ENTRIES,
    "file_page.js": FILE_PAGE,
    "format.js": FORMAT,
    "measure.js": MEASURE,
    "pager.js": PAGER,
    "queue.js": QUEUE,
    "rows.js": ROWS,
    "send.js": SEND,
    "sorting.js": SORTING,
    "table.js": TABLE,
    "tray.js": TRAY,
    "upload.js": UPLOAD,
    "upload_parts.js": UPLOAD_PARTS,
    "uploads.js": UPLOADS,
  }).map(([name, text]) => [name, withoutComments(text)]),
);

/**
 * Where they are. It changes with any of them, so that browsers may keep them for good, and never have modules of two releases.
 */
export const SCRIPTS_URL = `${FILES_URL}/-/static/${versionOf([...SCRIPTS.values()].join(""))}`;

/** The pages' script. */
export const SCRIPT_URL = `${SCRIPTS_URL}/app.js`;

/** Comments that have lines to themselves, and indentation: half of the bytes. The modules have no text of several lines. */
function withoutComments(text: string): string {
  return text.replace(/^\s*\/\*\*[^]*?\*\/\n/gm, "").replace(/^\s*\/\/.*\n/gm, "").replace(/^\s+/gm, "");
}

function versionOf(text: string): string {
  let hash = 0;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash, 31) + text.charCodeAt(at) | 0;
  return (hash >>> 0).toString(36);
}
