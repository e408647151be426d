import type { ByteRange } from "../types/files.ts";

/**
 * The range in a `Range` header. `undefined`, which means the whole file, if the header is absent or malformed, has
 * another unit, or has several ranges. https://www.rfc-editor.org/rfc/rfc9110#section-14.1.2
 */
export function parseRange(header: string | null): ByteRange | undefined {
  const [, first = "", last = ""] = SINGLE_RANGE.exec(header ?? "") ?? [];
  if (first === "") return last === "" ? undefined : { suffixLength: toCount(last) };
  if (last === "") return { offset: toCount(first) };
  if (BigInt(last) < BigInt(first)) return undefined;
  return { offset: toCount(first), length: toCount(last) - toCount(first) + 1 };
}

/** Whether a file has bytes in the range. All of an empty file is its end, which has no bytes either. */
export function isSatisfiable(range: ByteRange, size: number): boolean {
  return "suffixLength" in range ? range.suffixLength > 0 : range.offset < size;
}

/** A list may have empty elements. */
const SINGLE_RANGE = /^bytes=[ \t,]*(\d*)-(\d*)[ \t,]*$/i;

/** No file is larger. */
function toCount(digits: string): number {
  return Math.min(Number(digits), Number.MAX_SAFE_INTEGER - 1);
}
