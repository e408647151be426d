import { AccessDeniedError } from "../../errors.ts";
import type { S3Source } from "../../types/source.ts";
import { folderOf } from "../browser/format.js";

/**
 * The path of an existing file or folder whose name looks the same as in `path` but is spelled otherwise, as `Ü` and `U`
 * with a combining diaeresis: https://www.unicode.org/reports/tr15/#Canon_Compat_Equivalence. The first one on the way
 * down, which may be a folder above; a new file has no namesake among folders.
 *
 * @param path Of a new file, or of a folder, which ends in `/`.
 * @returns `undefined` if there is none, if `path` itself exists, or if the credentials cannot list.
 */
export async function findNamesake(
  source: S3Source,
  path: string,
  signal?: AbortSignal,
): Promise<string | undefined> {
  if (!hasSpellings(path)) return undefined;
  try {
    let folder = await knownFolder(source, folderOf(path), signal);
    for (const part of path.slice(folder.length).match(/[^/]*\/|[^/]+$/g)?.slice(0, MAX_FOLDERS) ?? []) {
      if (hasSpellings(part)) {
        const isLast = folder + part === path;
        const { namesake, isThere } = await lookUp(source, { folder, part, isNew: isLast, signal });
        // Nothing is in a folder that does not exist.
        if (namesake !== undefined || !isThere) return namesake;
      }
      folder += part;
    }
    return undefined;
  } catch (error) {
    if (error instanceof AccessDeniedError) return undefined;
    throw error;
  }
}

/** Where a new file or folder belongs. */
export interface Settled {
  /** Its path in the folders that exist. */
  readonly path: string;
  /** What looks the same there. */
  readonly namesake: string | undefined;
}

/** Counts folders that look the same as one: the path of a new file or folder in those that exist. */
export async function settlePath(source: S3Source, path: string, signal?: AbortSignal): Promise<Settled> {
  for (let settled = path;;) {
    const namesake = await findNamesake(source, settled, signal);
    const above = folderOf(namesake ?? "");
    if (namesake === undefined || above === folderOf(settled)) return { path: settled, namesake };
    settled = namesake + settled.slice(settled.indexOf("/", above.length) + 1);
  }
}

/** Deeper in new folders, names are not compared. */
const MAX_FOLDERS = 10;
/** The most that a store lists in one request. */
const PAGE_SIZE = 1_000;

/** Whether text can be spelled in other ways that look the same. All in ASCII is as it is. */
function hasSpellings(text: string): boolean {
  return text.normalize("NFC") !== text || text.normalize("NFD") !== text;
}

/** Does what most uploads need, which go into a folder that exists, in one step. */
async function knownFolder(source: S3Source, folder: string, signal: AbortSignal | undefined): Promise<string> {
  return !hasSpellings(folder) || await hasFiles(source, folder, signal) ? folder : "";
}

/** Whether a folder has a file, or a marker. */
export async function folderExists(
  source: S3Source,
  path: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  return await hasFiles(source, path, signal) || await source.stat(path, { signal }) !== null;
}

async function hasFiles(source: S3Source, folder: string, signal: AbortSignal | undefined): Promise<boolean> {
  return (await source.list({ prefix: folder, limit: 1, signal })).files.length > 0;
}

interface Part {
  /** Above it. */
  readonly folder: string;
  /** A name, of a folder with its slash. */
  readonly part: string;
  /** Whether it is the last of the path, which must not be a file either. */
  readonly isNew: boolean;
  readonly signal: AbortSignal | undefined;
}

async function lookUp(
  source: S3Source,
  { folder, part, isNew, signal }: Part,
): Promise<{ namesake: string | undefined; isThere: boolean }> {
  const isFolderPart = part.endsWith("/");
  const prefix = folder + fixedStart(part);
  const { files, folders, cursor } = await source.list({ prefix, recursive: false, limit: PAGE_SIZE, signal });
  const paths = [...isFolderPart ? folders : [], ...isFolderPart && !isNew ? [] : files.map(({ path }) => path)];
  const own = folder + part;
  const isAlike = (path: string) => plain(path) === plain(own) && bare(path) !== bare(own);
  const isThere = paths.includes(own);
  const namesake = isThere ? undefined : paths.find(isAlike);
  if (isThere || namesake !== undefined || cursor === null) return { namesake, isThere };
  // There are too many to compare all; nearly all names are spelled in one of these ways.
  const isKnown = async (path: string) =>
    isFolderPart ? await folderExists(source, path, signal) : await source.stat(path, { signal }) !== null;
  if (await isKnown(own)) return { namesake: undefined, isThere: true };
  for (const form of ["NFC", "NFD"]) {
    const path = folder + part.normalize(form);
    if (path !== own && await isKnown(path)) return { namesake: path, isThere: false };
  }
  return { namesake: undefined, isThere: false };
}

const bare = (path: string) => path.replace(/\/$/, "");
const plain = (path: string) => bare(path).normalize();

/** What every spelling of a name begins with. The last letter may be one with its accent elsewhere. */
function fixedStart(name: string): string {
  // ASCII, but for the signs that have another spelling, as that of kelvin.
  return /^[ -:<-JL-_a-~]*/.exec(name)?.[0].slice(0, -1) ?? "";
}
