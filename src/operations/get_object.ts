import { IntegrityError, PreconditionFailedError } from "../errors.ts";
import type { S3Request } from "../s3/s3_request.ts";
import { isStrong, readEtag, strongTag, WITH_CHECKSUM } from "../s3/headers.ts";
import type { Exchange } from "../s3/exchange.ts";
import type { Grant } from "../s3/grant.ts";
import type { ByteRange, StreamOptions } from "../types/files.ts";
import {
  isDecoded,
  isPartial,
  isTranscoded,
  readResponseRange,
  type ResponseRange,
  toRangeHeader,
} from "./byte_range.ts";
import { invalidResponse } from "../s3/invalid_response.ts";
import { continueWithGrant, keyOf, type OperationContext, quote } from "./operation_context.ts";
import { assertHeaderValue, type FilePurpose } from "./file_purpose.ts";

/** The response to a GetObject whose body has not been read yet. */
export interface OpenRead {
  readonly path: string;
  /** The request as it was sent. */
  readonly request: S3Request;
  readonly exchange: Pick<Exchange, "status" | "headers" | "firstByteMs" | "next" | "bytes" | "rest" | "cancel">;
  /** The bytes in the response; `undefined` if it does not say. */
  readonly range: ResponseRange | undefined;
  /** Whether the bytes are compared with their checksum. */
  readonly isVerified: boolean;
  /** Whether they are the stored bytes, so that more of them can be requested by their place in the file. */
  readonly isAsStored: boolean;
  /** The `Content-Encoding` that the object is stored with; `undefined` if it was removed on its way. */
  readonly contentEncoding: string | null | undefined;
  /** The headers of another response with the same tag, which may have the checksum that a range has not. */
  readonly whole?: Headers | undefined;
}

/** An open read whose bytes are known. */
export type SizedRead = OpenRead & { readonly range: ResponseRange };

/** Whether the bytes of an open read are known. */
export function isSized(open: OpenRead): open is SizedRead {
  return open.range !== undefined;
}

/**
 * GetObject. https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
 *
 * @param options `takesWhole`: whether the response may have the whole file in place of the range. Default `false`.
 * @returns A function that sends the request; the options have been checked.
 */
export function prepareGetObject(
  context: OperationContext,
  path: string,
  { range, ifMatch, verify = true, takesWhole = false, signal }: StreamOptions & { takesWhole?: boolean },
): <T>(grant: Grant, receive: (open: OpenRead) => Promise<T>) => Promise<T> {
  if (ifMatch !== undefined) assertHeaderValue("ifMatch", ifMatch, readPurpose(path));
  const rangeHeader = toRangeHeader(range);
  const headers = {
    ...verify && WITH_CHECKSUM,
    ...rangeHeader !== undefined && { range: rangeHeader },
    ...ifMatch !== undefined && { "if-match": strongTag(ifMatch) },
  };
  return (grant, receive) => {
    const request: S3Request = {
      operation: "GetObject",
      ...readPurpose(path),
      method: "GET",
      grant,
      key: keyOf(context, grant, path),
      headers,
      signal,
    };
    const open = (exchange: Exchange, sent: S3Request, contentEncoding: OpenRead["contentEncoding"]): OpenRead => {
      assertMatch(exchange, ifMatch, path);
      const wanted = takesWhole && !isPartial(exchange) ? undefined : range;
      return openRead(exchange, { path, sent, range: wanted, verify, contentEncoding });
    };
    return sendForStoredBytes(context, request, { open, receive });
  };
}

/** Some stores ignore `If-Match`, and answer with what is there. */
function assertMatch({ headers }: Exchange, ifMatch: string | undefined, path: string): void {
  const wanted = strongTag(ifMatch ?? "");
  const stored = readEtag(headers.get("etag"));
  // `*` and lists of tags are left to the store.
  if (!/^"[^"]*"$/.test(wanted) || stored === null || stored === wanted) return;
  const reason = "its ETag is not that of ifMatch, which the store has ignored";
  throw new PreconditionFailedError(`Cannot read ${quote(path)}: ${reason}`, { path });
}

/**
 * Lengths, ranges and checksums describe the stored bytes, but the runtime's `fetch` decodes a body with a
 * `Content-Encoding`, and proxies and older releases of Deno do without a trace but the missing length. Such an object
 * is requested again without that header.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html#API_GetObject_RequestSyntax
 */
