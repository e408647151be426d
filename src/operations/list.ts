import { eitherSignal } from "../async/abort.ts";
import { InvalidArgumentError, ScopeChangedError } from "../errors.ts";
import { shortSha256Hex } from "../hash/short_sha256.ts";
import type { Grant } from "../s3/grant.ts";
import { assertPathBeginning, baseName } from "../s3/keys.ts";
import { type ListedObject, note, type ObjectPage, readObjectPage } from "../s3/xml/list_xml.ts";
import type { XmlElement } from "../s3/xml/xml.ts";
import type { FileEntry, ListOptions, ListPage, WalkOptions } from "../types/files.ts";
import { keyOf, type OperationContext, prefixOf, quotePrefix, withGrant } from "./operation_context.ts";
import { invalidResponse } from "./invalid_response.ts";
import { listedPath, warnOfProblems } from "./listed_path.ts";
import { createPageGuard, type PageContent } from "./page_guard.ts";

/** Options of a listing, with one for our own use. */
export interface ListRequest extends ListOptions {
  /** Send one request, even if the store returns fewer than `limit`. Default `false`: as many as needed. */
  asksOnce?: boolean;
  /** What has been found odd about earlier pages of this listing, and is not reported again; gains what is. */
  reported?: Set<string>;
}

/** Lists one page of files. https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
export async function list(context: OperationContext, options: ListRequest = {}): Promise<ListPage> {
  const { prefix = "", cursor, limit = 100, recursive = true, asksOnce = false, reported = new Set(), signal } =
    options;
  assertPathBeginning(prefix);
  const action = `list ${quotePrefix(prefix)}`;
  const position = cursor === undefined || cursor === null ? undefined : readCursor(cursor, action);
  return await withGrant(context, async (grant) => {
    const key = keyOf(context, grant, prefix);
    const scope = shortSha256Hex(`${grant.bucket}\n${key}\n${recursive}`).slice(0, 16);
    if (position !== undefined && position.scope !== scope) {
      throw new ScopeChangedError(`Cannot ${action}: the cursor belongs to another listing`);
    }
    const fetchPage = (token: string | undefined, maxKeys: number) =>
      context.client.sendForText({
        operation: "ListObjectsV2",
        action,
        method: "GET",
        grant,
        query: {
          "list-type": "2",
          "encoding-type": "url",
          "max-keys": String(maxKeys),
          ...key !== "" && { prefix: key },
          ...!recursive && { delimiter: "/" },
          ...token !== undefined && { "continuation-token": token },
        },
        signal,
      }, ({ text, parse }) => readObjectPage(text) ?? refusePage(parse()));
    const found: FoundEntries = { files: [], folders: new Set(), skipped: 0, lastFolder: position?.lastFolder };
    const problems = new Map<string, string>();
    const count = () => found.files.length + found.folders.size;
    let token = position?.token;
    const pages = createPageGuard(action);
    // The first page must not be returned again later.
    pages.add({ count: 1 }, token);
    do {
      const page = await fetchPage(token, Math.min(MAX_KEYS, limit - count()));
      addPage(context, grant, { listed: key, recursive }, page, found);
      for (const [reason, key] of page.problems) if (!reported.has(reason)) note(problems, reason, key);
      token = page.nextToken;
      pages.add(contentOf(page), token);
    } while (!asksOnce && token !== undefined && count() < limit);
    warnOfProblems(context, `The listing of ${quotePrefix(prefix)}`, problems);
    for (const reason of problems.keys()) reported.add(reason);
    const { files, folders, skipped, lastFolder } = found;
    const cursor = token === undefined ? null : toCursor({ scope, lastFolder, token });
    return { files, folders: [...folders], skipped, cursor };
  }, signal);
}

function contentOf({ objects, commonPrefixes, skipped }: ObjectPage): PageContent {
  return {
    count: objects.length + commonPrefixes.length + skipped,
    first: objects[0]?.key,
    last: objects.at(-1)?.key,
  };
}

interface FoundEntries {
  readonly files: FileEntry[];
  readonly folders: Set<string>;
  skipped: number;
  /** A digest of the last folder, which some stores list once more on the next page. */
  lastFolder: string | undefined;
}

