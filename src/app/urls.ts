import { InvalidArgumentError } from "../errors.ts";
import { RequestRefusal } from "./failure.ts";

/** Where every page and every answer of the app is. */
export const FILES_URL = "/-/files";

/** The pages' style sheet. */
export const STYLES_URL = `${FILES_URL}/-/styles.css`;

/** The icon for the browser's tab. */
export const ICON_URL = `${FILES_URL}/-/icon.svg`;

/** The page of a source, and the start of everything below it. */
export function sourceUrl(source: string): string {
  return `${FILES_URL}/source/${encodeURIComponent(source)}`;
}

/** The page of a folder, or a later page of it. */
export function folderUrl(source: string, folder: string, cursor?: string): string {
  return withQuery(sourceUrl(source), { ...folder !== "" && { folder }, ...cursor !== undefined && { cursor } });
}

/**
 * A URL's query, decoded once and strictly: what lenient decoders make of broken bytes would be the path of another file.
 *
 * @throws {InvalidArgumentError} If it is not percent-encoded UTF-8.
 */
export function readQuery(url: string): ReadonlyMap<string, string> {
  return new Map(readPairs(new URL(url).search.slice(1)));
}

/** The names and values of a query or of a plain form, as strictly as {@link readQuery}. */
export function readPairs(text: string): [string, string][] {
  const pairs: [string, string][] = [];
  for (let start = 0; start < text.length;) {
    const end = text.indexOf("&", start);
    const pair = text.slice(start, end < 0 ? text.length : end);
    start = end < 0 ? text.length : end + 1;
    if (pair === "") continue;
    const equals = pair.indexOf("=");
    const [name, value] = equals < 0 ? [pair, ""] : [pair.slice(0, equals), pair.slice(equals + 1)];
    if (pairs.push([decode(name), decode(value)]) > MAX_PAIRS) {
      throw new RequestRefusal(413, `This request has more than ${MAX_PAIRS} fields. Do it in several steps.`);
    }
  }
  return pairs;
}

const MAX_PAIRS = 10_000;

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    throw new InvalidArgumentError("Cannot read the request: it is not percent-encoded UTF-8");
  }
}

function withQuery(path: string, query: Record<string, string>): string {
  const pairs = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  return pairs.length === 0 ? path : `${path}?${pairs.join("&")}`;
}
