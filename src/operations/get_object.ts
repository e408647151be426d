import { IntegrityError, PreconditionFailedError } from "../errors.ts";
import type { S3Request } from "../s3/client.ts";
import { readEtag } from "../s3/headers.ts";
import type { Exchange } from "../s3/exchange.ts";
import type { Purpose } from "../s3/failure.ts";
import type { Grant } from "../s3/grant.ts";
import { assertFilePath } from "../s3/keys.ts";
import type { StreamOptions } from "../types/files.ts";
import { type AnsweredRange, isDecoded, readAnsweredRange, toRangeHeader } from "./byte_range.ts";
import { continueWithGrant, keyOf, type OperationContext, quote } from "./context.ts";
import { WITH_CHECKSUM } from "./file_info.ts";
import { assertHeaderValue } from "./object_headers.ts";

/** Bytes of a large file that are read in one request; the parts of most uploads are as large, so that each is hashed as it is there. */
export const SLICE_BYTES = 8 * 1024 ** 2;

/** A GetObject that has been answered, and whose body is still to come. */
export interface BegunRead {
  readonly path: string;
  /** As it was sent. */
  readonly request: S3Request;
  readonly exchange: Exchange;
  readonly answered: AnsweredRange;
}

/**
 * GetObject, as `read` and `stream` send it. https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
 *
 * @returns What sends it with a grant; path and range have been checked.
 */
export function prepareGetObject(
  context: OperationContext,
  path: string,
  { range, ifMatch, signal }: StreamOptions,
): <T>(grant: Grant, receive: (begun: BegunRead) => Promise<T>) => Promise<T> {
  assertFilePath(path);
  if (ifMatch !== undefined) assertHeaderValue("ifMatch", ifMatch);
  const rangeHeader = toRangeHeader(range);
  const headers = {
    ...WITH_CHECKSUM,
    ...rangeHeader !== undefined && { range: rangeHeader },
    ...ifMatch !== undefined && { "if-match": ifMatch },
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
    return sendForStoredBytes(context, request, (exchange, request) => {
      const answered = readAnsweredRange(exchange, range);
      return receive({ path, request, exchange, answered });
    });
  };
}

/**
 * Of an object with a `Content-Encoding` the runtime's `fetch` would decode the body, so that lengths, ranges and checksums,
 * which are all of the stored bytes, would not fit; it is asked for again without that header.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html#API_GetObject_RequestSyntax
 */
async function sendForStoredBytes<T>(
  { client }: OperationContext,
  request: S3Request,
  receive: (exchange: Exchange, sent: S3Request) => Promise<T>,
): Promise<T> {
  const received = await client.send(request, async (exchange) => {
    if (!isDecoded(exchange.headers)) return { value: await receive(exchange, request) };
    await exchange.cancel();
    return undefined;
  });
  if (received !== undefined) return received.value;
  const asStored = { ...request, query: { "response-content-encoding": "identity" } };
  return await client.send(asStored, (exchange) => receive(exchange, asStored));
}

/**
 * Asks for other bytes of the content that a read began with.
 *
 * @param options `etag`: the tag of that content. `range`: the bytes, counted in the whole file.
 * @throws {PreconditionFailedError} If the file has another content meanwhile.
 */
export async function getMore<T>(
  context: OperationContext,
  { path, request }: Pick<BegunRead, "path" | "request">,
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
        readAnsweredRange(exchange, range);
        if (readEtag(exchange.headers.get("etag")) === etag) return receive(exchange);
        throw new PreconditionFailedError(`Cannot read ${quote(path)}: it has changed meanwhile`, { path });
      }),
    signal,
  );
}

/** What reading is for, as error messages say it. */
export function readPurpose(path: string): Purpose {
  return { action: `read ${quote(path)}`, path, isObjectRead: true };
}

/** The error of a body that ends before its announced length, or goes on behind it. */
export function shortBody(path: string, actual: number, expected: number): IntegrityError {
  return new IntegrityError(`Cannot read ${quote(path)}: ${actual} bytes arrived of ${expected}`, {
    code: "ShortBody",
    path,
  });
}