/** @param _root Parsed, as that throws the error of an `<Error>`. */
function refusePage(_root: XmlElement): never {
  throw invalidResponse("it is not a ListBucketResult");
}

/** Turns the page's keys into paths. */
function addPage(
  context: OperationContext,
  grant: Grant,
  { listed, recursive }: { listed: string; recursive: boolean },
  page: ObjectPage,
  found: FoundEntries,
): void {
  const listing = { prefix: prefixOf(context, grant), listed, subject: "The key" };
  found.skipped += page.skipped;
  for (const object of page.objects) {
    const { key } = object;
    // Not every store knows the delimiter, and some list a folder's marker besides the folder.
    const slash = recursive || !key.startsWith(listed) ? -1 : key.indexOf("/", listed.length);
    if (slash >= 0) addFolder(key.slice(0, slash + 1));
    else addPath(key, (path) => found.files.push(toFileEntry(path, object)));
  }
  if (!recursive) page.commonPrefixes.forEach(addFolder);

  function addFolder(key: string): void {
    addPath(key, (path) => {
      const digest = shortSha256Hex(path).slice(0, 16);
      if (digest === found.lastFolder) return;
      found.folders.add(path);
      found.lastFolder = digest;
    });
  }

  function addPath(key: string, add: (path: string) => void): void {
    // The listed folder's own marker, which some consoles create, is not a file in it.
    if (key === listed && listed.endsWith("/")) return;
    const path = listedPath(context, key, listing);
    if (path === undefined) found.skipped++;
    else add(path);
  }
}

function toFileEntry(path: string, { size, etag, lastModified }: ListedObject): FileEntry {
  return { path, name: baseName(path), size, etag, lastModified };
}

/** S3's limit for one request. */
const MAX_KEYS = 1000;

interface Position {
  readonly scope: string;
  readonly lastFolder: string | undefined;
  readonly token: string;
}

/** A cursor has the store's token, and a digest that ties it to its bucket and prefix without naming them. */
function toCursor({ scope, lastFolder, token }: Position): string {
  return `${scope}${lastFolder === undefined ? "" : `-${lastFolder}`}.${token}`;
}

/** The store's token in a cursor. */
export function tokenOf(cursor: string): string {
  return cursor.slice(cursor.indexOf(".") + 1);
}

/** @throws {InvalidArgumentError} If it is not a cursor. */
function readCursor(cursor: string, action: string): Position {
  const [, scope, lastFolder, token = ""] = /^([0-9a-f]{16})(?:-([0-9a-f]{16}))?\.(.+)$/s.exec(cursor) ?? [];
  if (scope === undefined || !token.isWellFormed()) {
    throw new InvalidArgumentError(`Cannot ${action}: the cursor is not one that list() returned`);
  }
  return { scope, lastFolder, token };
}

/** Lists all files; requests the next page while the current one is used. */
export function walk(context: OperationContext, options: WalkOptions = {}): AsyncIterable<FileEntry> {
  assertPathBeginning(options.prefix ?? "");
  return { [Symbol.asyncIterator]: () => walkPages(context, options) };
}

async function* walkPages(context: OperationContext, { prefix = "", signal }: WalkOptions): AsyncGenerator<FileEntry> {
  const stopped = new AbortController();
  const combined = eitherSignal(signal, stopped.signal);
  const reported = new Set<string>();
  const fetchPage = (cursor: string | null): Promise<ListPage> => {
    const page = list(context, { prefix, cursor, limit: MAX_KEYS, asksOnce: true, reported, signal: combined });
    // It is awaited later; until then, a failure must not count as unhandled.
    page.catch(() => {});
    return page;
  };
  const pages = createPageGuard(`list ${quotePrefix(prefix)}`);
  try {
    let next: Promise<ListPage> | undefined = fetchPage(null);
    while (next !== undefined) {
      const { files, skipped, cursor }: ListPage = await next;
      const content = { count: files.length + skipped, first: files[0]?.path, last: files.at(-1)?.path };
      pages.add(content, cursor ?? undefined);
      next = cursor === null ? undefined : fetchPage(cursor);
      for (const file of files) {
        yield file;
        signal?.throwIfAborted();
      }
    }
  } finally {
    stopped.abort();
  }
}
