import { FileNotFoundError, S3SourceError } from "../errors.ts";
import type { S3Client } from "../s3/client.ts";
import type { S3Request } from "../s3/s3_request.ts";
import type { Grant } from "../s3/grant.ts";
import { isStrong, readByteCount, WITH_CHECKSUM } from "../s3/headers.ts";
import { assertFilePath } from "../s3/keys.ts";
import { loaded } from "../s3/lazy_module.ts";
import type { FileInfo, SignalOptions } from "../types/files.ts";
import { assertStoreHeaders, isDecoded, isHtml, isTranscoded, readLength } from "./byte_range.ts";
import { refusesMarker } from "./folder_marker.ts";
import { AS_STORED } from "./get_object.ts";
import { keyOf, type OperationContext, quote, withGrant } from "./operation_context.ts";
import { readFileInfo } from "./file_info.ts";

/** Reads a file's facts; `null` if the file does not exist. */
export async function stat(
  context: OperationContext,
  path: string,
  { signal }: SignalOptions = {},
): Promise<FileInfo | null> {
  assertFilePath(path);
  try {
    return await withGrant(context, (grant) => statReadable(context, grant, { path, signal }), signal);
  } catch (error) {
    if (error instanceof FileNotFoundError) return null;
    if (error instanceof S3SourceError && refusesMarker(path, error)) return null;
    throw error;
  }
}

/**
 * The facts of a file as it is read: if its stored bytes cannot be had, because they are decoded on their way, then
 * with the number of bytes that arrive.
 */
async function statReadable(context: OperationContext, grant: Grant, target: HeadTarget): Promise<FileInfo> {
  const { info, headers, request } = await headObject(context, grant, target);
  const isCoded = isDecoded(headers) && isStrong(headers.get("etag")) && headers.has("content-length");
  if (!isCoded && !isTranscoded(headers)) return info;
  if (isCoded && await canLeaveOutCoding(context, grant, target)) return info;
  const { countObject } = await loaded(import("./unsized_body.ts"), request.action);
  // The hash is that of the stored bytes.
  return { ...info, size: await countObject(context, request), contentHash: null };
}

/** Whether the store sends objects without their `Content-Encoding` when asked to. It cannot be asked without keys. */
async function canLeaveOutCoding(context: OperationContext, grant: Grant, target: HeadTarget): Promise<boolean> {
  const { client, store } = context;
  if (store.isAws || grant.isAnonymous) return !grant.isAnonymous;
  if (LEAVING_OUT.has(client)) return true;
  const { headers } = await headObject(context, grant, { ...target, query: AS_STORED });
  if (isDecoded(headers)) return false;
  LEAVING_OUT.add(client);
  return true;
}

/** Clients of stores that have done so. */
const LEAVING_OUT = new WeakSet<S3Client>();

/** The object of a HEAD. */
export interface HeadTarget {
  readonly path: string;
  /** `Cannot ${action}` begins error messages. Default: that of `stat`. */
  readonly action?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal | undefined;
}

/**
 * HeadObject. https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
 *
 * @returns The facts, with the size as it is stored, the response's headers, and the request.
 * @throws {FileNotFoundError} If the file does not exist.
 */
export async function headObject(
  context: OperationContext,
  grant: Grant,
  { path, action = `stat ${quote(path)}`, query, signal }: HeadTarget,
): Promise<{ info: FileInfo; headers: Headers; request: S3Request }> {
  const request: S3Request = {
    operation: "HeadObject",
    action,
    path,
    isObjectRead: true,
    method: "HEAD",
    grant,
    key: keyOf(context, grant, path),
    ...query !== undefined && { query },
    headers: WITH_CHECKSUM,
    signal,
  };
  const headers = await context.client.send(request, async (exchange) => {
    await exchange.drain();
    if (isHtml(exchange.headers)) assertStoreHeaders(exchange.headers);
    return exchange.headers;
  });
  const size = knownSize(headers) ??
    await (await loaded(import("./unsized_body.ts"), action)).findSize(context, request);
  return { info: readFileInfo(path, headers, size), headers, request };
}

/** The size as it is stored; `undefined` if the response has none, or that of what a proxy has compressed. */
function knownSize(headers: Headers): number | undefined {
  if (isTranscoded(headers)) return readByteCount(headers.get("x-goog-stored-content-length"));
  const length = readLength(headers);
  return isDecoded(headers) && !isStrong(headers.get("etag")) ? undefined : length;
}
