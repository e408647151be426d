import { eitherSignal } from "../async/abort.ts";
import { RangeNotSatisfiableError } from "../errors.ts";
import { isStrong } from "../s3/headers.ts";
import { assertFilePath } from "../s3/keys.ts";
import { loaded } from "../s3/lazy_module.ts";
import type { FileStream, StreamOptions } from "../types/files.ts";
import { type OperationContext, withGrant } from "./operation_context.ts";
import { isSuffix, isTranscoded, toRangeHeader } from "./byte_range.ts";
import { readFileInfo } from "./file_info.ts";
import { isSized, type OpenRead, prepareGetObject, readPurpose, type SizedRead } from "./get_object.ts";
import { createRangeReader } from "./range_reader.ts";
import { watchSpeed } from "./watch_speed.ts";
import { beginVerification, type Verification } from "./verification.ts";

/** Streams a file or a range, and resumes after a broken connection. */
export async function stream(
  context: OperationContext,
  path: string,
  options: StreamOptions = {},
): Promise<FileStream> {
  assertFilePath(path);
  const open = await openSized(context, path, options).catch(async (error) => {
    const { range } = options;
    if (!(error instanceof RangeNotSatisfiableError && isSuffix(range))) throw error;
    // The last bytes of an empty file, which has none; some stores also refuse more bytes than the file has.
    const whole = await openSized(context, path, { ...options, range: undefined });
    if (whole.range.size <= range.suffixLength) return whole;
    await whole.exchange.cancel();
    throw error;
  });
  const { exchange, isAsStored, range: { offset, size, length } } = open;
  const info = readFileInfo(path, exchange.headers, size);
  return {
    // The hash is that of the stored bytes.
    info: isAsStored ? info : { ...info, contentHash: null },
    range: { offset, length },
    body: createBody(context, open, options.signal),
  };
}

/** Requests a file or a range, and leaves its body unread. */
export async function openStream(context: OperationContext, path: string, options: StreamOptions): Promise<OpenRead> {
  const get = prepareGetObject(context, path, options);
  const open = await withGrant(context, (grant) => get(grant, (open) => Promise.resolve(open)), options.signal);
  open.exchange.rest();
  const isPart = toRangeHeader(options.range) !== undefined;
  if (isSized(open) || isPart || isTranscoded(open.exchange.headers)) return open;
  const { openByRange } = await loaded(import("./unsized_body.ts"), readPurpose(path).action);
  const whole = await openByRange(context, open, options.signal);
  whole.exchange.rest();
  return whole;
}

async function openSized(context: OperationContext, path: string, options: StreamOptions): Promise<SizedRead> {
  const open = await openStream(context, path, options);
  if (isSized(open)) return open;
  const { openCounted } = await loaded(import("./unsized_body.ts"), readPurpose(path).action);
  const counted = await openCounted(context, open, options);
  counted.exchange.rest();
  return counted;
}

/**
 * Reads on demand, and verifies a whole file. If a large body arrives slowly, the rest of it comes over several
 * connections.
 */
export function createBody(
  context: OperationContext,
  open: OpenRead,
  callers: AbortSignal | undefined,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const { exchange, range: { offset, length } = { offset: 0, length: undefined } } = open;
  let verification: Verification | undefined;
  let received = 0;
  const stopped = new AbortController();
  const signal = eitherSignal(callers, stopped.signal);
  let reader = createRangeReader(context, open, { offset, length, exchange, signal });
  let isWatched = isSized(open) && mayReadAhead(context, open);
  const isSlow = watchSpeed();

  async function readOverSeveral(open: SizedRead): Promise<void> {
    // If it does not arrive, this connection goes on to the end.
    const module = await import("./read_ahead.ts").catch(() => undefined);
    signal.throwIfAborted();
    if (module !== undefined) reader = module.readAhead(context, open, { first: reader, begin: received, signal });
  }

  return new ReadableStream({
    async pull(controller) {
      try {
        if (received === 0 && isSized(open)) verification ??= beginVerification(context, open, signal);
        const beganMs = Date.now();
        const chunk = await reader.next();
        received += chunk?.byteLength ?? 0;
        if (isWatched && chunk !== undefined && isSized(open) && isSlow(chunk.byteLength, Date.now() - beganMs)) {
          isWatched = false;
          if (open.range.length - received > 2 * context.download.partSizeBytes) await readOverSeveral(open);
        }
        const updated = chunk === undefined ? undefined : verification?.update(chunk);
        // Most of the time there is nothing to wait for, and each promise has a cost.
        if (updated !== undefined) await updated;
        // Before the last chunk is passed on: with all its bytes, the reader may not wait for the end.
        if (chunk === undefined ? received === 0 : received === length) await verification?.finish();
        if (chunk === undefined) controller.close();
        else controller.enqueue(chunk);
      } catch (error) {
        verification?.stop();
        await reader.cancel();
        throw error;
      }
    },
    cancel(reason) {
      stopped.abort(reason);
      return reader.cancel();
    },
  }, { highWaterMark: 0 });
}

/**
 * Whether the body is large, comes from afar, and has a strong ETag, which ties all requests to the same content. Where
 * a store close by is slow, at first or as the machine is busy, more connections take from the first.
 */
function mayReadAhead({ download }: OperationContext, { exchange, isAsStored, range: { length } }: SizedRead): boolean {
  return isAsStored && length > 2 * download.partSizeBytes && download.concurrency > 1 &&
    exchange.firstByteMs >= DISTANT_MS && isStrong(exchange.headers.get("etag"));
}

/** Time to the first byte: mostly below 8 ms on loopback, and above 15 ms from S3 in the same region. */
const DISTANT_MS = 10;
