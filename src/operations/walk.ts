import { eitherSignal } from "../async/abort.ts";
import { assertPathBeginning } from "../s3/keys.ts";
import { loaded } from "../s3/lazy_module.ts";
import type { FileEntry, WalkOptions } from "../types/files.ts";
import { type OperationContext, quotePrefix } from "./operation_context.ts";
import type { PageLister } from "./walk_ranges.ts";

/** Lists all files; requests the next page, or several, while the current one is used. */
export function walk(context: OperationContext, options: WalkOptions = {}): AsyncIterable<FileEntry> {
  assertPathBeginning(options.prefix ?? "");
  return { [Symbol.asyncIterator]: () => walkFiles(context, options) };
}

async function* walkFiles(
  context: OperationContext,
  { prefix = "", concurrency = 1, signal }: WalkOptions,
): AsyncGenerator<FileEntry> {
  const action = `list ${quotePrefix(prefix)}`;
  const { list, MAX_KEYS } = await loaded(import("./list.ts"), action);
  const { startOf } = await loaded(import("./list_cursor.ts"), action);
  const { createPageGuard } = await loaded(import("./page_guard.ts"), action);
  const stopped = new AbortController();
  const combined = eitherSignal(signal, stopped.signal);
  const reported = new Set<string>();

  function createLister(): PageLister {
    const guard = createPageGuard(action);
    return async (cursor) => {
      const page = await list(context, { prefix, cursor, limit: MAX_KEYS, asksOnce: true, reported, signal: combined });
      const { files, skipped } = page;
      const content = { count: files.length + skipped, first: files[0]?.path, last: files.at(-1)?.path };
      guard.add(content, page.cursor === null ? undefined : startOf(page.cursor));
      return page;
    };
  }

  try {
    const pages = concurrency === 1
      ? pagesInTurn(createLister())
      : (await loaded(import("./walk_ranges.ts"), action)).pagesOfRanges(createLister, { prefix, concurrency });
    for await (const files of pages) {
      for (const file of files) {
        yield file;
        signal?.throwIfAborted();
      }
    }
  } finally {
    stopped.abort();
  }
}

async function* pagesInTurn(list: PageLister): AsyncGenerator<readonly FileEntry[]> {
  let next: ReturnType<PageLister> | undefined = list(null);
  while (next !== undefined) {
    const { files, cursor }: Awaited<typeof next> = await next;
    next = cursor === null ? undefined : list(cursor);
    // It is awaited later; until then, a failure must not count as unhandled.
    next?.catch(() => {});
    yield files;
  }
}
