import { choiceOf } from "../http/arguments.ts";
import { RequestRefusal } from "../failure.ts";
import type { SearchFilter, SearchKind } from "../files/search_filter.ts";

/** The kinds to search for, in the order of a menu. */
export const SEARCH_KINDS: readonly [SearchKind, ...SearchKind[]] = [
  "folder",
  "picture",
  "video",
  "audio",
  "document",
  "sheet",
  "archive",
  "code",
  "text",
];

/** The parameters that narrow a search, besides its words. */
export const FILTER_FIELDS = ["kind", "min_size", "max_size", "since", "before"] as const;

/**
 * What the parameters of a request search for.
 *
 * @throws {RequestRefusal} If one of them is invalid.
 */
export function readFilter(query: ReadonlyMap<string, string>): SearchFilter {
  const text = (name: string) => query.get(name)?.trim() || undefined;
  const kind = text("kind");
  return {
    query: query.get("q") ?? "",
    kind: kind === undefined ? undefined : choiceOf(kind, SEARCH_KINDS, "kind"),
    minBytes: readSize(text("min_size")),
    maxBytes: readSize(text("max_size")),
    sinceMs: readDay(text("since")),
    beforeMs: readDay(text("before")),
  };
}

/** Whether a request narrows its search by more than words. */
export function hasFilter(query: ReadonlyMap<string, string>): boolean {
  return FILTER_FIELDS.some((name) => (query.get(name) ?? "").trim() !== "");
}

function readSize(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const [, number, unit = ""] = SIZE.exec(text) ?? [];
  if (number === undefined) {
    throw new RequestRefusal(400, `“${text}” is not a size. Write it as 500 kB, 2 MB or 1.5 GB.`);
  }
  return Math.round(Number(number.replace(",", ".")) * 1000 ** Math.max(0, "bkmgt".indexOf(unit.toLowerCase())));
}

/** Units as the pages show them, without regard to case. */
const SIZE = /^(\d{1,15}(?:[.,]\d{1,3})?)\s*(?:([kmgt])?b?|bytes?)$/i;

function readDay(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const time = DAY.test(text) ? Date.parse(text) : NaN;
  // Some engines take 31 February for 3 March.
  if (Number.isNaN(time) || !new Date(time).toISOString().startsWith(text.slice(0, 10))) {
    throw new RequestRefusal(400, `“${text}” is not a date. Write it as 2030-01-31.`);
  }
  return time;
}

/** A date is midnight in UTC. */
const DAY = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?Z)?$/;
