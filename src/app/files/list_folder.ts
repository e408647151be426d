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
  const offset = isStoreOrder && byName === undefined ? undefined : readOffset(cursor);
  if (offset === undefined) return { ...await list(limit, cursor), isSorted: isStoreOrder, isByName: false };
  const whole = isKnownAsLarge(source, folder) ? undefined : await listWhole(list);
  if (whole === undefined) {
    noteLarge(source, folder);
    return { ...await list(limit), isSorted: isStoreOrder, isByName: false };
  }
  return { ...pageOf(sorted(whole, options), { offset, limit }), isSorted: true, isByName: byName !== undefined };
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

/** Cursors of sorted pages count entries; others are the store's. */
const OFFSET = /^offset-(\d{1,4})$/;

function readOffset(cursor: string | undefined): number | undefined {
  if (cursor === undefined) return 0;
  const offset = OFFSET.exec(cursor)?.[1];
  return offset === undefined ? undefined : Number(offset);
}

function sorted({ files, folders, skipped }: ListPage, { sort, order, byName }: FolderListingOptions): ListPage {
  const sign = order === "asc" ? 1 : -1;
  // In the order of their names, and so equal ones stay.
  const namedFiles = byName === undefined ? files : files.toSorted((a, b) => byName(a.name, b.name));
  const namedFolders = byName === undefined ? folders : folders.toSorted((a, b) => byName(baseName(a), baseName(b)));
  const isBackwards = sort === "name" && order === "desc";
  const valueOf = (file: FileEntry) => sort === "size" ? file.size : file.lastModified?.getTime() ?? 0;
  return {
    folders: isBackwards ? namedFolders.toReversed() : namedFolders,
    files: sort !== "name"
      ? namedFiles.toSorted((a, b) => sign * (valueOf(a) - valueOf(b)))
      : isBackwards
      ? namedFiles.toReversed()
      : namedFiles,
    cursor: null,
    skipped,
  };
}

function pageOf({ files, folders, skipped }: ListPage, { offset, limit }: { offset: number; limit: number }): ListPage {
  const end = offset + limit;
  const filesBefore = (at: number) => Math.max(0, at - folders.length);
  return {
    folders: folders.slice(offset, end),
    files: files.slice(filesBefore(offset), filesBefore(end)),
    cursor: end < files.length + folders.length ? `offset-${end}` : null,
    skipped,
  };
}
