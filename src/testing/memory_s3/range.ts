import { S3Failure } from "./failure.ts";

/** Bytes from `start` up to, but not including, `end`. */
export interface ByteSpan {
  /** First byte. */
  readonly start: number;
  /** Index after the last byte. */
  readonly end: number;
}

/**
 * The bytes that a `Range` header asks for; `undefined` if it is absent, or invalid and so ignored.
 * https://www.rfc-editor.org/rfc/rfc9110#name-range
 *
 * @throws {S3Failure} `InvalidRange` if it starts beyond the end.
 */
export function rangeOf(header: string | null, size: number): ByteSpan | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? "");
  if (match === null) return undefined;
  const [, first = "", last = ""] = match;
  if (first === "" && last === "") return undefined;
  if (first !== "" && last !== "" && Number(first) > Number(last)) return undefined;
  const start = first === "" ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === "" || last === "" ? size : Math.min(size, Number(last) + 1);
  if (start >= end) {
    throw new S3Failure("InvalidRange", "The requested range is not satisfiable", {
      details: { ActualObjectSize: String(size), RangeRequested: header ?? "" },
      headers: { "content-range": `bytes */${size}` },
    });
  }
  return { start, end };
}
