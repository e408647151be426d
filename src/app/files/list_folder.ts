import type { S3Source } from "../../types/source.ts";
import type { FileEntry, ListPage } from "../../types/files.ts";
import { baseName } from "../../s3/keys.ts";
import { isHidden } from "./hidden.ts";

/** Keys to sort a listing by. */
export type SortKey = "name" | "size" | "modified";

/** The order of a listing. */
export interface SortOrder {
  /** The key. */
  readonly sort: SortKey;
  /** Ascending or descending. */
  readonly order: "asc" | "desc";
}

/** One page of a folder. */
export interface FolderListing extends ListPage {
  /** Whether it is in the requested order: a store lists only by name, and a large folder is not read whole. */
  readonly isSorted: boolean;
  /** Whether equals, and names, are in the order of `byName`, not in that of the store. */
  readonly isByName: boolean;
}

/** Compares two names. */
export type NameOrder = (a: string, b: string) => number;

/** Options of {@link listFolder}. */
export interface FolderListingOptions extends SortOrder {
  /** Empty, or ends in `/`. */
  readonly folder: string;
  /** The `cursor` of the previous page. */
  readonly cursor?: string | undefined;
  /** At most this many files and folders together. */
  readonly limit: number;
  /** The order of names. Default: that of the store, in which it lists a folder of any size page by page. */
  readonly byName?: NameOrder | undefined;
  /** Cancels. */
  readonly signal?: AbortSignal;
}

/** A folder with more files and folders is listed in the order of the store. */
const MAX_SORTED = 5_000;
/** The most that a store lists in one request. */
const REQUEST_SIZE = 1_000;

/** Lists a page of a folder, folders first. */
export async function listFolder(source: S3Source, options: FolderListingOptions): Promise<FolderListing> {
  const { folder, cursor, limit, sort, order, byName, signal } = options;
  const isStoreOrder = sort === "name" && order === "asc";
  const list = async (limit: number, cursor: string | null = null): Promise<ListPage> => {
    const page = await source.list({ prefix: folder, recursive: false, limit, cursor, signal });
    const isShown = (path: string) => !isHidden(path);
    return {
      ...page,
      files: page.files.filter(({ path }) => isShown(path)),
      folders: page.folders.filter(isShown),
    };
  };
  const last = isStoreOrder && byName === undefined ? undefined : readPlace(cursor);
  if (last === undefined) return { ...await list(limit, cursor), isSorted: isStoreOrder, isByName: false };
  const whole = isKnownAsLarge(source, folder) ? undefined : await listWhole(list);
  if (whole === undefined) {
    noteLarge(source, folder);
    return { ...await list(limit), isSorted: isStoreOrder, isByName: false };
  }
  return { ...pageOf(whole, { ...options, last }), isSorted: true, isByName: byName !== undefined };
}

/** `undefined` if it has too many entries. */
async function listWhole(
  list: (limit: number, cursor: string | null) => Promise<ListPage>,
): Promise<ListPage | undefined> {
  const files: FileEntry[] = [];
  const folders: string[] = [];
  let [skipped, cursor]: [number, string | null] = [0, null];
  for (let listed = 0; listed < MAX_SORTED; listed += REQUEST_SIZE) {
    const page: ListPage = await list(REQUEST_SIZE, cursor);
    files.push(...page.files);
    folders.push(...page.folders);
    skipped += page.skipped;
    cursor = page.cursor;
    if (cursor === null) return { files, folders, skipped, cursor };
  }
  return undefined;
}

/** Folders that had too many entries a moment ago, and until when that counts: each look takes five requests. */
const large = new WeakMap<S3Source, Map<string, number>>();

function isKnownAsLarge(source: S3Source, folder: string): boolean {
  return (large.get(source)?.get(folder) ?? 0) > Date.now();
}

function noteLarge(source: S3Source, folder: string): void {
  const folders = large.get(source) ?? new Map<string, number>();
  if (folders.size >= MAX_LARGE) folders.clear();
  if (!isKnownAsLarge(source, folder)) folders.set(folder, Date.now() + LARGE_MS);
  large.set(source, folders);
}

const LARGE_MS = 60_000;
const MAX_LARGE = 1_000;

/** What the place of a file or folder in a sorted listing depends on. */
interface Entry {
  /** Of a folder with its slash. */
  readonly name: string;
  /** What is sorted by, unless it is the name. */
  readonly value: number;
}

/** A page after the last entry of the one before, which may have been deleted meanwhile. */
function pageOf(
  { files, folders, skipped }: ListPage,
  { last, limit, ...order }: FolderListingOptions & { readonly last: Entry | null },
): ListPage {
  const byEntry = comparer(order);
  const entries = [
    ...folders.map((path) => ({ path, name: `${baseName(path)}/`, value: 0 })),
    ...files.map((file) => ({ file, name: file.name, value: valueOf(file, order) })),
  ].toSorted(byEntry);
  const found = last === null ? 0 : entries.findIndex((entry) => byEntry(entry, last) > 0);
  const start = found < 0 ? entries.length : found;
  const shown = entries.slice(start, start + limit);
  const end = shown.at(-1);
  return {
    folders: shown.flatMap((entry) => "path" in entry ? [entry.path] : []),
    files: shown.flatMap((entry) => "file" in entry ? [entry.file] : []),
    cursor: end !== undefined && start + limit < entries.length ? toPlaceCursor(end) : null,
    skipped,
  };
}

function valueOf(file: FileEntry, { sort }: SortOrder): number {
  return sort === "name" ? 0 : sort === "size" ? file.size : file.lastModified?.getTime() ?? 0;
}

/** Folders come first; equals are in the order of their names, whichever way. */
function comparer(
  { sort, order, byName = byCharacters }: Pick<FolderListingOptions, "sort" | "order" | "byName">,
): (a: Entry, b: Entry) => number {
  const sign = order === "asc" ? 1 : -1;
  const nameSign = sort === "name" ? sign : 1;
  return (a, b) =>
    Number(isFolder(b)) - Number(isFolder(a)) || sign * (a.value - b.value) ||
    nameSign * byName(bareName(a), bareName(b));
}

const isFolder = ({ name }: Entry) => name.endsWith("/");
const bareName = ({ name }: Entry) => name.replace(/\/$/, "");
const byCharacters: NameOrder = (a, b) => a < b ? -1 : a > b ? 1 : 0;

/** Cursors of sorted pages name the last entry; others are the store's, which begin with a hexadecimal digit. */
function toPlaceCursor({ name, value }: Entry): string {
  return `after-${value}-${name}`;
}

const PLACE = /^after-(\d{1,16})-(.+)$/s;

/** `null` before the first page; `undefined` for a cursor of the store. */
function readPlace(cursor: string | undefined): Entry | null | undefined {
  if (cursor === undefined) return null;
  const [, value, name] = PLACE.exec(cursor) ?? [];
  return name === undefined ? undefined : { name, value: Number(value) };
}
