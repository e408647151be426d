import type { S3Source } from "../../types/source.ts";
import type { FileEntry, ListPage } from "../../types/files.ts";
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
}

/** Options of {@link listFolder}. */
export interface FolderListingOptions extends SortOrder {
  /** Empty, or ends in `/`. */
  readonly folder: string;
  /** The `cursor` of the previous page. */
  readonly cursor?: string | undefined;
  /** At most this many files and folders together. */
  readonly limit: number;
  /** Cancels. */
  readonly signal?: AbortSignal;
}

/** A folder with more files and folders is listed by name. */
const MAX_SORTED = 5_000;

/** Lists a page of a folder, folders first. */
export async function listFolder(source: S3Source, options: FolderListingOptions): Promise<FolderListing> {
  const { folder, cursor, limit, sort, order, signal } = options;
  const isStoreOrder = sort === "name" && order === "asc";
  const offset = isStoreOrder ? undefined : readOffset(cursor);
  const list = async (limit: number, cursor?: string) => {
    const page = await source.list({ prefix: folder, recursive: false, limit, cursor: cursor ?? null, signal });
    const files = page.files.filter(({ path }) => !isHidden(path));
    return { ...page, files, folders: page.folders.filter((path) => !isHidden(path)) };
  };
  if (offset === undefined) return { ...await list(limit, cursor), isSorted: isStoreOrder };
  const whole = await list(MAX_SORTED);
  if (whole.cursor !== null) return { ...await list(limit), isSorted: false };
  return { ...pageOf(sorted(whole, options), { offset, limit }), isSorted: true };
}

/** Cursors of sorted pages count entries; others are the store's. */
const OFFSET = /^offset-(\d{1,4})$/;

function readOffset(cursor: string | undefined): number | undefined {
  if (cursor === undefined) return 0;
  const offset = OFFSET.exec(cursor)?.[1];
  return offset === undefined ? undefined : Number(offset);
}

function sorted({ files, folders, skipped }: ListPage, { sort, order }: SortOrder): ListPage {
  const sign = order === "asc" ? 1 : -1;
  // Equal files stay in the order of their names.
  const byValue = (value: (file: FileEntry) => number) => (a: FileEntry, b: FileEntry) => sign * (value(a) - value(b));
  return {
    folders: sort === "name" && order === "desc" ? folders.toReversed() : folders,
    files: sort === "name"
      ? files.toReversed()
      : files.toSorted(byValue((file) => sort === "size" ? file.size : file.lastModified?.getTime() ?? 0)),
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
