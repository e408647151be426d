import { isProbe } from "../../operations/probe.ts";
import type { S3Source } from "../../types/source.ts";
import type { FileInfo, FileList } from "../../types/files.ts";

/** What a listing can be sorted by. */
export type SortKey = "name" | "size" | "modified";

/** How a listing is sorted. */
export interface SortOrder {
  /** By what. */
  readonly sort: SortKey;
  /** Which way. */
  readonly order: "asc" | "desc";
}

/** One page of a folder. */
export interface FolderListing extends FileList {
  /** Whether it is in the order that was asked for: a store lists by name only, and a large folder is not read whole. */
  readonly isSorted: boolean;
}

/** Options of {@link listFolder}. */
export interface FolderListingOptions extends SortOrder {
  /** Empty, or ends in `/`. */
  readonly folder: string;
  /** Where to go on: the `cursor` of the page before. */
  readonly cursor?: string | undefined;
  /** At most this many files and folders together. */
  readonly limit: number;
  /** Cancels. */
  readonly signal?: AbortSignal;
}

/** How many files and folders are read to sort them; a folder with more stays in the order of its names. */
export const MAX_SORTED = 5_000;

/** Lists a page of a folder, folders first. */
export async function listFolder(source: S3Source, options: FolderListingOptions): Promise<FolderListing> {
  const { folder, cursor, limit, sort, order, signal } = options;
  const isStoreOrder = sort === "name" && order === "asc";
  const offset = isStoreOrder ? undefined : readOffset(cursor);
  const list = async (limit: number, cursor?: string) => {
    const page = await source.list({ prefix: folder, folders: true, limit, cursor: cursor ?? null, signal });
    // The app itself tries what may be done, just when a folder is opened first.
    return { ...page, files: page.files.filter(({ name }) => !isProbe(name)) };
  };
  if (offset === undefined) return { ...await list(limit, cursor), isSorted: isStoreOrder };
  const whole = await list(MAX_SORTED);
  if (whole.cursor !== null) return { ...await list(limit), isSorted: false };
  return { ...pageOf(sorted(whole, options), { offset, limit }), isSorted: true };
}

/** Cursors of sorted pages count entries; those of the store are left alone. */
const OFFSET = /^offset-(\d{1,4})$/;

function readOffset(cursor: string | undefined): number | undefined {
  if (cursor === undefined) return 0;
  const offset = OFFSET.exec(cursor)?.[1];
  return offset === undefined ? undefined : Number(offset);
}

function sorted({ files, folders }: FileList, { sort, order }: SortOrder): FileList {
  const sign = order === "asc" ? 1 : -1;
  // Stable: files that are alike stay in the order of their names.
  const byValue = (value: (file: FileInfo) => number) => (a: FileInfo, b: FileInfo) => sign * (value(a) - value(b));
  return {
    folders: sort === "name" && order === "desc" ? folders.toReversed() : folders,
    files: sort === "name"
      ? files.toReversed()
      : files.toSorted(byValue((file) => sort === "size" ? file.size : file.lastModified?.getTime() ?? 0)),
    cursor: null,
  };
}

function pageOf({ files, folders }: FileList, { offset, limit }: { offset: number; limit: number }): FileList {
  const end = offset + limit;
  const filesBefore = (at: number) => Math.max(0, at - folders.length);
  return {
    folders: folders.slice(offset, end),
    files: files.slice(filesBefore(offset), filesBefore(end)),
    cursor: end < files.length + folders.length ? `offset-${end}` : null,
  };
}
