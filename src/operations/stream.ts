import { sleep } from "../async/abort.ts";
import { readEtag } from "../s3/headers.ts";
import { withPurpose } from "../s3/failure.ts";
import { isTransient, retryDelayMs } from "../s3/retry.ts";
import type { FileStream, StreamOptions } from "../types/files.ts";
import { type OperationContext, withGrant } from "./context.ts";
import { readFileInfo } from "./file_info.ts";
import { type BegunRead, getMore, prepareGetObject, readPurpose, shortBody } from "./get_object.ts";
import { beginVerification, type Verification } from "./verification.ts";

/** A file, or a range of it, as a stream that survives broken connections. */
export async function stream(
  context: OperationContext,
  path: string,
  options: StreamOptions = {},
): Promise<FileStream> {
  const get = prepareGetObject(context, path, options);
  const begun = await withGrant(
    context,
    (grant) => get(grant, (begun) => Promise.resolve(begun)),
    options.signal,
  );
  const { exchange, answered } = begun;
  exchange.rest();
  return {
    info: readFileInfo(path, exchange.headers, answered.size),
    range: { offset: answered.offset, length: answered.length ?? answered.size - answered.offset },
    body: createBody(context, begun, options.signal),
  };
}

/** Reads on demand only; a failed read goes on with a new request from the byte it had. */
function createBody(
  context: OperationContext,
  begun: BegunRead,
  callers: AbortSignal | undefined,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const { path, answered: { offset, length } } = begun;
  const etag = readEtag(begun.exchange.headers.get("etag"));
  let { exchange } = begun;
  let verification: Verification | undefined;
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
        failures = 0;
        return chunk;
      } catch (error) {
        await exchange.cancel();
        signal.throwIfAborted();
        failures++;
        // Without a tag nothing tells whether the rest still belongs to what has been handed out.
        const canResume = isTransient(error) && etag !== undefined && failures < context.retry.maxAttempts;
        if (!canResume || length === undefined || received >= length) throw withPurpose(error, readPurpose(path));
        await sleep(retryDelayMs(failures, context.retry), signal);
        const range = { offset: offset + received, length: length - received };
        exchange = await getMore(context, begun, {
          range,
          etag,
          signal,
          receive: (exchange) => Promise.resolve(exchange),
        });
      }
    }
  }

  return new ReadableStream({
    async pull(controller) {
      try {
        if (received === 0) verification ??= beginVerification(context, begun, signal);
        const chunk = await nextChunk();
        if (chunk !== undefined) {
          await verification?.update(chunk);
          return controller.enqueue(chunk);
        }
        await verification?.finish();
        controller.close();
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
