import type { Exchange } from "./exchange.ts";
import { readableText } from "./readable_text.ts";
import type { S3Request } from "./s3_request.ts";
import { readToken } from "./token.ts";
import { childElement, childText, readXml, type XmlElement } from "./xml/xml.ts";

/** An error response of the store. */
export interface ErrorResponse {
  /** HTTP status; absent for one of many files, as in the response of DeleteObjects. */
  readonly status?: number | undefined;
  /** S3's code; absent without a body, as after HEAD. */
  readonly code?: string | undefined;
  /** S3's message. */
  readonly message?: string | undefined;
  /** The bucket's region, if the request went to another. */
  readonly region?: string | undefined;
  /** For the store's operator. */
  readonly requestId?: string | undefined;
}

/**
 * Reads the error in a response. A HEAD has no body, so its status is all there is; nor need the response to a DELETE
 * of what does not exist, unlike the page of a server that is not S3's.
 */
export async function receiveError(
  { method, operation, query, sourceKey }: Pick<S3Request, "method" | "operation" | "query" | "sourceKey">,
  exchange: Exchange,
): Promise<ErrorResponse> {
  const { status, headers } = exchange;
  const body = await exchange.document(MAX_ERROR_BYTES);
  const error = readErrorResponse(status, headers, new TextDecoder().decode(body));
  const isEmpty = body.byteLength === 0;
  const isDenial = isEmpty && method === "HEAD" && status === 403;
  const isMissing = isEmpty && operation === "DeleteObject" && status === 404;
  // In the words of some stores, as s3proxy 2.6. A missing file to copy is one.
  const isUploadGone = query?.["uploadId"] !== undefined && sourceKey === undefined && error.code === "NoSuchKey";
  const implied = isDenial ? "AccessDenied" : isMissing ? "NoSuchKey" : isUploadGone ? "NoSuchUpload" : undefined;
  return { ...error, code: implied ?? error.code };
}

const MAX_ERROR_BYTES = 64 * 1024;

/** Reads an error response; if its body is not S3's XML, there is no code, and its text is the message. */
function readErrorResponse(status: number, headers: Headers, body: string): ErrorResponse {
  const fromHeaders: ErrorResponse = {
    status,
    region: headers.get("x-amz-bucket-region") ?? undefined,
    requestId: readToken(headers.get("x-amz-request-id")),
  };
  // Only shown: redirects are not followed.
  const message = status >= 300 && status < 400 ? headers.get("location") ?? undefined : undefined;
  return { ...fromHeaders, ...readErrorDocument(body), ...message !== undefined && { message } };
}

/**
 * The `<Error>` of a document, which may be the root or, as in answers of AWS's other services, in it. Of another
 * document only the message, which is what it says.
 */
export function readErrorDocument(body: string): Partial<ErrorResponse> {
  let said: Partial<ErrorResponse> = {};
  try {
    const root = readXml(body);
    said = { ...readErrorElement(root), ...readErrorElement(childElement(root, "Error") ?? root) };
  } catch {
    // It is not XML.
  }
  return Object.keys(said).length > 0 ? said : { message: readableText(body) };
}

/** The elements of an `<Error>` that are safe to show; others repeat the signed request with its session token. */
export function readErrorElement(error: XmlElement): Partial<ErrorResponse> {
  const parts: Partial<ErrorResponse> = {
    code: readToken(childText(error, "Code")),
    message: childText(error, "Message"),
    region: childText(error, "Region"),
    requestId: readToken(childText(error, "RequestId")),
  };
  return Object.fromEntries(Object.entries(parts).filter(([, text]) => text));
}
