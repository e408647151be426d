import { IntegrityError, RangeNotSatisfiableError } from "../errors.ts";
import { readEtag } from "../s3/headers.ts";
import { assertFilePath } from "../s3/keys.ts";
import type { Exchange } from "../s3/exchange.ts";
import type { ByteRange, ReadOptions } from "../types/files.ts";
import { type OperationContext, withGrant } from "./operation_context.ts";
import { type OpenRead, prepareGetObject, readPurpose, shortBody } from "./get_object.ts";
import { tooLarge } from "./file_purpose.ts";
import { MAX_PARTS, maxFileSizeBytes } from "./part_plan.ts";
import { isSuffix } from "./byte_range.ts";
import { beginVerification, createDamageCheck } from "./verification.ts";

/** Reads a file or a range; verifies a whole file by its stored checksum. */
export async function read(
  context: OperationContext,
  path: string,
  options: ReadOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  assertFilePath(path);
  const { maxBytes = Infinity, signal } = options;
  const range = limitRange(options.range, maxBytes);
  const isSameDamage = createDamageCheck();
  const get = prepareGetObject(context, path, { ...options, range, takesWhole: options.range === undefined });
  try {
    const received = await withGrant(context, (grant) => get(grant, receive), signal);
    if (received instanceof Uint8Array) return received;
    if (received instanceof IntegrityError) throw received;
    const { readSlices } = await import("./read_slices.ts");
    return await readSlices(context, received, signal);
  } catch (error) {
    // An empty file has no ranges. This range is at its end, or came from `maxBytes`, not from the caller.
    const { range } = options;
    if (error instanceof RangeNotSatisfiableError && (range === undefined || isSuffix(range))) return new Uint8Array();
    throw error;
  }

  /** Reads the body; leaves a large one unread, for slices that can be retried one by one. */
  async function receive(open: OpenRead): Promise<Uint8Array<ArrayBuffer> | OpenRead | IntegrityError> {
    const { exchange, range: { length } } = open;
    if ((length ?? 0) > maxBytes) throw tooLarge(readPurpose(path), maxBytes);
    if (length !== undefined && length > 2 * context.download.partSizeBytes && isPinnable(exchange)) return open;
    const verification = beginVerification(context, open, signal);
    try {
      const bytes = await exchange.bytes(Math.min(maxBytes, length ?? Infinity), length);
      if (bytes.byteLength > maxBytes) throw tooLarge(readPurpose(path), maxBytes);
      if (length !== undefined && bytes.byteLength !== length) throw shortBody(path, bytes.byteLength, length);
      await verification?.update(bytes);
      await verification?.finish();
      return bytes;
    } catch (error) {
      // Returned, as what is thrown is tried again.
      if (error instanceof IntegrityError && isSameDamage(error)) return error;
      throw error;
    } finally {
      verification?.stop();
    }
  }
}

/** Whether a strong ETag can tie all slices to the same content. */
function isPinnable({ headers }: Exchange): boolean {
  return readEtag(headers.get("etag"))?.startsWith('"') ?? false;
}

/** Limits the range to one byte more than allowed, which shows that the file is too large. */
function limitRange(range: ByteRange | undefined, maxBytes: number): ByteRange | undefined {
  if (maxBytes >= maxFileSizeBytes({ maxParts: MAX_PARTS }) || (range !== undefined && "suffixLength" in range)) {
    return range;
  }
  const { offset, length = Infinity } = range ?? { offset: 0 };
  return { offset, length: Math.min(length, maxBytes + 1) };
}
