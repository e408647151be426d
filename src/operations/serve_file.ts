import {
  FileNotFoundError,
  InvalidArgumentError,
  InvalidPathError,
  RangeNotSatisfiableError,
  ServiceError,
  show,
} from "../errors.ts";
import { withLength } from "../async/fixed_length.ts";
import { isRequest } from "../options/malformed_request.ts";
import { isStrong } from "../s3/headers.ts";
import { contentDisposition } from "../s3/content_disposition.ts";
import { assertFilePath, baseName } from "../s3/keys.ts";
import { loaded } from "../s3/lazy_module.ts";
import type { ByteRange, FileInfo, ServeFileOptions } from "../types/files.ts";
import { isDecoded, isSuffix, isTranscoded } from "./byte_range.ts";
import { readFileInfo } from "./file_info.ts";
import { AS_STORED, isSized, type OpenRead, readPurpose, storedEncoding } from "./get_object.ts";
import { DEFAULT_CONTENT_TYPE } from "./media_type.ts";
import { failedCondition, isRangeOf, type Validators } from "./http_conditions.ts";
import { isSatisfiable, parseRange } from "./http_range.ts";
import { assertHeaderValue } from "./file_purpose.ts";
import { type OperationContext, quote, withGrant } from "./operation_context.ts";
import { headObject } from "./stat.ts";
import { createBody, openStream } from "./stream.ts";

/** A file as it is answered. */
interface ServedFile extends Validators {
  readonly size: number;
  readonly contentType: string;
  /** The content codings of the bytes; empty if there are none. */
  readonly coding: string;
  /** Whether the bytes are the stored ones: only of these, the length is known and there are ranges. */
  readonly isAsStored: boolean;
}

/** Answers a GET or HEAD with a file. https://www.rfc-editor.org/rfc/rfc9110 */
export async function serveFile(
  context: OperationContext,
  request: Request,
  path: string,
  options: ServeFileOptions = {},
): Promise<Response> {
  if (!isRequest(request)) {
    const reason =
      `the first argument must be a Request (in Hono, c.req.raw; with node:http, use @hono/node-server), not ${
        show(request)
      }`;
    throw new InvalidArgumentError(`Cannot serve ${show(path)}: ${reason}`);
  }
  if (typeof path !== "string") assertFilePath(path);
  const { cacheControl = "private, no-cache", inline = false, filename = baseName(path) } = options;
  assertHeaderValue("cacheControl", cacheControl, { action: `serve ${quote(path)}`, path });
  const { method, headers } = request;
  // Some Workers have none.
  const signal = request.signal ?? undefined;
  const safety = { "x-content-type-options": "nosniff", ...inline && { "content-security-policy": "sandbox" } };
  if (method !== "GET" && method !== "HEAD") return refusal(405, { allow: "GET, HEAD" });
  try {
    assertFilePath(path);
    return method === "HEAD" ? await head() : await get(parseRange(headers.get("range")));
  } catch (error) {
    if (error instanceof InvalidPathError || error instanceof FileNotFoundError) return refusal(404);
    throw error;
  }

  async function head(): Promise<Response> {
    const file = await statServed(context, path, signal);
    return endedBy(file) ?? new Response(null, { headers: { ...fileHeaders(file), ...lengthHeader(file, file.size) } });
  }

  async function get(range: ByteRange | undefined): Promise<Response> {
    const open = await openUnlessBeyond(range).catch((error) => {
      if (error instanceof ServiceError && error.code === "RangeIgnored") return "ignored" as const;
      throw error;
    });
    if (open === "ignored") return await get(undefined);
    const file = open === undefined ? await statServed(context, path, signal) : servedFrom(open);
    const ended = endedBy(file);
    const part = file.isAsStored && isRangeOf(headers, file) ? range : undefined;
    const isBeyond = part !== undefined && !isSatisfiable(part, file.size);
    if (open !== undefined && ended === undefined && range === part && !isBeyond) {
      return send(open, file, part !== undefined && file.size > 0);
    }
    await open?.exchange.cancel();
    if (ended !== undefined) return ended;
    return isBeyond ? refusal(416, { "content-range": `bytes */${file.size}` }) : await get(undefined);
  }

  /** `undefined` if the range begins after the end of the file, or has no bytes. */
  async function openUnlessBeyond(range: ByteRange | undefined): Promise<OpenRead | undefined> {
    if (isSuffix(range) && range.suffixLength === 0) return undefined;
    try {
      const open = await openStream(context, path, { range, signal });
      const isCoded = !isSized(open) && isDecoded(open.exchange.headers);
      // Stored bytes cannot be labelled if nobody knows their coding.
      if (range !== undefined || (open.contentEncoding !== undefined && !isCoded)) return open;
      const { receiveDecoded } = await loaded(import("./unsized_body.ts"), readPurpose(path).action);
      const plain = { ...open, request: { ...open.request, query: {} } };
      return await receiveDecoded(context, plain, { signal, receive: (decoded) => Promise.resolve(decoded) });
    } catch (error) {
      if (error instanceof RangeNotSatisfiableError && range !== undefined) return undefined;
      throw error;
    }
  }

  function send(open: OpenRead, file: ServedFile, isPart: boolean): Response {
    const { offset, size, length } = open.range ?? { offset: 0, size: 0, length: 0 };
    const init = {
      status: isPart ? 206 : 200,
      headers: {
        ...fileHeaders(file),
        ...lengthHeader(file, length),
        ...isPart && { "content-range": `bytes ${offset}-${offset + length - 1}/${size}` },
      },
      // Workers would encode the bytes once more.
      encodeBody: "manual",
    };
    const body = createBody(context, open, signal);
    return new Response(file.isAsStored ? withLength(body, length) : body, init);
  }

  /** The response if the conditions do not hold. */
  function endedBy(file: ServedFile): Response | undefined {
    const status = failedCondition(headers, file);
    if (status !== 304) return status && refusal(status);
    const { etag } = file;
    const validators = etag === null ? validatorHeaders(file) : { etag };
    return new Response(null, { status, headers: { ...safety, "cache-control": cacheControl, ...validators } });
  }

  function refusal(status: number, extra: Record<string, string> = {}): Response {
    return new Response(null, { status, headers: { ...safety, "cache-control": "no-store", ...extra } });
  }

  function fileHeaders(file: ServedFile): Record<string, string> {
    return {
      ...safety,
      ...validatorHeaders(file),
      "accept-ranges": file.isAsStored ? "bytes" : "none",
      "cache-control": cacheControl,
      "content-disposition": contentDisposition(inline ? "inline" : "attachment", filename),
      "content-type": file.contentType,
      ...file.coding !== "" && { "content-encoding": file.coding },
    };
  }
}

