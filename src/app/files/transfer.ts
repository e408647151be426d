import { FileNotFoundError, TimeoutError } from "../../errors.ts";
import { withTaskPool } from "../../async/task_pool.ts";
import type { S3Source } from "../../types/source.ts";
import { assertFilePath } from "../../s3/keys.ts";
import type { FileEntry, FileInfo } from "../../types/files.ts";
import { createRemover } from "../../operations/delete_tree.ts";
import type { PathFailure } from "./path_failure.ts";
import { failureOf, RequestRefusal } from "../failure.ts";
import { FOLDER_TYPE } from "./new_folder.ts";
import { collision, factsOf, looksTaken } from "./collision.ts";
import { folderExists, settlePath } from "./namesakes.ts";
import { assertNewFile, assertNewFolder } from "./new_path.ts";
import { carryThumbnail } from "./thumbnails.ts";

/** Options of {@link copyPath} and {@link movePath}. */
export interface TransferOptions {
  /** A file, or a folder, whose path ends in `/`. */
  readonly from: string;
  /** Of the same kind. */
  readonly to: string;
  /** Whether `to` may be replaced. */
  readonly overwrite: boolean;
  /** Whether a refusal of `to` may say more about the files. Default `false`. */
  readonly isBrowsable?: boolean;
  /** Cancels. */
  readonly signal?: AbortSignal;
}

/** The result of {@link copyPath} and {@link movePath}. */
export interface Transfer {
  /** The new path: folders that look the same count as one. */
  readonly to: string;
  /** The new file, unless it was a folder. */
  readonly file?: FileInfo;
  /** Files that were copied or moved. */
  readonly moved: { readonly from: string; readonly to: string }[];
  /** Files that could not be copied, or not deleted after that. */
  readonly errors: PathFailure[];
}

/**
 * Copies a file or a folder within a source.
 *
 * @throws {RequestRefusal} If `to` exists or looks like what does. That is checked before, as stores cannot make it a condition of a copy.
 */
export function copyPath(source: S3Source, options: TransferOptions): Promise<Transfer> {
  return transfer(source, { ...options, moves: false });
}

/** Copies, then deletes what was copied. */
export function movePath(source: S3Source, options: TransferOptions): Promise<Transfer> {
  return transfer(source, { ...options, moves: true });
}

type Job = TransferOptions & { readonly moves: boolean };

async function transfer(source: S3Source, job: Job): Promise<Transfer> {
  const { from, to } = job;
  assertFilePath(from);
  if (from.endsWith("/") !== to.endsWith("/")) {
    throw new RequestRefusal(
      400,
      "A file can only become a file, and a folder only a folder. The path of a folder ends in “/”.",
    );
  }
  const isFolder = from.endsWith("/");
  if (isFolder) assertNewFolder(to);
  else assertNewFile(to);
  const { path, namesake } = await settlePath(source, to, job.signal);
  // A move can change the spelling, also that of a folder.
  if (namesake !== undefined && !(job.moves && namesake === from)) throw looksTaken(namesake);
  const settled = { ...job, to: job.moves && path === from ? to : path };
  return await (isFolder ? transferFolder(source, settled) : transferFile(source, settled));
}

async function transferFile(source: S3Source, job: Job): Promise<Transfer> {
  const { from, to, overwrite, moves, signal } = job;
  const existing = overwrite || from === to ? null : await source.stat(to, { signal });
  if (existing !== null) throw taken("file", to, await bothFacts(source, job, existing));
  const file = await (moves ? source.move(from, to, { signal }) : source.copy(from, to, { signal }));
  await carryThumbnail(source, { from, to, size: file.size, moves, signal });
  return { to, file, moved: [{ from, to }], errors: [] };
}

async function bothFacts(source: S3Source, { from, isBrowsable = false, signal }: Job, existing: FileInfo) {
  if (!isBrowsable) return {};
  const incoming = await source.stat(from, { signal });
  return { existing: factsOf(existing), ...incoming && { incoming: factsOf(incoming) } };
}

