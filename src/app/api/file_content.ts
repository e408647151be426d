import { FileNotFoundError, PreconditionFailedError, RangeNotSatisfiableError } from "../../errors.ts";
import { contentDisposition } from "../../s3/content_disposition.ts";
import type { S3Source } from "../../types/source.ts";
import type { ByteRange, FileInfo, FileStream } from "../../types/files.ts";
import type { AppRequest } from "../context.ts";
import { contentTypeOf, inlineTypeOf } from "../files/media_types.ts";

/** Options of {@link serveFile}. */
export interface ServeFileOptions {
  /** Relative to the source. */
  readonly path: string;
  /** Whether browsers show the file if that is safe, or save it. */
  readonly inline: boolean;
}

/**
 * Responds with the bytes of a file as they come from the store, with ranges and conditions as in
 * https://www.rfc-editor.org/rfc/rfc9110#name-range-requests. Nothing in them can run on the app's origin.
 */
export async function serveFile(
  c: AppRequest,
  source: S3Source,
  { path, inline }: ServeFileOptions,
): Promise<Response> {
  let expected: string | undefined;
  const isConditional = IF_EXPECTED.some((name) => c.req.header(name) !== undefined);
  if (c.req.method === "HEAD" || isConditional || c.req.header("if-none-match") !== undefined) {
    const info = await source.stat(path, { signal: c.req.raw.signal });
    if (!info) throw new FileNotFoundError(`Cannot read "${path}": it does not exist`);
    if (!isExpected(c, info)) throw new PreconditionFailedError(`Cannot read "${path}": it is another version`);
    if (isConditional) expected = info.etag ?? undefined;
    const headers = fileHeaders(info, inline);
    if (isKnown(c, info)) return new Response(null, { status: 304, headers });
    if (c.req.method === "HEAD") {
      return new Response(null, { headers: { ...headers, "content-length": `${info.size}` } });
    }
  }
  const opened = await open(c, source, { path, expected });
  if (opened instanceof Response) return opened;
  const { info, range: { offset, length }, body } = opened;
  const isPart = length !== info.size;
  return new Response(body, {
    status: isPart ? 206 : 200,
    headers: {
      ...fileHeaders(info, inline),
      "content-length": `${length}`,
      ...isPart && { "content-range": `bytes ${offset}-${offset + length - 1}/${info.size}` },
    },
  });
}

/** The file or a range of it; a response if the range is beyond its end. */
async function open(
  c: AppRequest,
  source: S3Source,
  { path, expected }: { path: string; expected: string | undefined },
): Promise<FileStream | Response> {
  const { signal } = c.req.raw;
  // The version that met the conditions.
  const options = { ...expected !== undefined && { ifMatch: expected }, signal };
  const range = readRange(c.req.header("range"));
  const ifRange = c.req.header("if-range");
  // A date or a weak tag does not mean that the bytes are the same.
  if (range === undefined || (ifRange !== undefined && !ifRange.startsWith('"'))) {
    return await source.stream(path, options);
  }
  try {
    return await source.stream(path, { ...options, range, ...ifRange !== undefined && { ifMatch: ifRange } });
  } catch (error) {
    if (error instanceof PreconditionFailedError && ifRange !== undefined) return await source.stream(path, options);
    if (!(error instanceof RangeNotSatisfiableError)) throw error;
    const size = (await source.stat(path, { signal }))?.size ?? 0;
    return new Response(null, { status: 416, headers: { "content-range": `bytes */${size}` } });
  }
}

function fileHeaders(info: FileInfo, inline: boolean): Record<string, string> {
  const shown = inline ? inlineTypeOf(info) : undefined;
  // Chrome's viewer does not work in a sandbox. A PDF's own scripts cannot reach the page.
  const sandbox = shown === "application/pdf" ? "" : "sandbox; ";
  return {
    "content-type": shown ?? contentTypeOf(info) ?? info.contentType,
    "content-disposition": contentDisposition(shown === undefined ? "attachment" : "inline", info.name),
    "content-security-policy":
      `${sandbox}default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'`,
    "x-frame-options": "SAMEORIGIN",
    "referrer-policy": "no-referrer",
    "cache-control": "private, no-cache",
    "accept-ranges": "bytes",
    ...info.etag !== null && { etag: info.etag },
    ...info.lastModified !== null && { "last-modified": info.lastModified.toUTCString() },
  };
}

/** Conditions that a response must meet. */
const IF_EXPECTED = ["if-match", "if-unmodified-since"];

/**
 * A resumed download must not get the rest of another version. https://www.rfc-editor.org/rfc/rfc9110#section-13.2.2
 */
function isExpected(c: AppRequest, { etag, lastModified }: FileInfo): boolean {
  const tags = c.req.header("if-match");
  if (tags !== undefined) {
    const wanted = tags.split(",").map((tag) => tag.trim());
    return wanted.includes("*") || (etag !== null && wanted.includes(etag));
  }
  const sinceMs = Date.parse(c.req.header("if-unmodified-since") ?? "");
  // Headers have whole seconds, and an invalid date is ignored.
  return Number.isNaN(sinceMs) || lastModified === null ||
    Math.floor(lastModified.getTime() / 1_000) * 1_000 <= sinceMs;
}

function isKnown(c: AppRequest, { etag }: FileInfo): boolean {
  const known = (c.req.header("if-none-match") ?? "").split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  return etag !== null && (known.includes(etag) || known.includes("*"));
}

/** One range. Several ranges, or an invalid one, mean the whole file. */
function readRange(header: string | undefined): ByteRange | undefined {
  const [, first = "", last = ""] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? "") ?? [];
  if (first === "") return Number(last) > 0 ? { suffixLength: Number(last) } : undefined;
  const offset = Number(first);
  if (last === "") return { offset };
  return Number(last) < offset ? undefined : { offset, length: Number(last) - offset + 1 };
}
