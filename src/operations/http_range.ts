import type { ByteRange } from "../types/files.ts";

/**
 * The range in a `Range` header. `undefined`, which means the whole file, if the header is absent or malformed, has
 * another unit, or has several ranges. https://www.rfc-editor.org/rfc/rfc9110#section-14.1.2
 */
export function parseRange(header: string | null): ByteRange | undefined {
  const [, set = ""] = /^bytes=(.*)$/i.exec(header ?? "") ?? [];
  const specs = set.split(",").map((spec) => spec.replace(/^[ \t]+|[ \t]+$/g, "")).filter((spec) => spec !== "");
  const [, first = "", last = ""] = (specs.length === 1 && /^(\d*)-(\d*)$/.exec(specs[0] ?? "")) || [];
  if (first === "") return last === "" ? undefined : { suffixLength: toCount(last) };
  if (last === "") return { offset: toCount(first) };
  if (BigInt(last) < BigInt(first)) return undefined;
  return { offset: toCount(first), length: toCount(last) - toCount(first) + 1 };
}

/** Whether a file has bytes in the range. All of an empty file is its end, which has no bytes either. */
export function isSatisfiable(range: ByteRange, size: number): boolean {
  return "suffixLength" in range ? range.suffixLength > 0 : range.offset < size;
}

/** No file is larger. */
function toCount(digits: string): number {
  return Math.min(Number(digits), Number.MAX_SAFE_INTEGER - 1);
}
