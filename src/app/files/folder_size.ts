import type { S3Source } from "../../types/source.ts";
import { isHidden } from "./hidden.ts";

/** What a part of a folder has, at all levels. */
export interface FolderSize {
  readonly files: number;
  readonly bytes: number;
  /** Entries that cannot be used here, and are not counted. */
  readonly skipped: number;
  /** Continues; `null` if the folder is counted to its end. */
  readonly next: string | null;
}

/** Options of {@link measureFolder}. */
export interface FolderSizeOptions {
  /** Empty, or ends in `/`. */
  readonly folder: string;
  /** The `next` of the previous part. */
  readonly next?: string | undefined;
  /** A clock in milliseconds. */
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/** Counts a part of a folder: what can be listed in about a second. */
export async function measureFolder(
  source: S3Source,
  { folder, next, now, signal }: FolderSizeOptions,
): Promise<FolderSize> {
  const endMs = now() + MAX_MS;
  let [files, bytes, skipped] = [0, 0, 0];
  let cursor = next ?? null;
  for (let pages = 0; pages < MAX_PAGES && (pages === 0 || (cursor !== null && now() < endMs)); pages++) {
    const page = await source.list({ prefix: folder, cursor, limit: PAGE_SIZE, signal });
    for (const { path, size } of page.files) {
      if (isHidden(path) || path.endsWith("/")) continue;
      files++;
      bytes += size;
    }
    skipped += page.skipped;
    cursor = page.cursor;
  }
  return { files, bytes, skipped, next: cursor };
}

const MAX_MS = 800;
const MAX_PAGES = 20;
/** The most that a store lists in one request. */
const PAGE_SIZE = 1_000;
