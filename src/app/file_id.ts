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

/** @throws {RequestRefusal} With the status 404, if the id is invalid. */
export function readFileId(id: string): FileAddress {
  const address = parseFileId(id);
  if (address === undefined) throw new RequestRefusal(404, "There is no such file.");
  return address;
}

/** Decodes an id strictly, as a file has only one; `undefined` if it is invalid. */
export function parseFileId(id: string): FileAddress | undefined {
  const bytes = id.startsWith(PREFIX) ? fromBase64Url(id.slice(PREFIX.length)) : undefined;
  try {
    const [source = "", path = ""] = decoder.decode(bytes ?? new Uint8Array()).split("\0");
    assertFilePath(path);
    return toFileId({ source, path }) === id ? { source, path } : undefined;
  } catch {
    // It is not UTF-8, or not a valid path.
    return undefined;
  }
}

const PREFIX = "df-";
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
