import { AccessDeniedError } from "../../../errors.ts";
import { withTaskPool } from "../../../async/task_pool.ts";
import { assertFilePath, baseName, toPrefix } from "../../../s3/keys.ts";
import type { S3Source } from "../../../types/source.ts";
import type { FileEntry, ListPage } from "../../../types/files.ts";
import { folderOf, formatNumber, plural } from "../../browser/format.js";
import { failureOf, RequestRefusal } from "../../failure.ts";
import { isHidden } from "../hidden.ts";
import type { PathFailure } from "../path_failure.ts";
import { archiveNames, safeName } from "./names.ts";

/** A file, or an empty folder, that is to be in an archive. */
export interface ArchiveItem extends Pick<FileEntry, "path" | "size" | "etag" | "lastModified"> {
  /** In the archive; that of a folder ends in `/`. */
  readonly name: string;
}

/** What is to be in an archive. */
export interface ArchivePlan {
  /** Of the archive, without `.zip`. */
  readonly name: string;
  readonly items: readonly ArchiveItem[];
  /** What is known not to be in it. */
  readonly missing: readonly PathFailure[];
}

/** What {@link planArchive} needs. */
export interface ArchiveRequest {
  /** The source's name. */
  readonly sourceName: string;
  /** Files, and folders, which end in `/`; an empty path is the whole source. */
  readonly paths: readonly string[];
  readonly signal: AbortSignal;
}

/** How many files an archive has at most. */
const MAX_ARCHIVE_FILES = 10_000;

/**
 * Looks up what an archive of these paths will have.
 *
 * @throws {RequestRefusal} If there is nothing, or too much.
 */
export async function planArchive(source: S3Source, request: ArchiveRequest): Promise<ArchivePlan> {
  const { sourceName, signal } = request;
  const paths = [...new Set(request.paths)];
  if (paths.length === 0) throw new RequestRefusal(400, "Nothing is selected. Go back and select some files.");
  for (const path of paths) if (path !== "") assertFilePath(path);
  const found = new Map<string, FileEntry>();
  const missing: PathFailure[] = [];
  const add = (file: FileEntry) => {
    if (isHidden(file.path)) return;
    found.set(file.path, file);
    if (found.size > MAX_ARCHIVE_FILES) throw tooMany();
  };
  for (const file of await statAll(source, paths.filter(isFile), { missing, signal })) add(file);
  for (const folder of paths.filter((path) => !isFile(path))) {
    const skipped = await listAll(source, folder, { add, signal });
    const names = plural(skipped, "name");
    if (skipped > 0) missing.push({ path: folder, message: `${names} in it cannot be used here.` });
  }
  const entries = withoutNeedlessFolders([...found.values()], missing);
  const [problem] = missing;
  if (entries.length === 0) {
    throw new RequestRefusal(404, problem === undefined ? "There is nothing to download here." : problem.message);
  }
  const base = baseOf(paths);
  // A whole source has no folder of its own to be unpacked in.
  const above = paths.includes("") ? `${sourceName}/` : "";
  const names = archiveNames(entries.map(({ path }) => above + path.slice(base.length)));
  const [only = ""] = paths;
  return {
    name: safeName(baseName(paths.length === 1 ? only : base) || sourceName),
    items: entries.map(({ path, size, etag, lastModified }, index) => ({
      ...{ path, etag, lastModified },
      name: names[index] ?? "",
      size: isFile(path) ? size : 0,
    })),
    missing,
  };
}

function isFile(path: string): boolean {
  return path !== "" && !path.endsWith("/");
}

/** The folder that all paths are in. */
function baseOf(paths: readonly string[]): string {
  let base = folderOf(paths[0] ?? "");
  while (!paths.every((path) => path.startsWith(base))) base = folderOf(base);
  return base;
}

async function statAll(
  source: S3Source,
  paths: readonly string[],
  { missing, signal }: { missing: PathFailure[]; signal: AbortSignal },
): Promise<FileEntry[]> {
  const files = new Map<string, FileEntry | null>();
  const problems = new Map<string, string>();
  await withTaskPool(CONCURRENCY, signal, async (pool) => {
    for (const path of paths) {
      await pool.add(async () => {
        try {
          files.set(path, await source.stat(path, { signal: pool.signal }));
        } catch (error) {
          if (!(error instanceof AccessDeniedError)) throw error;
          problems.set(path, failureOf(error).message);
        }
      });
    }
  });
  return paths.flatMap((path) => {
    const file = files.get(path);
    if (file) return file;
    missing.push({ path, message: problems.get(path) ?? "It no longer exists." });
    return [];
  });
}

/** @returns How many keys in it are no paths. */
async function listAll(
  source: S3Source,
  folder: string,
  { add, signal }: { add: (file: FileEntry) => void; signal: AbortSignal },
): Promise<number> {
  let [skipped, cursor]: [number, string | null] = [0, null];
  do {
    const page: ListPage = await source.list({ prefix: toPrefix(folder), cursor, limit: PAGE_SIZE, signal });
    page.files.forEach(add);
    skipped += page.skipped;
    cursor = page.cursor;
  } while (cursor !== null);
  return skipped;
}

/** Keeps the markers of folders that nothing else is in. */
function withoutNeedlessFolders(files: readonly FileEntry[], missing: PathFailure[]): FileEntry[] {
  const sorted = files.map(({ path }) => path).toSorted();
  // What is in a folder follows it.
  const full = new Set(sorted.filter((path, index) => !isFile(path) && sorted[index + 1]?.startsWith(path) === true));
  return files.filter(({ path, size }) => {
    if (isFile(path)) return true;
    if (size > 0) {
      missing.push({ path, message: "It has content of its own, which a folder in an archive cannot have." });
    }
    return !full.has(path);
  });
}

function tooMany(): RequestRefusal {
  const most = formatNumber(MAX_ARCHIVE_FILES);
  return new RequestRefusal(
    413,
    `These are more than ${most} files, which one download can have. Choose fewer folders.`,
  );
}

const CONCURRENCY = 8;
/** The most that a store lists in one request. */
const PAGE_SIZE = 1_000;
