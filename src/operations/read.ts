import { FileTooLargeError, InvalidArgumentError, RangeNotSatisfiableError } from "../errors.ts";
import { readEtag } from "../s3/headers.ts";
import type { Exchange } from "../s3/exchange.ts";
import type { ByteRange, ReadOptions } from "../types/files.ts";
import { type OperationContext, quote, withGrant } from "./context.ts";
import { type BegunRead, prepareGetObject, shortBody, SLICE_BYTES } from "./get_object.ts";
import { MAX_FILE_SIZE_BYTES } from "./part_plan.ts";
import { beginVerification } from "./verification.ts";

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
  const get = prepareGetObject(context, path, { ...options, ...range !== undefined && { range } });
  try {
    const received = await withGrant(context, (grant) => get(grant, receive), signal);
    if (received instanceof Uint8Array) return received;
    const { readSlices } = await import("./read_slices.ts");
    return await readSlices(context, received, signal);
  } catch (error) {
    // Nothing is a range of an empty file; a limit the caller set is not a range the caller asked for.
    if (error instanceof RangeNotSatisfiableError && options.range === undefined) return new Uint8Array();
    throw error;
  }

  /** Reads the body, or leaves it to be read in slices, each of which can be tried again on its own. */
  async function receive(begun: BegunRead): Promise<Uint8Array<ArrayBuffer> | BegunRead> {
    const { exchange, answered: { length } } = begun;
    if ((length ?? 0) > maxBytes) throw tooLarge();
    if (length !== undefined && length > 2 * SLICE_BYTES && isPinnable(exchange)) return begun;
    const verification = beginVerification(context, begun, signal);
    try {
      const bytes = await exchange.bytes(Math.min(maxBytes, length ?? Infinity), length);
      if (bytes.byteLength > maxBytes) throw tooLarge();
      if (length !== undefined && bytes.byteLength !== length) throw shortBody(path, bytes.byteLength, length);
      await verification?.update(bytes);
      await verification?.finish();
      return bytes;
    } finally {
      verification?.stop();
    }
  }

  function tooLarge(): FileTooLargeError {
    return new FileTooLargeError(`Cannot read ${quote(path)}: it has more than ${maxBytes} bytes`, { path });
  }
}

/** Whether all slices can be asked for of the same content. */
function isPinnable({ headers }: Exchange): boolean {
  return readEtag(headers.get("etag"))?.startsWith('"') ?? false;
}

/** Asks for one byte more than is wanted, which is enough to know that there is more. */
function limitRange(range: ByteRange | undefined, maxBytes: number): ByteRange | undefined {
  if (maxBytes >= MAX_FILE_SIZE_BYTES || (range !== undefined && "suffixLength" in range)) return range;
  const { offset, length = Infinity } = range ?? { offset: 0 };
  return { offset, length: Math.min(length, maxBytes + 1) };
}
