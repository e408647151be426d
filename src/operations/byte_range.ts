import { RangeNotSatisfiableError } from "../errors.ts";
import type { Exchange } from "../s3/exchange.ts";
import { readByteCount } from "../s3/headers.ts";
import type { ByteRange } from "../types/files.ts";
import { invalidResponse } from "./invalid_response.ts";
import { assertWholeNumber } from "./whole_number.ts";

/**
 * The `Range` header of a range; `undefined` for the whole file.
 *
 * @throws {InvalidArgumentError} If a number is negative or not whole, or the range is empty.
 */
export function toRangeHeader(range: ByteRange | undefined): string | undefined {
  if (range === undefined) return undefined;
  if ("suffixLength" in range) {
    assertWholeNumber(range.suffixLength, { name: "suffixLength", least: 1 }, PURPOSE);
    return `bytes=-${range.suffixLength}`;
  }
  const { offset, length } = range;
  assertWholeNumber(offset, { name: "offset", least: 0 }, PURPOSE);
  if (length === undefined) return offset === 0 ? undefined : `bytes=${offset}-`;
  assertWholeNumber(length, { name: "length", least: 1 }, PURPOSE);
  return `bytes=${offset}-${offset + length - 1}`;
}

/** The bytes of a file that a response has. */
export interface ResponseRange {
  /** The first byte. */
  readonly offset: number;
  /** Bytes in the response; `undefined` if unknown, because the runtime decodes the body. */
  readonly length: number | undefined;
  /** Bytes in the whole file. */
  readonly size: number;
}

/**
 * Reads which bytes a response has.
 *
 * @throws {ServiceError} With the code `"InvalidResponse"`, if the response does not say, or has other bytes than
 * requested.
 * @throws {RangeNotSatisfiableError} If the file is empty and a range was requested, except its last bytes. AWS responds
 * with 416, MinIO with a 206 without bytes, versitygw with 200.
 */
export function readResponseRange({ status, headers }: Exchange, requested: ByteRange | undefined): ResponseRange {
  const hasKnownLength = !isDecoded(headers);
  const announced = readByteCount(headers.get("content-length"));
  if (toRangeHeader(requested) !== undefined && announced === 0 && readContentRange(headers) === undefined) {
    if (isSuffix(requested)) return { offset: 0, length: 0, size: 0 };
    throw new RangeNotSatisfiableError("the range starts beyond the end of the file", { status: 416 });
  }
  if (status === 206) {
    const range = readContentRange(headers);
    if (range === undefined) throw invalidResponse("it has no Content-Range, or an invalid one");
    const { offset, length, size } = range;
    // A shorter range would look like the end of the file.
    const isAsRequested = requested !== undefined && offset === firstByte(requested, size) &&
      length === lengthOf(requested, size);
    if (!isAsRequested) {
      throw invalidResponse(`it has the bytes ${offset} to ${offset + length - 1} of ${size}, not those requested`);
    }
    return { offset, length: hasKnownLength ? length : undefined, size };
  }
  if (announced === undefined) throw invalidResponse("it has no Content-Length");
  const isWhole = requested === undefined ||
    (firstByte(requested, announced) === 0 && lengthOf(requested, announced) === announced);
  if (!isWhole) throw invalidResponse("it ignores the range, and has the whole file");
  return { offset: 0, length: hasKnownLength ? announced : undefined, size: announced };
}

/** The range in `Content-Range`; `undefined` if the header is absent or contradicts itself. */
export function readContentRange(headers: Headers): ResponseRange & { readonly length: number } | undefined {
  const match = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(headers.get("content-range") ?? "") ?? [];
  const [offset, last, size] = match.slice(1).map(readByteCount);
  if (offset === undefined || last === undefined || size === undefined) return undefined;
  return offset <= last && last < size ? { offset, length: last - offset + 1, size } : undefined;
}

/** Whether the runtime decodes a body with these headers. */
export function isDecoded(headers: Headers): boolean {
  return /gzip|deflate|br|zstd/i.test(headers.get("content-encoding") ?? "");
}

/** Whether it is the last bytes of a file, which an empty file has too: none. */
export function isSuffix(range: ByteRange | undefined): boolean {
  return range !== undefined && "suffixLength" in range;
}

function firstByte(range: ByteRange, size: number): number {
  return "suffixLength" in range ? Math.max(0, size - range.suffixLength) : range.offset;
}

function lengthOf(range: ByteRange, size: number): number {
  if ("suffixLength" in range) return Math.min(range.suffixLength, size);
  return Math.min(range.length ?? Infinity, size - range.offset);
}

const PURPOSE = { action: "use the range" };
