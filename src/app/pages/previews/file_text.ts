import type { S3Source } from "../../../types/source.ts";
import type { FileInfo } from "../../../types/files.ts";
import { decodeText, encodeText, type TextEncodingName } from "../../browser/text_encoding.js";
import { RequestRefusal } from "../../failure.ts";

/** The text of a file, as far as it is shown. */
export interface FileText {
  /** The text, or its beginning. */
  readonly text: string;
  /** Whether this is the whole file. */
  readonly isWhole: boolean;
  /** How it is stored. */
  readonly encoding: TextEncodingName;
}

/** The largest text that is shown whole and can be edited. */
export const MAX_TEXT_BYTES = 1_048_576;

/** Reads a file as text; `undefined` if it is not. */
export async function readFileText(
  source: S3Source,
  { path, size, etag }: FileInfo,
  signal: AbortSignal,
): Promise<FileText | undefined> {
  const isWhole = size <= MAX_TEXT_BYTES;
  const bytes = size === 0 ? new Uint8Array() : await source.read(path, {
    range: { offset: 0, length: Math.min(size, MAX_TEXT_BYTES) },
    ...etag !== null && { ifMatch: etag },
    signal,
  });
  const read = decodeText(bytes, isWhole);
  return read && { ...read, isWhole };
}

/**
 * What to store so that a file keeps its encoding.
 *
 * @throws {RequestRefusal} If the encoding lacks a character.
 */
export function toFileBody(text: string, encoding: TextEncodingName): string | Uint8Array<ArrayBuffer> {
  if (encoding === "utf-8") return text;
  try {
    return encodeText(text, encoding);
  } catch (error) {
    throw error instanceof RangeError ? new RequestRefusal(400, error.message) : error;
  }
}

/** The encoding in a form; UTF-8 if there is none. */
export function readEncoding(text: string | undefined): TextEncodingName {
  return text === "utf-16le" || text === "utf-16be" || text === "windows-1252" ? text : "utf-8";
}

/** The name of an encoding for people; `undefined` for UTF-8, which goes without saying. */
export function nameEncoding(encoding: TextEncodingName): string | undefined {
  return ENCODINGS[encoding];
}

const ENCODINGS: Readonly<Record<TextEncodingName, string | undefined>> = {
  "utf-8": undefined,
  "utf-16le": "UTF-16, little-endian",
  "utf-16be": "UTF-16, big-endian",
  "windows-1252": "Windows-1252, as far as one can tell",
};
