import { InvalidArgumentError } from "../errors.ts";
import { shortSha256Hex } from "../hash/short_sha256.ts";

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
  if (written === undefined) throw new InvalidArgumentError("Cannot list: the cursor is not one that list() returned");
  return { token, belongsTo: (scope) => digest(scope) === written };
}

function digest(scope: string): string {
  return shortSha256Hex(scope).slice(0, 16);
}
