import { assertFilePath } from "../s3/keys.ts";
import type { S3Request } from "../s3/client.ts";
import type { Exchange } from "../s3/exchange.ts";
import type { Purpose } from "../s3/failure.ts";
import type { Grant } from "../s3/grant.ts";
import type { StreamOptions } from "../types.ts";
import { isDecoded, toRangeHeader } from "./byte_range.ts";
import { keyOf, type OperationContext, quote } from "./context.ts";
import { WITH_CHECKSUM } from "./file_info.ts";
import { assertHeaderValue } from "./object_headers.ts";

/**
 * GetObject, as `read` and `stream` send it. https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
 *
 * @returns What makes the request once there is a grant; path and range have been checked.
 */
export function prepareGetObject(
  context: OperationContext,
  path: string,
  { range, ifMatch, signal }: StreamOptions,
): (grant: Grant) => S3Request {
  assertFilePath(path);
  if (ifMatch !== undefined) assertHeaderValue("ifMatch", ifMatch);
  const rangeHeader = toRangeHeader(range);
  const headers = {
    ...WITH_CHECKSUM,
    ...rangeHeader !== undefined && { range: rangeHeader },
    ...ifMatch !== undefined && { "if-match": ifMatch },
  };
  return (grant) => ({
    operation: "GetObject",
    ...readPurpose(path),
    method: "GET",
    grant,
    key: keyOf(context, grant, path),
    headers,
    signal,
  });
}

/**
 * Sends a GetObject. Of an object with a `Content-Encoding` the runtime's `fetch` would decode the body, so that lengths,
 * ranges and checksums, which are all of the stored bytes, would not fit; it is asked for again without that header.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html#API_GetObject_RequestSyntax
 */
export async function getObject<T>(
  { client }: OperationContext,
  request: S3Request,
  receive: (exchange: Exchange) => Promise<T>,
): Promise<T> {
  const received = await client.send(request, async (exchange) => {
    if (!isDecoded(exchange.headers)) return { value: await receive(exchange) };
    await exchange.cancel();
    return undefined;
  });
  if (received !== undefined) return received.value;
  return await client.send({ ...request, query: { "response-content-encoding": "identity" } }, receive);
}

/** What reading is for, as error messages say it. */
export function readPurpose(path: string): Purpose {
  return { action: `read ${quote(path)}`, path, isObjectRead: true };
}
