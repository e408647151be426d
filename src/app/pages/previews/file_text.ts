import type { S3Source } from "../../../types/source.ts";
import type { FileInfo } from "../../../types/files.ts";

/** The text of a file, as far as it is shown. */
export interface FileText {
  /** The text, or its beginning. */
  readonly text: string;
  /** Whether this is the whole file. */
  readonly isWhole: boolean;
}

/** The largest text that is shown whole and can be edited. */
export const MAX_TEXT_BYTES = 1_048_576;

/** Reads a file as UTF-8; `undefined` if it is not text. */
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
  // Binary formats have zero bytes early on, texts never.
  if (bytes.includes(0)) return undefined;
  try {
    // A stream leaves out an incomplete character at the end.
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes, { stream: !isWhole });
    return { text, isWhole };
  } catch {
    return undefined;
  }
}
