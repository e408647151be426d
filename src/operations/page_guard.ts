import { ServiceError } from "../errors.ts";

/** Ends a listing whose pages would never end. */
export interface PageGuard {
  /**
   * Notes a page.
   *
   * @param count How many usable entries it has.
   * @param next The marker or token of the next page; `undefined` after the last.
   * @throws {ServiceError} If that page has been listed before, or too many pages in a row were empty.
   */
  add(count: number, next: string | undefined): void;
}

/** @param action `Cannot ${action}`. */
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
      if (emptyPages >= MAX_EMPTY_PAGES) throw invalid(`the store returned ${MAX_EMPTY_PAGES} empty pages in a row`);
    },
  };
}

const MAX_EMPTY_PAGES = 100;
