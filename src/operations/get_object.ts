import { assertFilePath } from "../s3/keys.ts";
import type { S3Request } from "../s3/client.ts";
import type { Purpose } from "../s3/failure.ts";
import type { Grant } from "../s3/grant.ts";
import type { StreamOptions } from "../types.ts";
import { toRangeHeader } from "./byte_range.ts";
import { keyOf, type OperationContext, quote } from "./context.ts";
import { WITH_CHECKSUM } from "./file_info.ts";

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

/** What reading is for, as error messages say it. */
export function readPurpose(path: string): Purpose {
  return { action: `read ${quote(path)}`, path };
}
