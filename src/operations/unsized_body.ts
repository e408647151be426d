import { RangeNotSatisfiableError } from "../errors.ts";
import { collectBytes } from "../async/collect_bytes.ts";
import type { S3Request } from "../s3/s3_request.ts";
import type { Exchange } from "../s3/exchange.ts";
import { readEtag } from "../s3/headers.ts";
import type { ByteRange } from "../types/files.ts";
import { isDecoded, readResponseRange, sliceOf } from "./byte_range.ts";
import {
  AS_STORED,
  changedMeanwhile,
  isSized,
  type OpenRead,
  openRead,
  type SizedRead,
  storedEncoding,
} from "./get_object.ts";
import { continueWithGrant, type OperationContext } from "./operation_context.ts";

/**
 * The size of a file whose HEAD has no length: that of a GET of its first byte, otherwise the number of bytes of a GET.
 *
 * @param head The request.
 */
export async function findSize(context: OperationContext, head: S3Request): Promise<number> {
  const query = head.grant.isAnonymous ? {} : AS_STORED;
  const first: S3Request = { ...head, operation: "GetObject", method: "GET", query, headers: { range: "bytes=0-0" } };
  try {
    const size = await context.client.send(first, async (exchange) => {
      const range = readResponseRange(exchange, exchange.status === 200 ? undefined : FIRST_BYTE);
      if (range === undefined && exchange.status === 200 && !isDecoded(exchange.headers)) {
        return await countBytes(exchange);
      }
      // Something may fail to decode the part, and leave the range as it was.
      const isTrue = exchange.status === 200 || await hasOneByte(exchange);
      await exchange.cancel();
      return isTrue ? range?.size : undefined;
    });
    return size ?? await countObject(context, head);
  } catch (error) {
    if (error instanceof RangeNotSatisfiableError) return 0;
    throw error;
  }
}

async function hasOneByte(exchange: Exchange): Promise<boolean> {
  try {
    return (await exchange.bytes(1)).byteLength === 1;
  } catch {
    return false;
  }
}

/** The number of bytes that a GET of the whole object has in the end, decoded if it has a `Content-Encoding`. */
export async function countObject(context: OperationContext, head: S3Request): Promise<number> {
  const request: S3Request = { ...head, operation: "GetObject", method: "GET", headers: {}, acceptsCodings: true };
  return await context.client.send(request, countBytes);
}

async function countBytes(exchange: Pick<Exchange, "next">): Promise<number> {
  let count = 0;
  for (let chunk = await exchange.next(); chunk !== undefined; chunk = await exchange.next()) count += chunk.byteLength;
  return count;
}

/**
 * Requests all bytes of the file as a range, which proxies do not compress.
 *
 * @returns The given read if the response does not say either which bytes it has.
 */
export async function openByRange(
  context: OperationContext,
  open: OpenRead,
  signal: AbortSignal | undefined,
): Promise<OpenRead> {
  const { path, request, isVerified: verify, exchange: { headers: plain } } = open;
  const headers = { ...request.headers, range: "bytes=0-" };
  try {
    return await continueWithGrant(
      context,
      request.grant,
      (grant) =>
        context.client.send({ ...request, grant, headers, signal }, async (exchange) => {
          const sent = { ...request, grant };
          const contentEncoding = isDecoded(plain) ? storedEncoding(plain, exchange.headers) : open.contentEncoding;
          const next = openRead(exchange, { path, sent, range: { offset: 0 }, verify, contentEncoding });
          const etag = readEtag(exchange.headers.get("etag"));
          const isSame = etag !== null && etag === readEtag(plain.get("etag"));
          const [taken, left] = isSized(next) ? [{ ...next, ...isSame && { whole: plain } }, open] : [open, next];
          await left.exchange.cancel();
          return taken;
        }),
      signal,
    );
  } catch (error) {
    if (error instanceof RangeNotSatisfiableError) {
      // An empty file has no ranges.
      return { ...open, range: { offset: 0, length: 0, size: 0 }, isAsStored: true };
    }
    await open.exchange.cancel();
    throw error;
  }
}

/**
 * Requests a file again whose responses never say which bytes they have, as they are encoded on their way. Whether a
 * runtime decodes what it has not asked for depends on the runtime, so it may ask for it here.
 */
export async function receiveDecoded<T>(
  context: OperationContext,
  { path, request, isVerified: verify, exchange }: OpenRead,
  { signal, receive }: { signal: AbortSignal | undefined; receive: (open: OpenRead) => Promise<T> },
): Promise<T> {
  await exchange.cancel();
  const { range: _, ...headers } = request.headers ?? {};
  return await continueWithGrant(context, request.grant, (grant) => {
    const sent = { ...request, grant, headers, acceptsCodings: true, signal };
    const open = { path, sent, range: undefined, verify, contentEncoding: null };
    return context.client.send(sent, (exchange) => receive({ ...openRead(exchange, open), isAsStored: false }));
  }, signal);
}

/**
 * Opens such a file, or a range of it. Its bytes are counted first, so it is read twice.
 *
 * @throws {RangeNotSatisfiableError} If the range starts after the end of the file.
 * @throws {PreconditionFailedError} If the file changes meanwhile.
 */
export async function openCounted(
  context: OperationContext,
  open: OpenRead,
  { range, signal }: { range?: ByteRange | undefined; signal?: AbortSignal | undefined },
): Promise<SizedRead> {
  const { path } = open;
  const count = async ({ exchange }: OpenRead) => ({ size: await countBytes(exchange), headers: exchange.headers });
  const counted = await receiveDecoded(context, open, { signal, receive: count });
  const slice = sliceOf(range, counted.size);
  const cutOut = (whole: OpenRead): Promise<SizedRead> => {
    if (readEtag(whole.exchange.headers.get("etag")) !== readEtag(counted.headers.get("etag"))) {
      throw changedMeanwhile(path);
    }
    const exchange = slice.length === slice.size ? whole.exchange : cut(whole.exchange, slice);
    return Promise.resolve({ ...whole, exchange, range: slice });
  };
  return await receiveDecoded(context, open, { signal, receive: cutOut });
}

/** Passes on only a part of a body. */
function cut(
  exchange: OpenRead["exchange"],
  { offset, length }: { offset: number; length: number },
): SizedRead["exchange"] {
  let skipped = offset;
  let left = length;
  const next = async () => {
    while (left > 0) {
      const chunk = await exchange.next();
      if (chunk === undefined) return undefined;
      const kept = chunk.subarray(Math.min(skipped, chunk.byteLength));
      skipped -= chunk.byteLength - kept.byteLength;
      const bytes = kept.subarray(0, left);
      left -= bytes.byteLength;
      if (bytes.byteLength > 0) return bytes;
    }
    await exchange.cancel();
    return undefined;
  };
  return {
    status: exchange.status,
    headers: exchange.headers,
    firstByteMs: exchange.firstByteMs,
    next,
    bytes: (maxBytes) => collectBytes(next, maxBytes === undefined ? {} : { maxBytes }),
    rest: () => exchange.rest(),
    cancel: () => exchange.cancel(),
  };
}

const FIRST_BYTE = { offset: 0, length: 1 };
