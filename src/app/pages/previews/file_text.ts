import type { S3Source } from "../../../types/source.ts";
import type { FileInfo } from "../../../types/files.ts";

/** What can be shown of a text file. */
export interface FileText {
  /** The text, or its beginning. */
  readonly text: string;
  /** Whether that is all of it. */
  readonly isWhole: boolean;
}

/** How much of a text is shown, and the largest that can be edited. */
export const MAX_TEXT_BYTES = 1_048_576;

/** Reads a file as UTF-8; `undefined` if it is something else. */
export async function readFileText(
  source: S3Source,
  { path, size, etag }: FileInfo,
  signal: AbortSignal,
): Promise<FileText | undefined> {
  const isWhole = size <= MAX_TEXT_BYTES;
  const bytes = size === 0 ? new Uint8Array() : await source.read(path, {
    range: { offset: 0, length: Math.min(size, MAX_TEXT_BYTES) },
    ...etag !== undefined && { ifMatch: etag },
    signal,
  });
  // Binary formats have such bytes early, texts never.
  if (bytes.includes(0)) return undefined;
  try {
    // As a stream, half a character at the end is left out.
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes, { stream: !isWhole });
    return { text, isWhole };
  } catch {
    return undefined;
  }
}
