import { InvalidArgumentError, ServiceError, show } from "../errors.ts";
import type { Exchange } from "../s3/exchange.ts";
import { readByteCount } from "../s3/headers.ts";
import type { ByteRange } from "../types/files.ts";

/**
 * The `Range` header of a range; `undefined` where the whole file is meant.
 *
 * @throws {InvalidArgumentError} If a number is negative or not whole, or the range is empty.
 */
export function toRangeHeader(range: ByteRange | undefined): string | undefined {
  if (range === undefined) return undefined;
  if ("suffixLength" in range) {
    assertBytes("suffixLength", range.suffixLength, 1);
    return `bytes=-${range.suffixLength}`;
  }
  const { offset, length } = range;
  assertBytes("offset", offset, 0);
  if (length === undefined) return offset === 0 ? undefined : `bytes=${offset}-`;
  assertBytes("length", length, 1);
  return `bytes=${offset}-${offset + length - 1}`;
}

/** Which bytes an answer has, and of how many. */
export interface AnsweredRange {
  /** The first byte. */
  readonly offset: number;
  /** Bytes of this answer; `undefined` if unknown, because the runtime decodes the body as it arrives. */
  readonly length: number | undefined;
  /** Bytes of the whole file. */
  readonly size: number;
}

/**
 * Reads which bytes an answer has.
 *
 * @param asked The range that was asked for.
 * @throws {ServiceError} With the code `"InvalidResponse"`, if the answer does not say, or has other bytes.
 */
export function readAnsweredRange({ status, headers }: Exchange, asked: ByteRange | undefined): AnsweredRange {
  const hasKnownLength = !isDecoded(headers);
  if (status === 206) {
    const range = readContentRange(headers);
    if (range === undefined) throw invalid("it has no Content-Range");
    const { offset, length, size } = range;
    // One that ends early would pass for all that there is.
    const isAsked = asked !== undefined && offset === firstByte(asked, size) && length === lengthOf(asked, size);
    if (!isAsked) throw invalid("it has another range");
    return { offset, length: hasKnownLength ? length : undefined, size };
  }
  if (toRangeHeader(asked) !== undefined) throw invalid("it ignores the range");
  const size = readByteCount(headers.get("content-length"));
  if (size === undefined) throw invalid("it has no Content-Length");
  return { offset: 0, length: hasKnownLength ? size : undefined, size };
}

/** The bytes that `Content-Range` names; `undefined` if there is none, or it contradicts itself. */
export function readContentRange(headers: Headers): AnsweredRange & { readonly length: number } | undefined {
  const match = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(headers.get("content-range") ?? "") ?? [];
  const [offset, last, size] = match.slice(1).map(readByteCount);
  if (offset === undefined || last === undefined || size === undefined) return undefined;
  return offset <= last && last < size ? { offset, length: last - offset + 1, size } : undefined;
}

/** Whether the runtime decodes a body with these headers as it arrives. */
export function isDecoded(headers: Headers): boolean {
  return /gzip|deflate|br|zstd/i.test(headers.get("content-encoding") ?? "");
}

function firstByte(range: ByteRange, size: number): number {
  return "suffixLength" in range ? Math.max(0, size - range.suffixLength) : range.offset;
}

function lengthOf(range: ByteRange, size: number): number {
  if ("suffixLength" in range) return Math.min(range.suffixLength, size);
  return Math.min(range.length ?? Infinity, size - range.offset);
}

function assertBytes(name: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new InvalidArgumentError(
      `Cannot use the range: "${name}" must be a whole number of at least ${least}, not ${show(value)}`,
    );
  }
}

function invalid(reason: string): ServiceError {
  return new ServiceError(`the answer cannot be used: ${reason}`, { code: "InvalidResponse" });
}
