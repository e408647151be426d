import { assertFolderPath } from "../s3/keys.ts";
import type { FileInfo, FileList, WalkOptions } from "../types/files.ts";
import { type OperationContext, quote } from "./context.ts";
import { list } from "./list.ts";
import { createPageGuard } from "./page_guard.ts";

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
