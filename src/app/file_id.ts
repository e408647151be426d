import { assertFilePath } from "../s3/keys.ts";
import { fromBase64Url, toBase64Url } from "../hash/base64url.ts";
import { RequestRefusal } from "./failure.ts";

/** A file of a source. */
export interface FileAddress {
  /** The source's name. */
  readonly source: string;
  /** Relative to the source. */
  readonly path: string;
}

/** The id of a file in URLs. It encodes source and path, is not secret and grants nothing. */
export function toFileId({ source, path }: FileAddress): string {
  return PREFIX + toBase64Url(encoder.encode(`${source}\0${path}`));
}

/**
 * Decodes an id strictly: a file has only one.
 *
 * @throws {RequestRefusal} With the status 404, if it is invalid.
 */
export function readFileId(id: string): FileAddress {
  const bytes = id.startsWith(PREFIX) ? fromBase64Url(id.slice(PREFIX.length)) : undefined;
  try {
    const [source = "", path = ""] = decoder.decode(bytes ?? new Uint8Array()).split("\0");
    assertFilePath(path);
    if (toFileId({ source, path }) === id) return { source, path };
  } catch {
    // It is not UTF-8, or not a valid path.
  }
  throw new RequestRefusal(404, "There is no such file.");
}

const PREFIX = "df-";
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
