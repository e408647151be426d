import { type S3SourceError, ServiceError } from "../errors.ts";
import { assertFilePath, toPrefix } from "../s3/keys.ts";
import type { DeleteManyResult, FileEntry, ListPage, SignalOptions } from "../types/files.ts";
import type { S3Source } from "../types/source.ts";
import { deleteMany } from "./delete.ts";
import { refusesMarker } from "./folder_marker.ts";
import { list } from "./list.ts";
import { startOf } from "./list_cursor.ts";
import { type OperationContext, quote } from "./operation_context.ts";
import { createPageGuard } from "./page_guard.ts";
import { takePaths } from "./path_list.ts";
import { walk } from "./walk.ts";

/** Deletes everything in a folder, in the bucket and prefix of the initial grant. */
export async function deleteFolder(
  context: OperationContext,
  path: string,
  { signal }: SignalOptions = {},
): Promise<DeleteManyResult> {
  assertFilePath(path);
  const initial = await context.grants.get({ signal });
  const remover = createRemover({
    walk: (options) => walk(context, options),
    list: (options) => list(context, options),
    deleteMany: (paths, options) => deleteMany(context, takePaths(paths), options, initial),
  }, { signal });
  await remover.removeFolder(toPrefix(path));
  return await remover.finish();
}

/** Deletes files and folders in batches of up to 1,000, so that a folder of any size needs little memory. */
export interface Remover {
  /** Deletes a file, by {@link Remover.finish} at the latest. */
  removeFile(path: string): Promise<void>;
  /** Deletes the content of a folder and the markers of all folders that become empty; `folder` ends in `/`. */
  removeFolder(folder: string): Promise<void>;
  /** Deletes the rest; resolves with the number of deleted files, and an error for each that could not be deleted. */
  finish(): Promise<DeleteManyResult>;
  /** Whether a file, or anything in a folder, is still there. */
  isKept(path: string): boolean;
}

/** Options of {@link createRemover}. */
export interface RemoverOptions {
  /** Whether to delete a file of a folder; a file that stays keeps its folders. Default: all files. */
  readonly isWanted?: (file: FileEntry) => boolean;
  /** Paths that stay, with their folders. */
  readonly keeps?: readonly string[];
  /** Cancels. */
  readonly signal?: AbortSignal | undefined;
}

