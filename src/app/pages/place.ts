import { assertFilePath } from "../../s3/keys.ts";
import { allowedIn, type AppContext, type AppRequest } from "../context.ts";
import type { NamedSource } from "../permissions/background_facts.ts";
import { RequestRefusal } from "../failure.ts";
import type { Selection } from "./delete_page.ts";
import type { Place } from "./page.ts";
import { folderOf } from "../browser/format.js";
import { readPairs } from "../urls.ts";

/** Where in the sources a request is. */
export function placeOf(
  c: AppRequest,
  context: AppContext,
  { named, folder }: { named: NamedSource; folder: string },
): Place {
  return {
    source: named.name,
    folder,
    allowed: allowedIn(c, context, { ...named, folder }),
    sourceNames: browsableNames(c, context),
  };
}

/** The sources that whoever asks may browse. */
export function browsableNames(c: AppRequest, { sources, access }: AppContext): string[] {
  return [...sources.keys()].filter((name) => access.allows(c.get("actor"), "files-browse", name));
}

/**
 * The files and folders that something is to be done with.
 *
 * @throws {RequestRefusal} If there are none.
 */
export function selectionOf(
  c: AppRequest,
  context: AppContext,
  { named, paths }: { named: NamedSource; paths: readonly string[] },
): Selection {
  const [first] = paths;
  if (first === undefined) throw new RequestRefusal(400, "Nothing is selected. Go back and choose some files.");
  for (const path of paths) assertFilePath(path);
  return { ...placeOf(c, context, { named, folder: folderOf(first) }), paths };
}

/** The paths in a request's query. */
export function queryPaths(c: AppRequest): string[] {
  return readPairs(new URL(c.req.url).search.slice(1)).filter(([name]) => name === "path").map(([, path]) => path);
}