async function transferFolder(source: S3Source, job: Job): Promise<Transfer> {
  const { from, to, overwrite, moves, signal } = job;
  if (to.startsWith(from)) throw new RequestRefusal(400, "A folder cannot be moved or copied into itself.");
  // Copies would replace files that are still to be copied, and be deleted with the originals.
  if (from.startsWith(to)) throw new RequestRefusal(400, "A folder cannot replace a folder that contains it.");
  const files = await filesIn(source, job);
  if (!overwrite) {
    if (await folderExists(source, to, signal)) throw taken("folder", to);
    if (await source.stat(to.slice(0, -1), { signal })) throw taken("file", to.slice(0, -1));
  }
  const [moved, errors]: [Transfer["moved"], PathFailure[]] = [[], []];
  let isUnanswered = false;
  await withTaskPool(CONCURRENCY, signal, async (pool) => {
    for (const path of files.keys()) {
      const target = to + path.slice(from.length);
      await pool.add(async () => {
        // Each of thousands would wait as long.
        if (isUnanswered) return void errors.push({ path, message: "This was not tried after that." });
        try {
          await copyOrMark(source, { path, target, signal: pool.signal });
          moved.push({ from: path, to: target });
        } catch (error) {
          pool.signal.throwIfAborted();
          isUnanswered ||= error instanceof TimeoutError;
          errors.push({ path, message: failureOf(error).message });
        }
      });
    }
  });
  if (!moves || moved.length === 0) return { to, moved, errors };
  const copied = new Map(moved.map(({ from }) => [from, files.get(from)]));
  const deletion = await deleteCopied(source, { folder: from, copied, failed: errors, signal });
  return { to, moved, errors: [...errors, ...deletion] };
}

/** Not every store copies a folder's marker: SeaweedFS 4.48 responds that it does not exist. */
async function copyOrMark(
  source: S3Source,
  { path, target, signal }: { path: string; target: string; signal: AbortSignal },
): Promise<void> {
  const isMarker = path.endsWith("/") && (await source.stat(path, { signal }))?.size === 0;
  if (!isMarker) return void await source.copy(path, target, { signal });
  // To a store that keeps files in folders, the marker would be the new content of a file of this name.
  if (await source.stat(target.slice(0, -1), { signal })) return;
  await source.upload(target, "", { contentType: FOLDER_TYPE, signal });
}

/**
 * Deletes files that have not changed since they were listed for copying. No store supports conditions when deleting
 * many files, so each page of the folder is listed again and compared just before.
 */
async function deleteCopied(
  source: S3Source,
  { folder, copied, failed, signal }: {
    folder: string;
    copied: ReadonlyMap<string, FileEntry | undefined>;
    failed: readonly PathFailure[];
    signal: AbortSignal | undefined;
  },
): Promise<PathFailure[]> {
  const changed = new Set<string>();
  const isWanted = (file: FileEntry) => {
    const isSame = isUnchanged(copied.get(file.path), file);
    if (!isSame && copied.has(file.path)) changed.add(file.path);
    return isSame;
  };
  const remover = createRemover(source, { isWanted, keeps: failed.map(({ path }) => path), signal });
  await remover.removeFolder(folder);
  const kept = await remover.finish();
  return [
    ...kept.errors.map(({ path = "" }) => ({
      path,
      message: "This was copied, but the original could not be deleted.",
    })),
    ...[...changed].map((path) => ({
      path,
      message: "This changed while it was moved. The original was kept, and the copy may be older.",
    })),
  ];
}

function isUnchanged(before: FileEntry | undefined, now: FileEntry): boolean {
  return before !== undefined && before.etag === now.etag && before.size === now.size &&
    before.lastModified?.getTime() === now.lastModified?.getTime();
}

/** All files of a folder by path, with its own marker if there is one. */
async function filesIn(source: S3Source, { from, signal }: Job): Promise<Map<string, FileEntry>> {
  const files = new Map<string, FileEntry>();
  for await (const file of source.walk({ prefix: from, signal })) {
    if (files.set(file.path, file).size > MAX_FILES) {
      throw new RequestRefusal(
        413,
        `This folder has more than ${MAX_FILES} files. Move or copy its subfolders one by one.`,
      );
    }
  }
  const marker = await source.stat(from, { signal });
  if (marker) files.set(from, marker);
  if (files.size > 0) return files;
  throw new FileNotFoundError(`Cannot find "${from}": there is no such folder`);
}

function taken(kind: "file" | "folder", path: string, facts: Readonly<Record<string, unknown>> = {}): RequestRefusal {
  return collision(`There is already a ${kind} at “${path}”, which was kept. Choose another name.`, facts);
}

const MAX_FILES = 10_000;
const CONCURRENCY = 8;
