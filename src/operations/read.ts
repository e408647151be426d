import { FileTooLargeError, IntegrityError, InvalidArgumentError, RangeNotSatisfiableError } from "../errors.ts";
import type { Exchange } from "../s3/exchange.ts";
import { sha256 } from "../s3/hash.ts";
import type { ByteRange, ReadOptions } from "../types.ts";
import { readAnsweredRange } from "./byte_range.ts";
import { type OperationContext, quote, withGrant } from "./context.ts";
import { readSha256, toContentHash } from "./file_info.ts";
import { MAX_FILE_SIZE_BYTES } from "./part_plan.ts";
import { getObject, prepareGetObject } from "./get_object.ts";

/** A file, or a range of it, as bytes. A checksum that the store keeps of the whole file is verified. */
export async function read(
  context: OperationContext,
  path: string,
  options: ReadOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const { maxBytes = Infinity, signal } = options;
  if (maxBytes !== Infinity && (!Number.isSafeInteger(maxBytes) || maxBytes < 0)) {
    throw new InvalidArgumentError(`Cannot read ${quote(path)}: "maxBytes" must be a whole number of at least 0`, {
      path,
    });
  }
  const range = limitRange(options.range, maxBytes);
  const request = prepareGetObject(context, path, { ...options, ...range !== undefined && { range } });
  try {
    return await withGrant(context, (grant) => getObject(context, request(grant), receive), signal);
  } catch (error) {
    // Nothing is a range of an empty file; a limit the caller set is not a range the caller asked for.
    if (error instanceof RangeNotSatisfiableError && options.range === undefined) return new Uint8Array();
    throw error;
  }

  async function receive(exchange: Exchange): Promise<Uint8Array<ArrayBuffer>> {
    const { offset, length, size } = readAnsweredRange(exchange, range);
    const isTooLarge = (length ?? 0) > maxBytes;
    const bytes = isTooLarge ? undefined : await exchange.bytes(maxBytes);
    if (bytes === undefined || bytes.byteLength > maxBytes) {
      throw new FileTooLargeError(`Cannot read ${quote(path)}: it has more than ${maxBytes} bytes`, { path });
    }
    if (length !== undefined && bytes.byteLength !== length) throw shortBody(path, bytes.byteLength, length);
    if (offset === 0 && length === size) await verify(bytes, exchange.headers);
    return bytes;
  }

  async function verify(bytes: Uint8Array<ArrayBuffer>, headers: Headers): Promise<void> {
    const expected = readSha256(headers);
    if (expected === undefined || toContentHash(await sha256(bytes)) === toContentHash(expected)) return;
    throw badDigest(path);
  }
}

/** The error of a body that does not match its stored checksum. */
export function badDigest(path: string): IntegrityError {
  return new IntegrityError(`Cannot read ${quote(path)}: other bytes arrived than the store keeps a checksum of`, {
    code: "BadDigest",
    path,
  });
}

/** The error of a body that ends before its announced length, or goes on behind it. */
export function shortBody(path: string, actual: number, expected: number): IntegrityError {
  return new IntegrityError(`Cannot read ${quote(path)}: ${actual} bytes arrived of ${expected}`, {
    code: "ShortBody",
    path,
  });
}

/** Asks for one byte more than is wanted, which is enough to know that there is more. */
function limitRange(range: ByteRange | undefined, maxBytes: number): ByteRange | undefined {
  if (maxBytes >= MAX_FILE_SIZE_BYTES || (range !== undefined && "suffixLength" in range)) return range;
  const { offset, length = Infinity } = range ?? { offset: 0 };
  return { offset, length: Math.min(length, maxBytes + 1) };
}
