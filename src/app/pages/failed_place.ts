import { pathProblem, toPrefix } from "../../s3/keys.ts";
import { folderOf } from "../browser/format.js";
import { mayBrowse } from "../allowed_actions.ts";
import { type AppContext, type AppRequest, sourceOfPage } from "../context.ts";
import { parseFileId } from "../file_id.ts";
import { FILES_URL, readQuery } from "../urls.ts";
import { accountName } from "./account_page.ts";
import { browsableNames, type Place } from "./place.ts";

/** Where a request failed. */
export interface FailedPlace {
  readonly place: Place;
  /** Of the file or folder that it was about. */
  readonly path: string;
}

/** The source, file or folder that a failed request was about; `undefined` if there is none that its sender may know. */
export function failedPlace(c: AppRequest, context: AppContext): FailedPlace | undefined {
  // It may have failed before anyone was identified.
  if (c.get("visitor") === undefined) return undefined;
  try {
    const named = sourceOfPage(c.req.url, context);
    if (named === undefined || !mayBrowse(c, context, named.name)) return undefined;
    const path = pathIn(c.req.url);
    const place = {
      source: named.name,
      folder: path.endsWith("/") ? path : folderOf(path),
      allowed: { upload: false, edit: false, delete: false },
      sourceNames: browsableNames(c, context),
      accountName: accountName(c),
    };
    return { place, path };
  } catch {
    // The URL is not percent-encoded UTF-8.
    return undefined;
  }
}

function pathIn(url: string): string {
  const [id = ""] = new URL(url).pathname.slice(FILES_URL.length + 1).split("/");
  const query = readQuery(url);
  const path = parseFileId(id)?.path ?? query.get("path") ?? toPrefix(query.get("folder") ?? "");
  return pathProblem(path) === undefined ? path : "";
}
