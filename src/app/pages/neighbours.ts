import { html } from "hono/html";
import { eitherSignal, withTimeLimit } from "../../async/abort.ts";
import { TimeoutError } from "../../errors.ts";
import { toPrefix } from "../../s3/keys.ts";
import type { S3Source } from "../../types/source.ts";
import { folderOf, formatName } from "../browser/format.js";
import type { AppRequest } from "../context.ts";
import { type FolderListingOptions, listFolder, type SortOrder } from "../files/list_folder.ts";
import { inlineTypeOf } from "../files/media_types.ts";
import { choiceOf } from "../http/arguments.ts";
import { readQuery, sourceUrl } from "../urls.ts";
import { icon } from "./icons.ts";
import type { Markup, OptionalMarkup } from "./page.ts";
import { fileUrl } from "./urls.ts";

/** The files of the same folder that can be shown, in the folder's order. */
export interface Neighbours extends SortOrder {
  /** The paths of all of them. */
  readonly paths: readonly string[];
  /** Where the file is among them. */
  readonly index: number;
}

/** Options of {@link findNeighbours}. */
export interface NeighboursOptions extends SortOrder, Pick<FolderListingOptions, "byName"> {
  /** Of the file. */
  readonly path: string;
  /** Cancels. */
  readonly signal: AbortSignal;
}

/** Finds the files around a file by listing its folder; `undefined` if that fails, or takes longer than it is worth. */
export async function findNeighbours(
  source: S3Source,
  { path, sort, order, byName, signal }: NeighboursOptions,
): Promise<Neighbours | undefined> {
  try {
    const folder = folderOf(path);
    const tooLong = () => new TimeoutError(`Cannot list "${folder}": it took too long`);
    const { files } = await withTimeLimit(
      MAX_MS,
      tooLong,
      (limit) =>
        listFolder(source, { folder, sort, order, byName, limit: MAX_LISTED, signal: eitherSignal(signal, limit) }),
    );
    const paths = files.filter((file) => file.path === path || inlineTypeOf(file) !== undefined).map(({ path }) =>
      path
    );
    const index = paths.indexOf(path);
    return index < 0 ? undefined : { paths, index, sort, order };
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

/** As many as are sorted. */
const MAX_LISTED = 5_000;
const MAX_MS = 2_000;

/** The order of the folder that a visitor comes from: as the address says, or the page before. */
export function folderOrder(c: AppRequest, { source, path }: { source: string; path: string }): SortOrder {
  const query = readQuery(c.req.url);
  const known = query.has("sort") ? query : folderQuery(c.req.header("referer") ?? "", { source, path });
  return {
    sort: choiceOf(known.get("sort"), ["name", "size", "modified"], "sort"),
    order: choiceOf(known.get("order"), ["asc", "desc"], "order"),
  };
}

/** The query of the page of the file's folder; empty for other pages. */
function folderQuery(referer: string, { source, path }: { source: string; path: string }): ReadonlyMap<string, string> {
  const url = URL.parse(referer);
  if (!url?.pathname.endsWith(sourceUrl(source))) return new Map();
  const { folder = "", sort = "", order = "" } = Object.fromEntries(url.searchParams);
  const isSame = toPrefix(folder) === folderOf(path) && /^(name|size|modified)$/.test(sort) &&
    /^(asc|desc)$/.test(order);
  return new Map(isSame ? [["sort", sort], ["order", order]] : []);
}

/** Links to the files before and after a file. */
export function neighbourLinks(source: string, neighbours: Neighbours | undefined): OptionalMarkup {
  const { paths, index, sort, order } = neighbours ?? { paths: [], index: 0, sort: "name", order: "asc" };
  if (paths.length < 2) return "";
  const query = sort === "name" && order === "asc" ? "" : `?sort=${sort}&order=${order}`;
  const link = (step: "previous" | "next", path: string | undefined): Markup => {
    if (path === undefined) return html`<span class="button" aria-hidden="true">${icon("chevron")}</span>`;
    const name = formatName(path);
    const key = step === "next" ? "ArrowRight" : "ArrowLeft";
    const label = `${step === "next" ? "Next" : "Previous"}: ${name}`;
    return html`
      <a class="button" href="${fileUrl(source, path)}${query}" data-step="${step}" title="${name}"
        aria-label="${label}" aria-keyshortcuts="${key}">${icon("chevron")}</a>
    `;
  };
  return html`
    <nav class="steps" aria-label="Files of this folder">
      ${link("previous", paths[index - 1])}
      <span class="hint">${index + 1} of ${paths.length}</span>
      ${link("next", paths[index + 1])}
    </nav>
  `;
}
