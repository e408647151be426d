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
  const folders = new Set(names.flatMap(foldersIn).map(keyOf));
  const taken = new Set<string>();
  // The number to try next, so that many equal names do not take a search each.
  const next = new Map<string, number>();
  return names.map((name) => {
    if (name.endsWith("/")) return name;
    const key = keyOf(name);
    let free = name;
    while (taken.has(keyOf(free)) || folders.has(keyOf(free))) {
      const number = next.get(key) ?? 2;
      next.set(key, number + 1);
      free = numbered(name, number);
    }
    taken.add(keyOf(free));
    return free;
  });
}

/** The folders that a path is in, and itself if it is one; without their last slash. */
export function foldersIn(path: string): string[] {
  return [...path.matchAll(/\//g)].map(({ index }) => path.slice(0, index));
}

/** A name that is safe on any system, for a path's segment or an archive. */
export function safeName(segment: string): string {
  // Windows drops dots and spaces at the end.
  const name = segment.toWellFormed().replace(UNSAFE, "_").replace(/[. ]+$/, "_") || "_";
  return shortened(DEVICE.test(name) ? `_${name}` : name);
}

function safePath(path: string): string {
  const isFolder = path.endsWith("/");
  const segments = (isFolder ? path.slice(0, -1) : path).split("/").map(safeName);
  return segments.join("/") + (isFolder ? "/" : "");
}

function keyOf(name: string): string {
  return name.normalize("NFC").toLowerCase();
}

/** Keeps the ending. */
function shortened(name: string): string {
  if (encoder.encode(name).byteLength <= MAX_NAME_BYTES) return name;
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
const encoder = new TextEncoder();
