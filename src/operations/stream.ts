import { PreconditionFailedError } from "../errors.ts";
import { sleep } from "../s3/abort.ts";
import { readEtag } from "../s3/etag.ts";
import type { Exchange } from "../s3/exchange.ts";
import { withPurpose } from "../s3/failure.ts";
import type { Grant } from "../s3/grant.ts";
import { createSha256, toHex } from "../s3/hash.ts";
import { isTransient, retryDelayMs } from "../s3/retry.ts";
import type { FileStream, StreamOptions } from "../types.ts";
import { type AnsweredRange, readAnsweredRange } from "./byte_range.ts";
import { continueWithGrant, type OperationContext, quote, withGrant } from "./context.ts";
import { readFileInfo, readSha256 } from "./file_info.ts";
import { getObject, prepareGetObject, readPurpose } from "./get_object.ts";
import { badDigest, shortBody } from "./read.ts";

/** A file, or a range of it, as a stream that survives broken connections. */
export async function stream(
  context: OperationContext,
  path: string,
  options: StreamOptions = {},
): Promise<FileStream> {
  const request = prepareGetObject(context, path, options);
  const begun = await withGrant(context, (grant) =>
    getObject(context, request(grant), (exchange) => {
      const answered = readAnsweredRange(exchange, options.range);
      return Promise.resolve({ grant, exchange, answered });
    }), options.signal);
  const { exchange, answered } = begun;
  return {
    info: readFileInfo(path, exchange.headers, answered.size),
    range: { offset: answered.offset, length: answered.length ?? answered.size - answered.offset },
    body: createBody(context, path, { ...begun, signal: options.signal }),
  };
}

interface BegunStream {
  readonly grant: Grant;
  readonly exchange: Exchange;
  readonly answered: AnsweredRange;
  readonly signal: AbortSignal | undefined;
}

/** Reads on demand only; a failed read goes on with a new request from the byte it had. */
function createBody(
  context: OperationContext,
  path: string,
  { grant, exchange: first, answered: { offset, length, size }, signal: callers }: BegunStream,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const etag = readEtag(first.headers.get("etag"));
  const expected = offset === 0 && length === size ? readSha256(first.headers) : undefined;
  const hash = expected && createSha256();
  let exchange = first;
  let received = 0;
  let failures = 0;
  const stopped = new AbortController();
  const signal = callers === undefined ? stopped.signal : AbortSignal.any([callers, stopped.signal]);

  async function nextChunk(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    while (true) {
      try {
        const chunk = await exchange.next();
        if (length === undefined) return chunk;
        received += chunk?.byteLength ?? 0;
        if (chunk === undefined ? received < length : received > length) throw shortBody(path, received, length);
        if (chunk?.byteLength === 0) continue;
        if (chunk !== undefined) hash?.update(chunk);
        else if (hash && expected && toHex(hash.digest()) !== toHex(expected)) throw badDigest(path);
        failures = 0;
        return chunk;
      } catch (error) {
        await exchange.cancel();
        signal?.throwIfAborted();
        failures++;
        // Without a tag nothing tells whether the rest still belongs to what has been handed out.
        const canResume = isTransient(error) && etag !== undefined && failures < context.retry.maxAttempts;
        if (!canResume || length === undefined || received >= length) throw withPurpose(error, readPurpose(path));
        await sleep(retryDelayMs(failures, context.retry), signal);
        exchange = await resume(offset + received, length - received, etag);
      }
    }
  }

  async function resume(from: number, rest: number, ifMatch: string): Promise<Exchange> {
    const range = { offset: from, length: rest };
    const request = prepareGetObject(context, path, { range, ifMatch, signal });
    return await continueWithGrant(context, grant, (newest) =>
      getObject(context, request(newest), (exchange) => {
        readAnsweredRange(exchange, range);
        const isSame = readEtag(exchange.headers.get("etag")) === ifMatch;
        if (!isSame) {
          throw new PreconditionFailedError(`Cannot read ${quote(path)}: it has changed meanwhile`, { path });
        }
        return Promise.resolve(exchange);
      }), signal);
  }

  return new ReadableStream({
    async pull(controller) {
      const chunk = await nextChunk();
      if (chunk === undefined) controller.close();
      else controller.enqueue(chunk);
    },
    cancel(reason) {
      stopped.abort(reason);
      return exchange.cancel();
    },
  }, { highWaterMark: 0 });
}
