import { IntegrityError, PreconditionFailedError } from "../errors.ts";
import type { S3Request } from "../s3/s3_request.ts";
import { readEtag, strongTag } from "../s3/headers.ts";
import type { Exchange } from "../s3/exchange.ts";
import type { Grant } from "../s3/grant.ts";
import type { StreamOptions } from "../types/files.ts";
import { isDecoded, readResponseRange, type ResponseRange, toRangeHeader } from "./byte_range.ts";
import { continueWithGrant, keyOf, type OperationContext, quote } from "./operation_context.ts";
import { WITH_CHECKSUM } from "./file_info.ts";
import type { FilePurpose } from "./file_purpose.ts";
import { assertHeaderValue } from "./object_headers.ts";

/** The response to a GetObject whose body has not been read yet. */
export interface OpenRead {
  readonly path: string;
  /** The request as it was sent. */
  readonly request: S3Request;
  readonly exchange: Exchange;
  readonly range: ResponseRange;
  /** Whether the bytes are compared with their checksum. */
  readonly isVerified: boolean;
  /** The `Content-Encoding` that the object is stored with. */
  readonly contentEncoding: string | null;
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
    return sendForStoredBytes(
      context,
      request,
      (exchange, request, contentEncoding) => {
        const responseRange = readResponseRange(exchange, takesWhole && exchange.status === 200 ? undefined : range);
        return receive({ path, request, exchange, range: responseRange, isVerified: verify, contentEncoding });
      },
    );
  };
}

/**
 * The runtime's `fetch` decodes a body with a `Content-Encoding`; lengths, ranges and checksums describe the stored
 * bytes. Such an object is requested again without that header.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html#API_GetObject_RequestSyntax
 */
async function sendForStoredBytes<T>(
  { client }: OperationContext,
  request: S3Request,
  receive: (exchange: Exchange, sent: S3Request, contentEncoding: string | null) => Promise<T>,
): Promise<T> {
  let contentEncoding: string | null = null;
  const received = await client.send(request, async (exchange) => {
    contentEncoding = exchange.headers.get("content-encoding");
    if (!isDecoded(exchange.headers)) return { value: await receive(exchange, request, contentEncoding) };
    await exchange.cancel();
    return undefined;
  });
  if (received !== undefined) return received.value;
  const asStored = { ...request, query: AS_STORED };
  return await client.send(asStored, (exchange) => receive(exchange, asStored, contentEncoding));
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
  const headers = { range: toRangeHeader(range) ?? "", "if-match": strongTag(etag) };
  return await continueWithGrant(
    context,
    request.grant,
    (grant) =>
      context.client.send({ ...request, grant, headers, signal }, (exchange) => {
        readResponseRange(exchange, range);
        if (readEtag(exchange.headers.get("etag")) === etag) return receive(exchange);
        throw new PreconditionFailedError(`Cannot read ${quote(path)}: it has changed meanwhile`, { path });
      }),
    signal,
  );
}

/** The purpose of reading a file. */
export function readPurpose(path: string): FilePurpose {
  return { action: `read ${quote(path)}`, path, isObjectRead: true };
}

/** The error for a body that is shorter or longer than announced. */
export function shortBody(path: string, actual: number, expected: number): IntegrityError {
  return new IntegrityError(`Cannot read ${quote(path)}: ${actual} bytes arrived of ${expected}`, {
    code: "ShortBody",
    path,
  });
}
