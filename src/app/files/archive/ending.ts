import { predictLength } from "client-zip";
import type { PathFailure } from "../path_failure.ts";
import { plural } from "../../browser/format.js";

/** A file or folder of an archive, as far as its size depends on it. */
export interface Written {
  readonly name: string;
  /** Absent for a folder. */
  readonly size?: number;
}

/** What ends an archive, so that it has the length that was announced. */
export interface Ending {
  /** Files in addition. */
  readonly files: readonly { readonly name: string; readonly text: string; readonly fillBytes: number }[];
  /** The comment of the archive, in ASCII. */
  readonly comment: string;
}

/** How long an archive is, with the room for the list of what is missing, or the comment that nothing is. */
export function announcedLength(planned: readonly Written[]): number {
  return lengthOf(planned) + RESERVED_BYTES;
}

/**
 * Fills what is left of the length that was announced: with a comment or, if files are missing, with their list. What
 * they would have taken beyond that goes into a file that says that it is of no use, as no other length can be sent.
 *
 * @param listName The name of the list; no other file has it, or that of {@link fillerName}.
 */
export function endingFor(
  written: readonly Written[],
  missing: readonly PathFailure[],
  { announced, listName }: { readonly announced: number; readonly listName: string },
): Ending {
  const fileCount = written.filter(({ size }) => size !== undefined).length;
  if (missing.length === 0) {
    return { files: [], comment: padded(`${plural(fileCount, "file")}, all complete.`, announced - lengthOf(written)) };
  }
  const list = { name: listName, size: 0 };
  const text = listOf(missing, announced - lengthOf([...written, list]));
  const sizeOf = (text: string) => encoder.encode(text).byteLength;
  const listed = [...written, { ...list, size: sizeOf(text) }];
  const comment = `${plural(missing.length, "file")} missing or incomplete: see ${listName}.`;
  const left = announced - lengthOf(listed);
  const files = [{ name: listName, text, fillBytes: 0 }];
  if (left <= MAX_COMMENT_BYTES) return { files, comment: padded(comment, left) };
  const name = fillerName(listName);
  const lengthWith = (size: number) => lengthOf([...listed, { name, size }]);
  // Beyond 4 GiB, an archive needs a few bytes more for the size itself.
  let fillBytes = Math.max(0, announced - lengthWith(0));
  fillBytes -= Math.max(0, lengthWith(fillBytes) - announced);
  return {
    files: [...files, { name, text: "", fillBytes }],
    comment: padded(comment, announced - lengthWith(fillBytes)),
  };
}

/** The name of the list of what is missing, unless a file has it. */
export const LIST_NAME = "MISSING FILES.txt";

/** The name of the file of no use, which no other file may have either. */
export function fillerName(listName: string): string {
  return `${listName} - filler, can be deleted`;
}

function lengthOf(written: readonly Written[]): number {
  return Number(predictLength(written.map(({ name, size }) => size === undefined ? { name } : { name, size })));
}

/** Lines for as many as there is room. */
function listOf(missing: readonly PathFailure[], roomBytes: number): string {
  const lines = [
    "These files are missing in this archive, or not whole in it:\n",
    ...missing.map(({ path, message }) => `${path === "" ? "(top folder)" : path}\n    ${message}\n`),
  ];
  const all = lines.join("\n");
  const room = Math.min(roomBytes, MAX_LIST_BYTES);
  if (encoder.encode(all).byteLength <= room) return all;
  const more = (count: number) => `\n…and ${count} more.\n`;
  let [text, count] = [`${missing.length} files are missing in this archive, or not whole in it.\n`, 0];
  for (const line of lines.slice(1)) {
    const longer = `${text}\n${line}`;
    if (encoder.encode(longer + more(missing.length)).byteLength > room) break;
    text = longer;
    count++;
  }
  return count === 0 ? text : text + more(missing.length - count);
}

/** Ends with spaces; cut off if there is no room. */
function padded(text: string, length: number): string {
  return text.slice(0, length).padEnd(length);
}

/** For the list's headers and its name, and for reasons; each missing file adds what it would have taken. */
const RESERVED_BYTES = 2_048;
/** Of the format. */
const MAX_COMMENT_BYTES = 65_535;
/** So that an editor opens it. */
const MAX_LIST_BYTES = 512 * 1024;
const encoder = new TextEncoder();
