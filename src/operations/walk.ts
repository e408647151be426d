import { eitherSignal } from "../async/abort.ts";
import { assertPathBeginning } from "../s3/keys.ts";
import type { FileEntry, ListPage, WalkOptions } from "../types/files.ts";
import { type OperationContext, quotePrefix } from "./operation_context.ts";
import { createPageGuard } from "./page_guard.ts";

/** Lists all files; requests the next page while the current one is used. */
export function walk(context: OperationContext, options: WalkOptions = {}): AsyncIterable<FileEntry> {
  assertPathBeginning(options.prefix ?? "");
  return { [Symbol.asyncIterator]: () => walkPages(context, options) };
}

async function* walkPages(context: OperationContext, { prefix = "", signal }: WalkOptions): AsyncGenerator<FileEntry> {
  const { list, MAX_KEYS, startOf } = await import("./list.ts");
  const stopped = new AbortController();
  const combined = eitherSignal(signal, stopped.signal);
  const reported = new Set<string>();
  const nextPage = (cursor: string | null): Promise<ListPage> => {
    const page = list(context, { prefix, cursor, limit: MAX_KEYS, asksOnce: true, reported, signal: combined });
    // It is awaited later; until then, a failure must not count as unhandled.
    page.catch(() => {});
    return page;
  };
  const pages = createPageGuard(`list ${quotePrefix(prefix)}`);
  try {
    let next: Promise<ListPage> | undefined = nextPage(null);
    while (next !== undefined) {
      const { files, skipped, cursor }: ListPage = await next;
      const content = { count: files.length + skipped, first: files[0]?.path, last: files.at(-1)?.path };
      pages.add(content, cursor === null ? undefined : startOf(cursor));
      next = cursor === null ? undefined : nextPage(cursor);
      for (const file of files) {
        yield file;
        signal?.throwIfAborted();
      }
    }
  } finally {
    stopped.abort();
  }
}
