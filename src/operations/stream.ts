import { eitherSignal, sleep } from "../async/abort.ts";
import { RangeNotSatisfiableError } from "../errors.ts";
import { readEtag } from "../s3/headers.ts";
import { withPurpose } from "../s3/failure.ts";
import { assertFilePath } from "../s3/keys.ts";
import { isTransient, retryDelayMs } from "../s3/retry.ts";
import type { FileStream, StreamOptions } from "../types/files.ts";
import { type OperationContext, withGrant } from "./operation_context.ts";
import { isSuffix, isTranscoded, toRangeHeader } from "./byte_range.ts";
import { readFileInfo } from "./file_info.ts";
import {
  getMore,
  isSized,
  type OpenRead,
  prepareGetObject,
  readPurpose,
  shortBody,
  type SizedRead,
} from "./get_object.ts";
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

/** Reads on demand. After a transient failure, requests the rest from the last byte received. */
export function createBody(
  context: OperationContext,
  open: OpenRead,
  callers: AbortSignal | undefined,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const { path, isAsStored, range: { offset, length } = { offset: 0, length: undefined } } = open;
  const etag = readEtag(open.exchange.headers.get("etag"));
  let { exchange } = open;
  let verification: Verification | undefined;
  let received = 0;
  let failures = 0;
  const stopped = new AbortController();
  const signal = eitherSignal(callers, stopped.signal);

  async function nextChunk(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    while (true) {
      try {
        const chunk = await exchange.next();
        if (length === undefined) return chunk;
        received += chunk?.byteLength ?? 0;
        if (chunk === undefined ? received < length : received > length) throw shortBody(path, received, length);
        if (chunk?.byteLength === 0) continue;
        failures = 0;
        return chunk;
      } catch (error) {
        await exchange.cancel();
        signal.throwIfAborted();
        failures++;
        // Without an ETag, the rest may belong to other content than the bytes already returned.
        const canResume = isTransient(error) && isAsStored && etag !== null && failures < context.retry.maxAttempts;
        if (!canResume || length === undefined || received >= length) throw withPurpose(error, readPurpose(path));
        await sleep(retryDelayMs(failures, context.retry), signal);
        const range = { offset: offset + received, length: length - received };
        exchange = await getMore(context, open, { range, etag, signal, receive: (next) => Promise.resolve(next) });
      }
    }
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
        await exchange.cancel();
        throw error;
      }
    },
    cancel(reason) {
      stopped.abort(reason);
      return exchange.cancel();
    },
  }, { highWaterMark: 0 });
}
