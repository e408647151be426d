import { eitherSignal } from "../async/abort.ts";
import { RangeNotSatisfiableError } from "../errors.ts";
import { isStrong } from "../s3/headers.ts";
import { assertFilePath } from "../s3/keys.ts";
import type { FileStream, StreamOptions } from "../types/files.ts";
import { type OperationContext, withGrant } from "./operation_context.ts";
import { isSuffix, isTranscoded, toRangeHeader } from "./byte_range.ts";
import { readFileInfo } from "./file_info.ts";
import { isSized, type OpenRead, prepareGetObject, type SizedRead } from "./get_object.ts";
import { createRangeReader } from "./range_reader.ts";
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
  const { openByRange } = await import("./unsized_body.ts");
  const whole = await openByRange(context, open, options.signal);
  whole.exchange.rest();
  return whole;
}

async function openSized(context: OperationContext, path: string, options: StreamOptions): Promise<SizedRead> {
  const open = await openStream(context, path, options);
  if (isSized(open)) return open;
  const { openCounted } = await import("./unsized_body.ts");
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
  /** Since the last look at the speed. */
  let waitedMs = 0;
  let arrivedBytes = 0;
  let slowLooks = 0;

  async function nextChunk(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const beganMs = Date.now();
    const chunk = await reader.next();
    received += chunk?.byteLength ?? 0;
    if (!isWatched || chunk === undefined) return chunk;
    waitedMs += Math.min(Date.now() - beganMs, LONGEST_WAIT_MS);
    arrivedBytes += chunk.byteLength;
    if (waitedMs < LOOK_MS) return chunk;
    slowLooks = arrivedBytes < waitedMs * FAST_BYTES_PER_MS ? slowLooks + 1 : 0;
    if (slowLooks === SLOW_LOOKS && isSized(open)) {
      isWatched = false;
      if (open.range.length - received > 2 * context.download.partSizeBytes) await readOverSeveral(open);
    }
    waitedMs = 0;
    arrivedBytes = 0;
    return chunk;
  }

  async function readOverSeveral(open: SizedRead): Promise<void> {
    const { readAhead } = await import("./read_ahead.ts");
    signal.throwIfAborted();
    reader = readAhead(context, open, { first: reader, begin: received, signal });
  }

  return new ReadableStream({
    async pull(controller) {
      try {
        if (received === 0 && isSized(open)) verification ??= beginVerification(context, open, signal);
        const chunk = await nextChunk();
        if (chunk !== undefined) await verification?.update(chunk);
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

/** Whether the body is large, and a strong ETag ties all requests to the same content. */
function mayReadAhead({ download }: OperationContext, { exchange, isAsStored, range: { length } }: SizedRead): boolean {
  return isAsStored && length > 2 * download.partSizeBytes && download.concurrency > 1 &&
    isStrong(exchange.headers.get("etag"));
}

/** A connection is slow if it carries less than 1 Gbit/s: then several carry more. */
const FAST_BYTES_PER_MS = 125_000;
/** Waiting between two looks. A single pause, of the store or of this process, counts as at most 20 ms. */
const LOOK_MS = 100;
const LONGEST_WAIT_MS = 20;
/** A connection is slow at first also where it is fast later, as on loopback. */
const SLOW_LOOKS = 3;
