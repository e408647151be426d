import { numbered } from "../../browser/format.js";

/**
 * Names for files in an archive that can be unpacked on any system: no two of them are the same file where case and
 * Unicode's normal forms do not count, none is also a folder, none leads out of the folder it is unpacked in, and none
 * has what Windows refuses.
 *
 * @param paths Relative; those of folders end in `/`.
 * @returns In the same order.
 */
export function archiveNames(paths: readonly string[]): string[] {
  const names = paths.map(safePath);
  const keys = names.map(keyOf);
  const isFolder = createFolderTest(keys);
  const taken = new Set<string>();
  // The number to try next, so that many equal names do not take a search each.
  const next = new Map<string, number>();
  return names.map((name, index) => {
    if (name.endsWith("/")) return name;
    const key = keys[index] ?? "";
    let [free, freeKey] = [name, key];
    while (taken.has(freeKey) || isFolder(freeKey)) {
      const number = next.get(key) ?? 2;
      next.set(key, number + 1);
      free = numbered(name, number);
      freeKey = keyOf(free);
    }
    taken.add(freeKey);
    return free;
  });
}

/**
 * Whether a name is that of a folder in which one of the paths is. It looks in their order: a set of all folders would
 * have 500 for each path, each as long.
 */
function createFolderTest(paths: readonly string[]): (name: string) => boolean {
  const sorted = paths.toSorted();
  return (name) => {
    const start = `${name}/`;
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((sorted[middle] ?? "") < start) low = middle + 1;
      else high = middle;
    }
    return sorted[low]?.startsWith(start) === true;
  };
}

/** A name that is safe on any system, for a path's segment or an archive. */
export function safeName(segment: string): string {
  // Windows drops dots and spaces at the end.
  const name = withoutEnd(segment.toWellFormed().replace(UNSAFE, "_")) || "_";
  return shortened(DEVICE.test(name) ? `_${name}` : name);
}

/** A regular expression would take time that grows with the square of how many there are. */
function withoutEnd(name: string): string {
  let end = name.length;
  while (end > 0 && ". ".includes(name.charAt(end - 1))) end--;
  return end === name.length ? name : `${name.slice(0, end)}_`;
}

function safePath(path: string): string {
  const isFolder = path.endsWith("/");
  const segments = (isFolder ? path.slice(0, -1) : path).split("/").map(safeName);
  return segments.join("/") + (isFolder ? "/" : "");
}

function keyOf(name: string): string {
  return name.replace(MANY_MARKS, "$1").normalize("NFC").toLowerCase();
}

/** Keeps the ending. */
function shortened(name: string): string {
  if (name.length * 3 <= MAX_NAME_BYTES || encoder.encode(name).byteLength <= MAX_NAME_BYTES) return name;
  const dot = name.lastIndexOf(".");
  const ending = dot > 0 && name.length - dot <= MAX_ENDING ? name.slice(dot) : "";
  const room = new Uint8Array(MAX_NAME_BYTES - encoder.encode(ending).byteLength);
  // Reads only whole characters.
  const { read } = encoder.encodeInto(name, room);
  return name.slice(0, read) + ending;
}

/** Most file systems have 255, of which a number may take some. */
const MAX_NAME_BYTES = 240;
const MAX_ENDING = 16;
/** Separators, what Windows refuses, and what reorders or hides text. */
// deno-lint-ignore no-control-regex
const UNSAFE = /[\u0000-\u001f\u007f-\u009f<>:"|?*\\/\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
/** https://learn.microsoft.com/windows/win32/fileio/naming-a-file */
const DEVICE = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)/i;
/** No language has as many; normalizing them takes time that grows with the square of their number. */
const MANY_MARKS = /(\p{M}{16})\p{M}+/gu;
const encoder = new TextEncoder();