/** Deletes folders after their content, as SeaweedFS otherwise keeps listing them. */
export function createRemover(
  source: Pick<S3Source, "walk" | "list" | "deleteMany">,
  { isWanted = () => true, keeps = [], signal }: RemoverOptions = {},
): Remover {
  const kept = new Set(keeps.flatMap((path) => [path, ...foldersOf(path)]));
  const errors = new Map<string, S3SourceError>();
  /** Folders that are listed as files. */
  const markers = new Set<string>();
  let deletedCount = 0;
  let [files, folders]: [string[], string[]] = [[], []];

  async function removeAll(paths: readonly string[]): Promise<void> {
    if (paths.length === 0) return;
    signal?.throwIfAborted();
    const failed = new Set<string>();
    for (const error of (await source.deleteMany(paths, { signal })).errors) {
      const { path = "" } = error;
      if (!markers.has(path) && refusesMarker(path, error)) continue;
      failed.add(path);
      errors.set(path, error);
      for (const one of [path, ...foldersOf(path)]) kept.add(one);
    }
    for (const path of paths) {
      const isFile = !path.endsWith("/") || markers.delete(path);
      if (isFile && !failed.has(path)) deletedCount++;
    }
  }

  async function flush(): Promise<void> {
    const batch = [files, folders] as const;
    [files, folders] = [[], []];
    await removeAll(batch[0]);
    const emptied = [...new Set(batch[1])].filter((folder) => !kept.has(folder));
    await removeAll(emptied.toSorted((a, b) => b.length - a.length));
  }

  const add = async (list: string[], path: string) => {
    list.push(path);
    if (files.length + folders.length >= BATCH) await flush();
  };

  /** Walks a folder once; resolves with the number of files to delete. */
  async function removeOnce(root: string): Promise<number> {
    let count = 0;
    const open: string[] = [];
    // A store lists the content of a folder in one piece: the first path after it closes the folder.
    const close = async (next: string) => {
      for (let top = open.at(-1); top !== undefined && !next.startsWith(top); top = open.at(-1)) {
        open.pop();
        await add(folders, top);
      }
    };
    for await (const file of source.walk({ prefix: root, signal })) {
      signal?.throwIfAborted();
      const { path } = file;
      await close(path);
      open.push(...foldersOf(path, (open.at(-1) ?? root).length), ...open.at(-1) === path ? [] : markerOf(path));
      if (kept.has(path) || !isWanted(file)) {
        for (const folder of [...foldersOf(path), ...markerOf(path)]) kept.add(folder);
        continue;
      }
      count++;
      if (path.endsWith("/")) markers.add(path);
      else await add(files, path);
      if (errors.size < MAX_ERRORS) continue;
      const reason = "too many of its files could not be deleted, and the rest was skipped";
      errors.set(
        root,
        new ServiceError(`Cannot delete ${quote(root)}: ${reason}`, { code: "TooManyErrors", path: root }),
      );
      kept.add(root);
      return 0;
    }
    await close("");
    return count;
  }

  /**
   * Deletes empty folders, which SeaweedFS lists after their last file was deleted on its own; resolves with whether
   * nothing else is there.
   */
  async function removeEmpty(root: string): Promise<boolean> {
    let cursor: string | null = null;
    let isEmpty = true;
    let unnamed = 0;
    const pages = createPageGuard(`delete ${quote(root)}`);
    do {
      const page: ListPage = await source.list({ prefix: root, recursive: false, cursor, limit: BATCH, signal });
      isEmpty &&= page.files.length + page.skipped === 0;
      unnamed += page.skipped;
      if (page.skipped > 0) keepUnnamed(root, unnamed);
      for (const folder of page.folders) {
        const isGone = !kept.has(folder) && folder.startsWith(root) && folder !== root && await removeEmpty(folder);
        if (isGone) await add(folders, folder);
        isEmpty &&= isGone;
      }
      cursor = page.cursor;
      const count = page.files.length + page.folders.length + page.skipped;
      pages.add(
        { count, first: page.files[0]?.path, last: page.files.at(-1)?.path },
        cursor === null ? undefined : startOf(cursor),
      );
    } while (cursor !== null);
    return isEmpty;
  }

  function keepUnnamed(folder: string, count: number): void {
    const reason = `it has ${count} ${count === 1 ? "entry" : "entries"} that no path can name; ` +
      "the warnings of onEvent say which";
    errors.set(
      folder,
      new ServiceError(`Cannot delete ${quote(folder)}: ${reason}`, { code: "UnusableKey", path: folder }),
    );
    for (const one of [folder, ...foldersOf(folder)]) kept.add(one);
  }

  return {
    removeFile: (path) => add(files, path),
    async removeFolder(root) {
      // Deleting can shift the pages that are still to be listed; another pass finds what was left out.
      for (let pass = 0; pass < MAX_PASSES && await removeOnce(root) >= BATCH; pass++) await flush();
      await flush();
      if (!kept.has(root)) await removeEmpty(root);
      await add(folders, root);
    },
    async finish() {
      await flush();
      return { deletedCount, errors: [...errors.values()] };
    },
    isKept: (path) => kept.has(path),
  };
}

/** A path of a folder itself. */
export function markerOf(path: string): string[] {
  return path.endsWith("/") ? [path] : [];
}

/** All folders above a path that are longer than a number of characters, the outermost first. */
export function foldersOf(path: string, longerThan = 0): string[] {
  const folders: string[] = [];
  for (let slash = path.indexOf("/", longerThan); slash >= 0 && slash < path.length - 1;) {
    folders.push(path.slice(0, slash + 1));
    slash = path.indexOf("/", slash + 1);
  }
  return folders;
}

const BATCH = 1_000;
const MAX_PASSES = 10;
/** A longer list helps nobody, and the rest would most likely fail too. */
const MAX_ERRORS = 1_000;
