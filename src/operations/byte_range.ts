import { RangeNotSatisfiableError, ServiceError } from "../errors.ts";
import type { Exchange } from "../s3/exchange.ts";
import { readByteCount } from "../s3/headers.ts";
import type { ByteRange } from "../types/files.ts";
import { invalidResponse } from "../s3/invalid_response.ts";
import { assertWholeNumber } from "./file_purpose.ts";

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
  /** Bytes in the response. */
  readonly length: number;
  /** Bytes in the whole file. */
  readonly size: number;
}

/**
 * Reads which bytes a response has; `undefined` if it does not say, because it has no length, or that of other bytes
 * than `fetch` makes of them.
 *
 * @throws {ServiceError} With the code `"RangeIgnored"`, if the response has the whole file in place of a part, or
 * `"InvalidResponse"`, if it has other bytes than requested.
 * @throws {RangeNotSatisfiableError} If the file is empty and a range was requested, except its last bytes. AWS
 * responds with 416, MinIO with a 206 without bytes, versitygw with 200, s3rver with `bytes 0-0/0`.
 */
export function readResponseRange(
  exchange: Pick<Exchange, "status" | "headers">,
  requested: ByteRange | undefined,
): ResponseRange | undefined {
  const { headers } = exchange;
  const announced = readLength(headers);
  if (isRangeOfNothing(exchange)) throw beyondEnd();
  if (toRangeHeader(requested) !== undefined && announced === 0 && readContentRange(headers) === undefined) {
    if (isSuffix(requested)) return { offset: 0, length: 0, size: 0 };
    throw beyondEnd();
  }
  if (isPartial(exchange)) {
    const range = readContentRange(headers);
    if (range === undefined) throw invalidResponse("it has no Content-Range, or an invalid one");
    const { offset, length, size } = range;
    // A shorter range would look like the end of the file.
    const isAsRequested = requested !== undefined && offset === firstByte(requested, size) &&
      length === lengthOf(requested, size);
    if (!isAsRequested) {
      throw invalidResponse(`it has the bytes ${offset} to ${offset + length - 1} of ${size}, not those requested`);
    }
    return isDecoded(headers) ? undefined : range;
  }
  if (announced === undefined || isHtml(headers)) assertStoreHeaders(headers);
  if (announced === undefined || isDecoded(headers)) return undefined;
  const isWhole = requested === undefined ||
    (firstByte(requested, announced) === 0 && lengthOf(requested, announced) === announced);
  if (!isWhole) {
    throw new ServiceError("the store ignores the range, and sent the whole file", { code: "RangeIgnored" });
  }
  return { offset: 0, length: announced, size: announced };
}

/** Whether the file is empty, but the response announces bytes of it, which must not be waited for. */
function isRangeOfNothing({ status, headers }: Pick<Exchange, "status" | "headers">): boolean {
  return status === 206 && headers.get("content-length") !== "0" &&
    /^bytes .*\/0$/.test(headers.get("content-range") ?? "");
}

/** Whether it may be a page of a proxy or a login, which has a length, too. */
export function isHtml(headers: Headers): boolean {
  return /^\s*(?:text\/html|application\/xhtml)/i.test(headers.get("content-type") ?? "");
}

/** @throws {ServiceError} If no header is one of a store: then it is a page of a proxy or a login, not a stored one. */
export function assertStoreHeaders(headers: Headers): void {
  const isStores = headers.has("etag") || headers.has("last-modified") ||
    [...headers.keys()].some((name) => name.startsWith("x-"));
  if (!isStores) throw invalidResponse("it is a page, and no file of the store");
}

/**
 * `Content-Length`; `undefined` if there is none.
 *
 * @throws {ServiceError} With the code `"InvalidResponse"`, if it is no number.
 */
export function readLength(headers: Headers): number | undefined {
  const text = headers.get("content-length");
  const length = readByteCount(text);
  if (text === null || length !== undefined) return length;
  throw invalidResponse("it has no Content-Length that is a number");
}

/** Whether the response has a part of the file. Some stores, as rclone 1.75.2, send it with 200. */
export function isPartial({ status, headers }: Pick<Exchange, "status" | "headers">): boolean {
  return status === 206 || (status === 200 && readContentRange(headers) !== undefined);
}

/** The range in `Content-Range`; `undefined` if the header is absent or contradicts itself. */
export function readContentRange(headers: Headers): ResponseRange | undefined {
  const match = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(headers.get("content-range") ?? "") ?? [];
  const [offset, last, size] = match.slice(1).map(readByteCount);
  if (offset === undefined || last === undefined || size === undefined) return undefined;
  return offset <= last && last < size ? { offset, length: last - offset + 1, size } : undefined;
}

/** Whether a runtime decodes a body with these headers; some do only what they have asked for. */
export function isDecoded(headers: Headers): boolean {
  return /gzip|deflate|br|zstd/i.test(headers.get("content-encoding") ?? "");
}

/**
 * Whether the store decodes the object before it sends it, unless asked for gzip, and then knows no length and no
 * ranges. https://cloud.google.com/storage/docs/transcoding
 */
export function isTranscoded(headers: Headers): boolean {
  return /gzip/i.test(headers.get("x-goog-stored-content-encoding") ?? "") && !isDecoded(headers);
}

/** Whether it is the last bytes of a file, which an empty file has too: none. */
export function isSuffix(range: ByteRange | undefined): range is SuffixRange {
  return range !== undefined && "suffixLength" in range;
}

/**
 * The bytes of a range in a file of this size.
 *
 * @throws {RangeNotSatisfiableError} If it starts after the end of the file.
 */
export function sliceOf(range: ByteRange | undefined, size: number): ResponseRange {
  if (range === undefined) return { offset: 0, length: size, size };
  const offset = firstByte(range, size);
  if (offset < size || isSuffix(range)) return { offset, length: lengthOf(range, size), size };
  throw beyondEnd();
}

function beyondEnd(): RangeNotSatisfiableError {
  return new RangeNotSatisfiableError("the range starts beyond the end of the file", { status: 416 });
}

function firstByte(range: ByteRange, size: number): number {
  return "suffixLength" in range ? Math.max(0, size - range.suffixLength) : range.offset;
}

function lengthOf(range: ByteRange, size: number): number {
  if ("suffixLength" in range) return Math.min(range.suffixLength, size);
  return Math.min(range.length ?? Infinity, size - range.offset);
}

type SuffixRange = Extract<ByteRange, { readonly suffixLength: number }>;

const PURPOSE = { action: "use the range" };
