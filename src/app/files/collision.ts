import type { FileInfo } from "../../types/files.ts";
import { RequestRefusal } from "../failure.ts";
import { ownDateOf } from "./own_date.ts";

/** What to do with a new file whose name is taken. */
export type OnCollision = "keep_both" | "replace" | "skip";

/** The path for a new file, which is another one to keep both; `undefined` to skip the file. */
export async function choosePath(
  path: string,
  onCollision: OnCollision,
  isTaken: (path: string) => Promise<boolean>,
): Promise<string | undefined> {
  if (onCollision === "replace" || !await isTaken(path)) return path;
  return onCollision === "skip" ? undefined : await unusedPath(path, isTaken);
}

/** The refusal of a name that is taken. */
export function collision(message: string, facts: Readonly<Record<string, unknown>> = {}): RequestRefusal {
  return new RequestRefusal(409, message, { code: "collision", ...facts });
}

/** What tells two files of one name apart, for those who may browse; the date is the file's own if that is known. */
export function factsOf(file: FileInfo) {
  return { size: file.size, last_modified: (ownDateOf(file) ?? file.lastModified)?.toISOString() ?? null };
}

/** The same for a name that looks like that of an existing file or folder, but is spelled with other characters. */
export function looksTaken(namesake: string): RequestRefusal {
  const kind = namesake.endsWith("/") ? "folder" : "file";
  const message = `There is already a ${kind} at “${namesake}”, spelled with other characters that look the same. ` +
    "It was kept; choose another name.";
  return collision(message, { namesake });
}

/** `name (2).ext`, the next few numbers, or something random, so that nobody can block all names. */
export async function unusedPath(path: string, isTaken: (path: string) => Promise<boolean>): Promise<string> {
  const dot = path.lastIndexOf(".");
  const end = dot > path.lastIndexOf("/") + 1 ? dot : path.length;
  for (let number = 2; number < MAX_TRIES; number++) {
    const suffix = number <= MAX_NUMBER ? `${number}` : crypto.randomUUID().slice(0, 8);
    const candidate = `${path.slice(0, end)} (${suffix})${path.slice(end)}`;
    if (!await isTaken(candidate)) return candidate;
  }
  throw new RequestRefusal(409, "Too many files have this name. Choose another one.");
}

const MAX_NUMBER = 9;
const MAX_TRIES = 15;
