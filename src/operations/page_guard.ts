import { ServiceError } from "../errors.ts";

/** Watches over a listing of many pages, which must come to an end. */
export interface PageGuard {
  /**
   * Takes note of a page.
   *
   * @param count How much of it can be used.
   * @param next Where the next page begins; `undefined` after the last.
   * @throws {ServiceError} If that has been the beginning of a page before, or too many pages in a row had nothing.
   */
  add(count: number, next: string | undefined): void;
}

/** @param action As in `Cannot ${action}`. */
export function createPageGuard(action: string): PageGuard {
  const seen = new Set<string>();
  let emptyPages = 0;
  const invalid = (reason: string) => new ServiceError(`Cannot ${action}: ${reason}`, { code: "InvalidResponse" });
  return {
    add(count, next) {
      if (next === undefined) return;
      if (seen.has(next)) throw invalid("the store repeats a page");
      seen.add(next);
      emptyPages = count > 0 ? 0 : emptyPages + 1;
      if (emptyPages >= MAX_EMPTY_PAGES) throw invalid(`the store gave ${MAX_EMPTY_PAGES} empty pages in a row`);
    },
  };
}

const MAX_EMPTY_PAGES = 100;
