import { ScopeChangedError } from "../errors.ts";
import type { Grant } from "../s3/grant.ts";
import { areValidPaths, assertPathBeginning, baseName } from "../s3/keys.ts";
import { note, type ObjectPage } from "../s3/xml/list_xml.ts";
import type { ListedObject } from "../s3/xml/plain_contents.ts";
import type { FileEntry, ListOptions, ListPage } from "../types/files.ts";
import { keyOf, type OperationContext, prefixOf, quotePrefix, withGrant } from "./operation_context.ts";
import { digestOf, follow, readCursor, toCursor } from "./list_cursor.ts";
import { fetchPage } from "./list_page.ts";
import { listedPath, warnOfProblems } from "./listed_path.ts";
import { createPageGuard, type PageContent } from "./page_guard.ts";

/** Options of a listing, with one for our own use. */
export interface ListRequest extends ListOptions {
  /** Send one request, even if the store returns fewer than `limit`. Default `false`: as many as needed. */
  asksOnce?: boolean;
  /** Oddities of earlier pages, which are not reported again; those of this page are added. */
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
    const scope = digestOf(`${grant.bucket}\n${key}\n${recursive}`);
    if (position !== undefined && position.scope !== scope) {
      throw new ScopeChangedError(`Cannot ${action}: the cursor belongs to another listing`);
    }
    const found: FoundEntries = { files: [], folders: new Set(), skipped: 0 };
    const problems = new Map<string, string>();
    const count = () => found.files.length + found.folders.size;
    let start = position?.start;
    const pages = createPageGuard(action);
    // The first page must not be returned again later.
    pages.add({ count: 1 }, start);
    do {
      const maxKeys = Math.min(MAX_KEYS, limit - count());
      const page = await fetchPage(context, { action, grant, prefix: key, recursive, maxKeys, signal }, start);
      addPage(context, grant, { listed: key, recursive, seen: position?.lastFolder }, page, found);
      for (const [reason, key] of page.problems) if (!reported.has(reason)) note(problems, reason, key);
      start = page.next;
      // SeaweedFS 4.48 ends the listing of a folder after its marker, if it is asked for one key.
      const isOnlyMarker = page.objects.length === 1 && page.objects[0]?.key === key && key.endsWith("/");
      if (maxKeys === 1 && isOnlyMarker && context.traits.known.listV2) start ??= AFTER_PREFIX;
      pages.add(contentOf(page), start);
    } while (!asksOnce && start !== undefined && count() < limit);
    warnOfProblems(context, `The listing of ${quotePrefix(prefix)}`, problems);
    for (const reason of problems.keys()) reported.add(reason);
    const { files, skipped } = found;
    const folders = [...found.folders];
    const lastFolder = folders.length === 0 ? position?.lastFolder : digestOf(folders.at(-1) ?? "");
    if (start === undefined) return { files, folders, skipped, cursor: null };
    return {
      files,
      folders,
      skipped,
      cursor: toCursor({ scope, lastFolder, start, ...follow(position, start, pages) }),
    };
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
}

/** Turns the page's keys into paths. */
function addPage(
  context: OperationContext,
  grant: Grant,
  { listed, recursive, seen }: { listed: string; recursive: boolean; seen: string | undefined },
  page: ObjectPage,
  found: FoundEntries,
): void {
  const listing = { prefix: prefixOf(context, grant), listed, subject: "The key" };
  const { length } = listing.prefix;
  found.skipped += page.skipped;
  const areValid = areValidPaths(page.objects.map(({ key }) => key.slice(length)));
  for (const object of page.objects) {
    const { key } = object;
    // Not every store knows the delimiter, and some list a folder's marker besides the folder.
    const slash = recursive || !key.startsWith(listed) ? -1 : key.indexOf("/", listed.length);
    if (slash >= 0) {
      addFolder(key.slice(0, slash + 1));
      continue;
    }
    const isValid = areValid && key.length > length && key.startsWith(listed) && key !== listed;
    const path = isValid ? key.slice(length) : pathOf(key);
    if (path !== undefined) found.files.push(toFileEntry(path, object));
  }
  if (!recursive) page.commonPrefixes.forEach(addFolder);

  function addFolder(key: string): void {
    const path = pathOf(key);
    if (path === undefined) return;
    // Some stores list the last folder of a page once more on the next.
    if (found.folders.size > 0 || digestOf(path) !== seen) found.folders.add(path);
  }

  function pathOf(key: string): string | undefined {
    // The listed folder's own marker, which some consoles create, is not a file in it.
    if (key === listed && listed.endsWith("/")) return undefined;
    const path = listedPath(context, key, listing);
    if (path === undefined) found.skipped++;
    return path;
  }
}

function toFileEntry(path: string, { size, etag, lastModified }: ListedObject): FileEntry {
  return { path, name: baseName(path), size, etag, lastModified };
}

/** For {@link fetchPage}: the keys after the prefix itself. */
const AFTER_PREFIX = ">";
/** S3's limit for one request. */
export const MAX_KEYS = 1000;
