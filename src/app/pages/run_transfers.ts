import { mayBrowse, openSource, sourceOf } from "../allowed_actions.ts";
import { folderOf } from "../browser/format.js";
import { type AppContext, type AppRequest, noteAction } from "../context.ts";
import { type Failure, failureOf } from "../failure.ts";
import { type PathFailure, problemOf, summarizeFailures } from "../files/path_failure.ts";
import { copyPath, movePath } from "../files/transfer.ts";
import type { NamedSource } from "../permissions/background_facts.ts";
import { folderUrl } from "../urls.ts";
import { failuresPage } from "./failures_page.ts";
import type { Markup } from "./page.ts";
import type { Selection } from "./place.ts";

/** What {@link runTransfers} does. */
export interface Transfers {
  readonly named: NamedSource;
  /** Whose paths are moved or copied. */
  readonly selection: Selection;
  readonly action: "move" | "copy";
  /** The new path of each. */
  readonly targetOf: (from: string) => string;
  /** Whether files may be replaced. */
  readonly overwrite: boolean;
  /** Asks again when the only one was refused. */
  readonly askAgain: (failure: Failure) => Markup | Promise<Markup>;
}

/** The source of a form that moves or copies, after checking permissions. */
export function openForTransfer(c: AppRequest, context: AppContext, action: "move" | "copy"): NamedSource {
  const [first, second] = action === "copy"
    ? ["files-browse", "files-upload"] as const
    : ["files-edit", "files-delete"] as const;
  return openSource(c, context, { name: sourceOf(c, context, first).name, action: second });
}

/** Moves or copies one after the other, then shows the folder, or what was not done and why. */
export async function runTransfers(c: AppRequest, context: AppContext, transfers: Transfers): Promise<Response> {
  const { named: { name, source }, selection, action, targetOf, overwrite, askAgain } = transfers;
  const { paths } = selection;
  const { signal } = c.req.raw;
  if (overwrite) openSource(c, context, { name, action: "files-edit" });
  const transfer = action === "move" ? movePath : copyPath;
  const isBrowsable = mayBrowse(c, context, name);
  const errors: PathFailure[] = [];
  let done = 0;
  let folder: string | undefined;
  for (const [index, from] of paths.entries()) {
    try {
      const result = await transfer(source, { from, to: targetOf(from), overwrite, isBrowsable, signal });
      folder ??= folderOf(result.to);
      errors.push(...result.errors);
      if (result.errors.length === 0) done++;
    } catch (error) {
      const failure = failureOf(error);
      const isBroken = failure.status >= 500;
      if (isBroken && index === 0) throw error;
      noteAction(c, { problem: failure.message });
      if (paths.length === 1) return await c.html(await askAgain(failure), failure.status);
      errors.push({ path: from, message: failure.message });
      if (!isBroken) continue;
      errors.push(...paths.slice(index + 1).map((path) => ({ path, message: "This was not tried after that." })));
      break;
    }
  }
  if (errors.length === 0) return c.redirect(folderUrl(name, folder ?? selection.folder), 303);
  noteAction(c, { problem: problemOf(errors) });
  const verb = action === "move" ? "moved" : "copied";
  const failures = {
    heading: `Not everything was ${verb}`,
    summary: `${done} of ${paths.length} ${verb}. These were not, and are still where they were:`,
    errors: isBrowsable ? errors : summarizeFailures(paths, errors),
  };
  return await c.html(failuresPage(context, selection, failures), 409);
}
