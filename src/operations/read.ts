import { IntegrityError, RangeNotSatisfiableError, ServiceError } from "../errors.ts";
import { isStrong } from "../s3/headers.ts";
import { assertFilePath } from "../s3/keys.ts";
import { loaded } from "../s3/lazy_module.ts";
import type { ByteRange, ReadOptions } from "../types/files.ts";
import { type OperationContext, withGrant } from "./operation_context.ts";
import { isSized, type OpenRead, prepareGetObject, readPurpose, shortBody, type SizedRead } from "./get_object.ts";
import { tooLarge } from "./file_purpose.ts";
import { MAX_PARTS, maxFileSizeBytes } from "./part_plan.ts";
import { isDecoded, isSuffix } from "./byte_range.ts";
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
    if (isSized(received)) return await readLarge(received);
    return await readUnsized(received);
  } catch (error) {
    const { range } = options;
    if (!(error instanceof RangeNotSatisfiableError)) throw error;
    // An empty file has no ranges. This one came from `maxBytes`, not from the caller.
    if (range === undefined) return new Uint8Array();
    if (!isSuffix(range)) throw error;
    // Some stores refuse more bytes than the file has.
    const { headObject } = await loaded(import("./stat.ts"), readPurpose(path).action);
    const { info: { size } } = await withGrant(
      context,
      (grant) => headObject(context, grant, { path, signal }),
      signal,
    );
    if (size === 0) return new Uint8Array();
    if (size > range.suffixLength) throw error;
    return await read(context, path, { ...options, range: undefined });
  }

  /**
   * Reads the body; leaves one unread that is large, for slices that can be retried one by one, or not as requested.
   */
  async function receive(open: OpenRead): Promise<Uint8Array<ArrayBuffer> | OpenRead | IntegrityError> {
    const { exchange, range: { length } = { length: undefined } } = open;
    if ((length ?? 0) > maxBytes) throw tooLarge(readPurpose(path), maxBytes);
    if (length === undefined && (options.range !== undefined || isDecoded(exchange.headers))) return open;
    if (length !== undefined && length > 2 * context.download.partSizeBytes && isPinnable(exchange)) return open;
    return await readBody(open);
  }

  async function readBody(open: OpenRead): Promise<Uint8Array<ArrayBuffer> | IntegrityError> {
    const { exchange, range: { length } = { length: undefined } } = open;
    let verification = isSized(open) ? beginVerification(context, open, signal) : undefined;
    try {
      const bytes = await collect(exchange, length);
      if (!isSized(open)) {
        const range = { offset: 0, length: bytes.byteLength, size: bytes.byteLength };
        verification = beginVerification(context, { ...open, range }, signal);
      }
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

  /** Reads in slices, or at once if the store ignores ranges. */
  async function readLarge(open: SizedRead): Promise<Uint8Array<ArrayBuffer>> {
    const { readSlices } = await loaded(import("./read_slices.ts"), readPurpose(path).action);
    try {
      return await readSlices(context, open, signal);
    } catch (error) {
      if (!(error instanceof ServiceError) || error.code !== "RangeIgnored") throw error;
    }
    const whole = await withGrant(context, (grant) => get(grant, readBody), signal);
    if (whole instanceof IntegrityError) throw whole;
    return whole;
  }

  /** Reads a body that is decoded on its way. */
  async function readUnsized(open: OpenRead): Promise<Uint8Array<ArrayBuffer>> {
    const { openCounted, receiveDecoded } = await loaded(import("./unsized_body.ts"), readPurpose(path).action);
    const { range } = options;
    const received = range === undefined
      ? await receiveDecoded(context, open, { signal, receive: readBody })
      : await readAndClose(await openCounted(context, open, { range, signal }));
    if (received instanceof IntegrityError) throw received;
    return received;
  }

  async function readAndClose(open: OpenRead): Promise<Uint8Array<ArrayBuffer> | IntegrityError> {
    try {
      return await readBody(open);
    } finally {
      await open.exchange.cancel();
    }
  }

  async function collect(exchange: OpenRead["exchange"], length: number | undefined): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = await exchange.bytes(Math.min(maxBytes, length ?? Infinity), length);
    if (bytes.byteLength > maxBytes) throw tooLarge(readPurpose(path), maxBytes);
    if (length !== undefined && bytes.byteLength !== length) throw shortBody(path, bytes.byteLength, length);
    return bytes;
  }
}

/** Whether a strong ETag can tie all slices to the same content. */
function isPinnable({ headers }: OpenRead["exchange"]): boolean {
  return isStrong(headers.get("etag"));
}

/** Limits the range to one byte more than allowed, which shows that the file is too large. */
function limitRange(range: ByteRange | undefined, maxBytes: number): ByteRange | undefined {
  if (maxBytes >= maxFileSizeBytes({ maxParts: MAX_PARTS }) || isSuffix(range)) {
    return range;
  }
  const { offset, length = Infinity } = range ?? { offset: 0 };
  return { offset, length: Math.min(length, maxBytes + 1) };
}
