import { ServiceError } from "../errors.ts";

/** A summary of a page. */
export interface PageContent {
  /** How many entries, usable or not. */
  readonly count: number;
  /** The first entry, unless several pages may have the same, as of a large folder; absent if there is none. */
  readonly first?: string | undefined;
  /** The last such entry. */
  readonly last?: string | undefined;
}

/** Ends a listing whose pages would never end. */
export interface PageGuard {
  /**
   * Notes a page.
   *
   * @param next The marker or token of the next page; `undefined` after the last.
   * @throws {ServiceError} If the page or the next one has been listed before, or too many pages in a row may have had
   * nothing new.
   */
  add(page: PageContent, next: string | undefined): void;
  /** @throws {ServiceError} That a page is listed once more. */
  refuse(): never;
}

/** @param action `Cannot ${action}`. */
export function createPageGuard(action: string): PageGuard {
  const seen = new Set<string>();
  let previous: PageContent = { count: 0 };
  let pagesWithoutNews = 0;
  const invalid = (reason: string) => new ServiceError(`Cannot ${action}: ${reason}`, { code: "InvalidResponse" });
  const refuse = (): never => {
    throw invalid("the store repeats a page");
  };
  return {
    refuse,
    add(page, next) {
      if (next === undefined) return;
      const { count, first, last } = page;
      const isSame = count === previous.count && first === previous.first && last === previous.last;
      if (seen.has(next) || (isSame && first !== undefined)) refuse();
      seen.add(next);
      previous = page;
      pagesWithoutNews = count === 0 || isSame ? pagesWithoutNews + 1 : 0;
      if (pagesWithoutNews >= MAX_WITHOUT_NEWS) {
        throw invalid(`the store returned ${MAX_WITHOUT_NEWS} pages in a row with nothing new`);
      }
    },
  };
}

/** Stores return empty pages for what is deleted but kept as versions: a page for each 1,000. */
const MAX_WITHOUT_NEWS = 1_000;