function statServed(context: OperationContext, path: string, signal: AbortSignal | undefined): Promise<ServedFile> {
  const { action } = readPurpose(path);
  return withGrant(context, async (grant) => {
    const { info, headers } = await headObject(context, grant, { path, action, signal });
    const contentEncoding = headers.get("content-encoding");
    const isSure = headers.has("content-length") && !isDecoded(headers);
    if (isSure && !isTranscoded(headers)) return served(info, headers, { contentEncoding, isAsStored: true });
    if (grant.isAnonymous || isTranscoded(headers)) {
      return served(info, headers, { contentEncoding, isAsStored: false });
    }
    const asStored = await headObject(context, grant, { path, action, query: AS_STORED, signal });
    return served(asStored.info, asStored.headers, {
      contentEncoding: storedEncoding(headers, asStored.headers),
      isAsStored: !isDecoded(asStored.headers),
    });
  }, signal);
}

function servedFrom({ path, exchange: { headers }, range, contentEncoding, isAsStored }: OpenRead): ServedFile {
  return served(readFileInfo(path, headers, range?.size ?? 0), headers, { contentEncoding, isAsStored });
}

function served(
  { size, contentType, lastModified, etag }: FileInfo,
  headers: Headers,
  { contentEncoding, ...open }: Pick<OpenRead, "contentEncoding" | "isAsStored">,
): ServedFile {
  const isAsStored = open.isAsStored && contentEncoding !== undefined;
  // The tag is that of the stored bytes.
  const weakness = isAsStored && isStrong(headers.get("etag")) ? "" : "W/";
  return {
    size,
    contentType: MEDIA_TYPE.test(contentType) && !MULTIPART.test(contentType) ? contentType : DEFAULT_CONTENT_TYPE,
    coding: isAsStored ? codingsIn(contentEncoding ?? "") : "",
    isAsStored,
    etag: etag !== null && ETAG.test(etag) ? weakness + etag : null,
    lastModified,
  };
}

/** Without what clients store by mistake, such as `utf-8` or the `aws-chunked` of their own upload. */
function codingsIn(contentEncoding: string): string {
  const codings = contentEncoding.toLowerCase().split(",").map((coding) => coding.trim());
  return codings.filter((coding) => CODINGS.has(coding)).join(", ");
}

function validatorHeaders({ etag, lastModified }: Validators): Record<string, string> {
  return {
    ...etag !== null && { etag },
    ...lastModified !== null && { "last-modified": lastModified.toUTCString() },
  };
}

function lengthHeader({ isAsStored }: ServedFile, length: number): Record<string, string> {
  return isAsStored ? { "content-length": `${length}` } : {};
}

/** https://www.iana.org/assignments/http-parameters/http-parameters.xhtml#content-coding */
const CODINGS: ReadonlySet<string> = new Set(["br", "compress", "deflate", "gzip", "x-compress", "x-gzip", "zstd"]);
/** https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3 */
const ETAG = /^"[\x21\x23-\x7e]*"$/;
/** Browsers have shown the parts, each with headers of its own, although the file was to be saved: CVE-2024-10461. */
const MULTIPART = /^multipart\//i;
const TOKEN = "[!#$%&'*+.^_`|~\\w-]+";
/** https://www.rfc-editor.org/rfc/rfc9110#section-8.3.1 */
const MEDIA_TYPE = new RegExp(
  String.raw`^${TOKEN}/${TOKEN}(?:[ \t]*;(?:[ \t]*${TOKEN}=(?:${TOKEN}|"(?:[ \t!#-\[\]-~]|\\[ \t!-~])*"))?)*[ \t]*$`,
);
