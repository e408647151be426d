import { RequestRefusal } from "./failure.ts";

/** The path that all URLs of the app begin with. */
export const FILES_URL = "/-/files";

/** The pages' style sheet. */
export const STYLES_URL = `${FILES_URL}/-/styles.css`;

/** Start of links that work without permissions, through the app. */
export const SHARED_URL = `${FILES_URL}/shared`;

/** The icon for the browser's tab. */
export const ICON_URL = `${FILES_URL}/-/icon.svg`;

/** The page of a source, and the start of everything below it. */
export function sourceUrl(source: string): string {
  return `${FILES_URL}/source/${encodeURIComponent(source)}`;
}

/** The page of a folder, or a later page of it. */
export function folderUrl(source: string, folder: string, cursor?: string): string {
  const query = [
    ...folder === "" ? [] : [`folder=${encodeURIComponent(folder)}`],
    ...cursor === undefined ? [] : [`cursor=${encodeURIComponent(cursor)}`],
  ].join("&");
  return sourceUrl(source) + (query && `?${query}`);
}

/**
 * The query of a URL, decoded once and strictly: a lenient decoder would turn broken bytes into the path of another
 * file.
 *
 * @throws {RequestRefusal} If it is not percent-encoded UTF-8.
 */
export function readQuery(url: string): ReadonlyMap<string, string> {
  return new Map(readPairs(new URL(url).search.slice(1)));
}

/** The names and values in a query or a URL-encoded form, decoded as strictly as in {@link readQuery}. */
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
    throw new RequestRefusal(400, "The request is not percent-encoded UTF-8.");
  }
}