async function sendForStoredBytes<T>(
  { client }: OperationContext,
  request: S3Request,
  { open, receive }: {
    open: (exchange: Exchange, sent: S3Request, contentEncoding: OpenRead["contentEncoding"]) => OpenRead;
    receive: (open: OpenRead) => Promise<T>;
  },
): Promise<T> {
  let plain: Headers | undefined;
  const received = await client.send(request, async (exchange) => {
    const { headers } = exchange;
    const first = open(exchange, request, headers.get("content-encoding"));
    const isSure = isSized(first) && (exchange.status !== 206 || headers.has("content-length"));
    // Unsigned requests must not have the query, and transcoding ignores it.
    if (isSure || request.grant.isAnonymous || isTranscoded(headers)) return { value: await receive(first) };
    plain = headers;
    await exchange.cancel();
    return undefined;
  });
  if (received !== undefined) return received.value;
  const asStored = { ...request, query: AS_STORED };
  return await client.send(asStored, (exchange) => {
    return receive(open(exchange, asStored, storedEncoding(plain ?? exchange.headers, exchange.headers)));
  });
}

/**
 * An open read of a response.
 *
 * @param facts `range`: the requested bytes. `contentEncoding`: the one that the object is stored with.
 */
export function openRead(
  exchange: Exchange,
  { path, sent, range, verify, contentEncoding }: {
    path: string;
    sent: S3Request;
    range: ByteRange | undefined;
    verify: boolean;
    contentEncoding: OpenRead["contentEncoding"];
  },
): OpenRead {
  const responseRange = readResponseRange(exchange, range);
  const isAsStored = responseRange !== undefined;
  return {
    path,
    request: sent,
    exchange,
    range: responseRange,
    isVerified: verify && (isAsStored || !isOtherContent(exchange.headers)),
    isAsStored,
    contentEncoding,
  };
}

/**
 * The `Content-Encoding` that an object is stored with, from a response that does not say which bytes it has.
 *
 * @param asStored The headers of the response without `Content-Encoding`. If only that has a length, something decodes.
 */
export function storedEncoding(plain: Headers, asStored: Headers): OpenRead["contentEncoding"] {
  const length = plain.get("content-length");
  if (!isDecoded(plain)) return asStored.has("content-length") ? undefined : null;
  // Otherwise it is that of a proxy, whose tag is weak and whose length is not that of the stored bytes.
  const isStored = isStrong(plain.get("etag")) || (length !== null && length === asStored.get("content-length"));
  return isStored ? plain.get("content-encoding") : null;
}

/** Whether decoding makes other bytes than the checksum is of, rather than undoing the compression of a proxy. */
function isOtherContent(headers: Headers): boolean {
  return isTranscoded(headers) || (isDecoded(headers) && !isCompressedOnWay(headers));
}

/** Proxies that compress leave out the length and weaken the tag. */
function isCompressedOnWay(headers: Headers): boolean {
  return isDecoded(headers) && !headers.has("content-length") && !isStrong(headers.get("etag"));
}

/** The query that removes `Content-Encoding` from a response. */
export const AS_STORED: Readonly<Record<string, string>> = { "response-content-encoding": "identity" };

/**
 * Requests other bytes of the same content as an open read.
 *
 * @param options `etag`: the tag of that content. `range`: bytes of the whole file.
 * @throws {PreconditionFailedError} If the file has changed meanwhile.
 */
export async function getMore<T>(
  context: OperationContext,
  { path, request }: OpenRead,
  { range, etag, signal, receive }: {
    range: { offset: number; length: number };
    etag: string;
    signal: AbortSignal;
    receive: (exchange: Exchange) => Promise<T>;
  },
): Promise<T> {
  const headers = { range: toRangeHeader(range) ?? "", "if-match": etag };
  return await continueWithGrant(
    context,
    request.grant,
    (grant) =>
      context.client.send({ ...request, grant, headers, signal }, (exchange) => {
        if (readResponseRange(exchange, range) === undefined) {
          throw invalidResponse("it does not say which bytes it has");
        }
        if (readEtag(exchange.headers.get("etag")) === etag) return receive(exchange);
        throw changedMeanwhile(path);
      }),
    signal,
  );
}

/** The purpose of reading a file. */
export function readPurpose(path: string): FilePurpose {
  return { action: `read ${quote(path)}`, path, isObjectRead: true };
}

/** The error for a file that is not the one whose reading began. */
export function changedMeanwhile(path: string): PreconditionFailedError {
  return new PreconditionFailedError(`Cannot read ${quote(path)}: it has changed meanwhile`, { path });
}

/** The error for a body that is shorter or longer than announced. */
export function shortBody(path: string, actual: number, expected: number): IntegrityError {
  return new IntegrityError(`Cannot read ${quote(path)}: ${actual} bytes arrived of ${expected}`, {
    code: "ShortBody",
    path,
  });
}
