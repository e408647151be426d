import { sleep } from "../async/abort.ts";
import { withPurpose } from "../s3/purpose.ts";
import { readEtag } from "../s3/headers.ts";
import { isTransient, retryDelayMs } from "../s3/retry.ts";
import { getMore, type OpenRead, readPurpose, shortBody } from "./get_object.ts";
import type { OperationContext } from "./operation_context.ts";

/** Bytes in their order. */
export interface ChunkReader {
  /** The next bytes; `undefined` after the last. */
  next(): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** Closes the connection. Never rejects. */
  cancel(): Promise<void>;
}

/** Which bytes to read. */
export interface ReaderRange {
  /** The first byte of the file. */
  readonly offset: number;
  /** The number of bytes; `undefined` if unknown. */
  readonly length: number | undefined;
  /** The open response, which may have more bytes than these. Default: they are requested at the first read. */
  readonly exchange?: OpenRead["exchange"] | undefined;
  readonly signal: AbortSignal;
}

/**
 * Reads bytes of an open read's content on demand. After a transient failure, requests the rest from the last byte
 * received.
 */
export function createRangeReader(
  context: OperationContext,
  open: OpenRead,
  { offset, length, exchange, signal }: ReaderRange,
): ChunkReader {
  const { path, isAsStored } = open;
  const etag = readEtag(open.exchange.headers.get("etag"));
  /** Where the response ends. */
  let end = exchange === undefined ? length : open.range?.length;
  let received = 0;
  let failures = 0;

  function request(): Promise<OpenRead["exchange"]> {
    const range = { offset: offset + received, length: (length ?? 0) - received };
    end = length;
    // Without an ETag, the bytes may belong to other content than that of the open read.
    return getMore(context, open, { range, etag: etag ?? "", signal, receive: (next) => Promise.resolve(next) });
  }

  return {
    async next() {
      while (true) {
        exchange ??= await request();
        if (length !== undefined && received === length && end !== length) {
          await exchange.cancel();
          return undefined;
        }
        try {
          const chunk = await exchange.next();
          if (length === undefined || end === undefined) return chunk;
          received += chunk?.byteLength ?? 0;
          if (chunk === undefined ? received < end : received > end) throw shortBody(path, received, end);
          if (chunk?.byteLength === 0) continue;
          failures = 0;
          if (received <= length) return chunk;
          const excess = received - length;
          received = length;
          return chunk?.subarray(0, -excess);
        } catch (error) {
          await exchange.cancel();
          signal.throwIfAborted();
          failures++;
          const canResume = isTransient(error) && isAsStored && etag !== null && failures < context.retry.maxAttempts;
          if (!canResume || length === undefined || received >= length) throw withPurpose(error, readPurpose(path));
          await sleep(retryDelayMs(failures, context.retry), signal);
          exchange = await request();
        }
      }
    },
    async cancel() {
      await exchange?.cancel();
    },
  };
}
