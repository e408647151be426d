import { InvalidArgumentError, ScopeChangedError, ServiceError } from "../errors.ts";
import { shortSha256Hex } from "../hash/short_sha256.ts";
import type { Grant } from "../s3/grant.ts";
import { assertFolderPath, baseName, pathProblem, toPrefix } from "../s3/keys.ts";
import { type ListedObject, type ListPage, readListPage } from "../s3/xml/list_xml.ts";
import type { XmlElement } from "../s3/xml/xml.ts";
import type { FileInfo, FileList, ListOptions, WalkOptions } from "../types/files.ts";
import { keyOf, type OperationContext, prefixOf, quote, withGrant } from "./context.ts";
import { createPageGuard } from "./page_guard.ts";

/** How much of a listing is fetched. */
export interface ListPageOptions extends ListOptions {
  /** Ask the store once, even if it returns fewer than `limit`. Default `false`: as many requests as it takes. */
  asksOnce?: boolean;
}

/** One page of files. */
export async function list(context: OperationContext, options: ListPageOptions = {}): Promise<FileList> {
  const { prefix: folder = "", cursor, limit = 100, folders = false, asksOnce = false, signal } = options;
  assertFolderPath(folder);
  if (!Number.isSafeInteger(limit) || limit < 1) {
    throw new InvalidArgumentError(
      `Cannot list ${quote(folder)}: "limit" must be a whole number of at least 1, not ${limit}`,
    );
  }
  const position = cursor === undefined || cursor === null ? undefined : readCursor(cursor);
  return await withGrant(context, async (grant) => {
    const listing = { folder: toPrefix(folder), folders, key: keyOf(context, grant, toPrefix(folder)) };
    const cursorScope = `${grant.bucket}\n${listing.key}\n${folders}`;
    if (position !== undefined && !position.belongsTo(cursorScope)) {
      throw new ScopeChangedError(`Cannot list ${quote(folder)}: the cursor belongs to another folder`);
    }
    const found: { files: FileInfo[]; folders: string[] } = { files: [], folders: [] };
    let token = position?.token;
    const pages = createPageGuard(`list ${quote(folder)}`);
    // The page it goes on with is no later one.
    pages.add(1, token);
    do {
      const maxKeys = Math.min(MAX_KEYS, limit - found.files.length - found.folders.length);
      const page = await fetchPage(context, { grant, ...listing, token, maxKeys, signal });
      const countBefore = found.files.length + found.folders.length;
      addPage(context, grant, listing.key, page, found);
      pages.add(found.files.length + found.folders.length - countBefore, page.nextToken);
      token = page.nextToken;
    } while (!asksOnce && token !== undefined && found.files.length + found.folders.length < limit);
    return { ...found, cursor: token === undefined ? null : writeCursor(cursorScope, token) };
  }, signal);
}

interface PageRequest {
  readonly grant: Grant;
  readonly folder: string;
  readonly key: string;
  readonly folders: boolean;
  readonly token: string | undefined;
  readonly maxKeys: number;
  readonly signal: AbortSignal | undefined;
}

/** ListObjectsV2. https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
async function fetchPage(context: OperationContext, request: PageRequest): Promise<ListPage> {
  const { grant, folder, key, folders, token, maxKeys, signal } = request;
  return await context.client.sendForText({
    operation: "ListObjectsV2",
    action: `list ${quote(folder)}`,
    method: "GET",
    grant,
    query: {
      "list-type": "2",
      "encoding-type": "url",
      "max-keys": String(maxKeys),
      ...key !== "" && { prefix: key },
      ...folders && { delimiter: "/" },
      ...token !== undefined && { "continuation-token": token },
    },
    signal,
  }, ({ text, parse }) => readListPage(text) ?? refusePage(parse()));
}

function refusePage({ name }: XmlElement): never {
  throw new ServiceError(`the listing cannot be read: it is a <${name}>, not a listing`, { code: "InvalidResponse" });
}

/** Turns keys into paths. What lies outside the prefix, or could not be asked for by its path, is left out and reported. */
function addPage(
  context: OperationContext,
  grant: Grant,
  listedKey: string,
  page: ListPage,
  found: { files: FileInfo[]; folders: string[] },
): void {
  const prefix = prefixOf(context, grant);
  const toPath = (key: string): string | undefined => {
    const path = key.slice(prefix.length);
    const problem = key.startsWith(listedKey) ? pathProblem(path) : "it is outside the prefix";
    if (problem === undefined) return path;
    const code = key.startsWith(listedKey) ? "UnusableKey" : "KeyOutsidePrefix";
    context.emit?.({ type: "warning", code, message: `The key ${quote(key)} is left out of the listing: ${problem}` });
    return undefined;
  };
  for (const object of page.objects) {
    // The folder's own marker, as consoles create it, is no file.
    if (object.key === listedKey) continue;
    const path = toPath(object.key);
    if (path !== undefined) found.files.push(toFileInfo(path, object));
  }
  for (const key of page.commonPrefixes) {
    const path = toPath(key);
    if (path !== undefined) found.folders.push(path);
  }
}

function toFileInfo(path: string, { size, etag, lastModified }: ListedObject): FileInfo {
  const file: { -readonly [name in keyof FileInfo]: FileInfo[name] } = { path, name: baseName(path), size };
  if (etag !== undefined) file.etag = etag;
  if (lastModified !== undefined) file.lastModified = lastModified;
  return file;
}

/** The most that S3 returns at once. */
const MAX_KEYS = 1000;

/** Where a listing goes on. */
export interface Cursor {
  /** The store's own token. */
  readonly token: string;
  /** Whether it came from this listing. */
  belongsTo(scope: string): boolean;
}

/** A cursor as callers hold it: the store's token, tied to the listing it came from without naming bucket or prefix. */
export function writeCursor(scope: string, token: string): string {
  return `${digest(scope)}.${token}`;
}

/** @throws {InvalidArgumentError} If it is no cursor. */
export function readCursor(cursor: string): Cursor {
  const [, written, token = ""] = /^([0-9a-f]{16})\.(.+)$/s.exec(cursor) ?? [];
  if (written === undefined || !token.isWellFormed()) {
    throw new InvalidArgumentError("Cannot list: the cursor is not one that list() returned");
  }
  return { token, belongsTo: (scope) => digest(scope) === written };
}

function digest(scope: string): string {
  return shortSha256Hex(scope).slice(0, 16);
}

/** All files; the next page is on its way while one is used. */
export function walk(context: OperationContext, options: WalkOptions = {}): AsyncIterable<FileInfo> {
  assertFolderPath(options.prefix ?? "");
  return { [Symbol.asyncIterator]: () => walkPages(context, options) };
}

async function* walkPages(context: OperationContext, { prefix = "", signal }: WalkOptions): AsyncGenerator<FileInfo> {
  const stopped = new AbortController();
  const both = signal === undefined ? stopped.signal : AbortSignal.any([signal, stopped.signal]);
  const fetchPage = (cursor: string | null): Promise<FileList> => {
    const page = list(context, { prefix, cursor, limit: 1000, asksOnce: true, signal: both });
    // It is looked at when its turn comes; until then a failure is not unhandled.
    page.catch(() => {});
    return page;
  };
  const pages = createPageGuard(`list ${quote(prefix)}`);
  try {
    let next: Promise<FileList> | undefined = fetchPage(null);
    while (next !== undefined) {
      const { files, cursor }: FileList = await next;
      pages.add(files.length, cursor ?? undefined);
      next = cursor === null ? undefined : fetchPage(cursor);
      yield* files;
    }
  } finally {
    stopped.abort();
  }
}
