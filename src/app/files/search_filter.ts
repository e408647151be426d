import type { FileEntry } from "../../types/files.ts";
import { plainText } from "../browser/format.js";
import { RequestRefusal } from "../failure.ts";
import { type FileKind, fileKindOf } from "./file_kinds.ts";

/** What a search looks for: everything that is given must fit. */
export interface SearchFilter {
  /** Words that must all be in a name, in upper or lower case. */
  readonly query: string;
  /** Only files of a kind, or only folders. */
  readonly kind?: SearchKind | undefined;
  /** Only files of at least this many bytes. */
  readonly minBytes?: number | undefined;
  /** Only files of at most this many bytes. */
  readonly maxBytes?: number | undefined;
  /** Only files changed at this time or later, in epoch milliseconds. */
  readonly sinceMs?: number | undefined;
  /** Only files changed earlier, in epoch milliseconds. */
  readonly beforeMs?: number | undefined;
}

/** Kinds that can be searched for. */
export type SearchKind = FileKind | "folder";

/** Tests what a listing has. */
export interface SearchMatcher {
  /** Whether a file fits. */
  file(file: FileEntry): boolean;
  /** Whether a folder of this name fits: its size and date are not known. */
  folder(name: string): boolean;
}

/** @throws {RequestRefusal} If the query is too long. */
export function createMatcher({ query, kind, minBytes, maxBytes, sinceMs, beforeMs }: SearchFilter): SearchMatcher {
  const words = wordsOf(query);
  const hasWords = (name: string) => {
    const plain = plainText(name);
    return words.every((word) => plain.includes(word));
  };
  const hasDate = sinceMs !== undefined || beforeMs !== undefined;
  const isForFolders = (kind === undefined || kind === "folder") && minBytes === undefined && maxBytes === undefined &&
    !hasDate;
  return {
    file({ name, size, lastModified }) {
      if (kind !== undefined && fileKindOf(name) !== kind) return false;
      if (size < (minBytes ?? 0) || size > (maxBytes ?? Infinity)) return false;
      const time = lastModified?.getTime();
      if (hasDate && (time === undefined || time < (sinceMs ?? -Infinity) || time >= (beforeMs ?? Infinity))) {
        return false;
      }
      return hasWords(name);
    },
    folder: (name) => isForFolders && hasWords(name),
  };
}

/** The longest query, in characters. */
const MAX_QUERY_LENGTH = 256;
const MAX_WORDS = 16;

function wordsOf(query: string): string[] {
  if (query.length > MAX_QUERY_LENGTH) {
    throw new RequestRefusal(400, `Search for at most ${MAX_QUERY_LENGTH} characters.`);
  }
  const words = [...new Set(plainText(query).split(/\s+/).filter((word) => word !== ""))];
  if (words.length > MAX_WORDS) throw new RequestRefusal(400, `Search for at most ${MAX_WORDS} different words.`);
  return words;
}
