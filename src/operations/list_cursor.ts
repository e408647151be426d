import { InvalidArgumentError } from "../errors.ts";
import { shortSha256Hex } from "../hash/short_sha256.ts";
import type { PageGuard } from "./page_guard.ts";

/** What a cursor says. */
export interface Position extends Trail {
  readonly scope: string;
  /** A digest of the last folder that was found. */
  readonly lastFolder: string | undefined;
  /** The beginning of the next page. */
  readonly start: string;
}

/** Finds circles of cursors, as by Brent's algorithm, which needs one of the former places only. */
interface Trail {
  /** How many cursors there have been. */
  readonly steps: number;
  /** A digest of the place that was reached after the last power of two of them. */
  readonly mark: string;
}

/** @throws {ServiceError} If the cursors go round in a circle. */
export function follow(former: Trail | undefined, start: string, pages: PageGuard): Trail {
  const digest = digestOf(start);
  if (former?.mark === digest) pages.refuse();
  const steps = (former?.steps ?? 0) + 1;
  return { steps, mark: former === undefined || Number.isInteger(Math.log2(steps)) ? digest : former.mark };
}

/** A cursor has the place of the next page, and a digest that ties it to its bucket and prefix without naming them. */
export function toCursor({ scope, lastFolder, start, steps, mark }: Position): string {
  return `${scope}${lastFolder === undefined ? "" : `-${lastFolder}`}~${steps}~${mark}${start}`;
}

/** Names something without showing it. */
export function digestOf(text: string): string {
  return shortSha256Hex(text).slice(0, 16);
}

/** The place of the next page in a cursor. */
export function startOf(cursor: string): string {
  return cursor.slice(cursor.search(/[.:>]/));
}

/** A cursor for what comes after a key, in the listing of another cursor; `rest` is the key without what is listed. */
export function cursorAfter(rest: string, other: string): string {
  const mark = startOf(other).startsWith(":") ? ":" : ">";
  return `${other.slice(0, 16)}~1~${digestOf(rest)}${mark}${rest}`;
}

const CURSOR = /^([0-9a-f]{16})(?:-([0-9a-f]{16}))?~(\d{1,15})~([0-9a-f]{16})([.>].+|:.*)$/s;

/** @throws {InvalidArgumentError} If it is not a cursor. */
export function readCursor(cursor: string, action: string): Position {
  const [, scope, lastFolder, steps, mark = "", start = ""] = CURSOR.exec(cursor) ?? [];
  if (scope === undefined || !start.isWellFormed()) {
    throw new InvalidArgumentError(`Cannot ${action}: the cursor is not one that list() returned`);
  }
  return { scope, lastFolder, start, steps: Number(steps), mark };
}
