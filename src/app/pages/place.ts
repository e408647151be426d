import { assertFilePath, toPrefix } from "../../s3/keys.ts";
import { folderOf } from "../browser/format.js";
import { type Allowed, allowedIn, mayBrowse } from "../allowed_actions.ts";
import type { AppContext, AppRequest } from "../context.ts";
import { RequestRefusal } from "../failure.ts";
import type { NamedSource } from "../permissions/background_facts.ts";
import { readPairs, readQuery } from "../urls.ts";
import { accountName } from "./account_page.ts";

/** The source and folder of a page, and what the visitor may do there. */
export interface Place {
  /** The source's name. */
  readonly source: string;
  /** Empty, or ends in `/`. */
  readonly folder: string;
  /** The actions to offer. */
  readonly allowed: Allowed;
  /** The sources that the visitor may browse. */
  readonly sourceNames: readonly string[];
  /** What people call the one who is logged in; absent for nobody. */
  readonly accountName?: string | undefined;
}

/** Files and folders of one source. */
export interface Selection extends Place {
  /** Relative to the source; a folder's ends in `/`. At least one. */
  readonly paths: readonly string[];
}

/** A folder of a source; by default the one that the query names. */
export function placeOf(
  c: AppRequest,
  context: AppContext,
  { named, folder = toPrefix(readQuery(c.req.url).get("folder") ?? "") }: { named: NamedSource; folder?: string },
): Place {
  return {
    source: named.name,
    folder,
    allowed: allowedIn(c, context, { ...named, folder }),
    sourceNames: browsableNames(c, context),
    accountName: accountName(c),
  };
}

/** The sources that the visitor may browse. */
export function browsableNames(c: AppRequest, context: AppContext): string[] {
  return [...context.sources.keys()].filter((name) => mayBrowse(c, context, name));
}

/**
 * The files and folders that a form is about.
 *
 * @throws {RequestRefusal} If there are none.
 */
export function selectionOf(
  c: AppRequest,
  context: AppContext,
  { named, paths }: { named: NamedSource; paths: readonly string[] },
): Selection {
  const [first] = paths;
  if (first === undefined) throw new RequestRefusal(400, "Nothing is selected. Go back and select some files.");
  for (const path of paths) assertFilePath(path);
  return { ...placeOf(c, context, { named, folder: folderOf(first) }), paths };
}

/** The paths in a request's query. */
export function queryPaths(c: AppRequest): string[] {
  return readPairs(new URL(c.req.url).search.slice(1)).filter(([name]) => name === "path").map(([, path]) => path);
}
