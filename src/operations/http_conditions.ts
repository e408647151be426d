import type { FileInfo } from "../types/files.ts";
import { strongTag } from "../s3/headers.ts";
import { parseHttpDate } from "./http_date.ts";

/** Which version of a file is there; `etag` is a valid entity tag. */
export type Validators = Pick<FileInfo, "etag" | "lastModified">;

/**
 * The status with which the conditions of a GET or HEAD end it; `undefined` if they hold.
 * https://www.rfc-editor.org/rfc/rfc9110#section-13.2.2
 */
export function failedCondition(headers: Headers, validators: Validators): 304 | 412 | undefined {
  const { etag } = validators;
  const wanted = headers.get("if-match");
  const unmodifiedSince = headers.get("if-unmodified-since");
  if (wanted !== null) {
    if (!tagsOf(wanted).some((tag) => tag === "*" || (tag === etag && isStrong(tag)))) return 412;
  } else if (unmodifiedSince !== null && isModifiedSince(validators, unmodifiedSince) === true) {
    return 412;
  }
  const known = headers.get("if-none-match");
  const modifiedSince = headers.get("if-modified-since");
  if (known !== null) {
    const isKnown = (tag: string) => tag === "*" || (etag !== null && strongTag(tag) === strongTag(etag));
    return tagsOf(known).some(isKnown) ? 304 : undefined;
  }
  return modifiedSince !== null && isModifiedSince(validators, modifiedSince) === false ? 304 : undefined;
}

/**
 * Whether the client's part is of this version, so that it can have a range.
 * https://www.rfc-editor.org/rfc/rfc9110#section-13.1.5
 */
export function isRangeOf(headers: Headers, { etag, lastModified }: Validators): boolean {
  const condition = headers.get("if-range");
  if (condition === null) return true;
  if (/^(?:W\/)?"/.test(condition)) return condition === etag && isStrong(condition);
  return lastModified !== null && parseHttpDate(condition) === toSeconds(lastModified);
}

/** `undefined` if the date is invalid, or the file has none. */
function isModifiedSince({ lastModified }: Validators, date: string): boolean | undefined {
  const sinceMs = parseHttpDate(date);
  return sinceMs === undefined || lastModified === null ? undefined : toSeconds(lastModified) > sinceMs;
}

/** As in a header, which has whole seconds. */
function toSeconds(date: Date): number {
  return Math.floor(date.getTime() / 1_000) * 1_000;
}

/** The entity tags of a list, which may have commas themselves, or `*`. */
function tagsOf(list: string): string[] {
  if (list.trim() === "*") return ["*"];
  return [...list.matchAll(/(?:^|,)[ \t]*((?:W\/)?"[^"]*")[ \t]*(?=,|$)/g)].map(([, tag = ""]) => tag);
}

function isStrong(tag: string): boolean {
  return tag.startsWith('"');
}
