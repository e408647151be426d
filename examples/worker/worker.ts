/**
 * A Cloudflare Worker that serves the files of a folder to everyone, with ranges and ETags.
 *
 * ```sh
 * cd examples/worker && npx jsr add @files/s3-source && npx wrangler dev
 * ```
 *
 * wrangler.jsonc has `CREDENTIALS_URL` of a broker that permits reading, and `S3_ENDPOINT_URL` if the store is not AWS. Set the secret
 * with `npx wrangler secret put CREDENTIALS_URL_SECRET`, or for `dev` in a file `.dev.vars`.
 *
 * @module
 */
import {
  type ByteRange,
  createS3Source,
  type FileInfo,
  FileNotFoundError,
  InvalidArgumentError,
  InvalidPathError,
  RangeNotSatisfiableError,
  type S3Source,
  S3SourceError,
} from "@files/s3-source";

interface Env {
  readonly CREDENTIALS_URL: string;
  readonly CREDENTIALS_URL_SECRET: string;
  readonly S3_ENDPOINT_URL?: string;
}

/** Kept between requests with its credentials, so that not every request calls the broker. */
let source: S3Source | undefined;

function openSource(env: Env): S3Source {
  return source ??= createS3Source({
    credentialsUrl: env.CREDENTIALS_URL,
    credentialsUrlSecret: env.CREDENTIALS_URL_SECRET,
    endpointUrl: env.S3_ENDPOINT_URL,
  });
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    if (!/^(GET|HEAD)$/.test(request.method)) {
      return text(405, "Only GET and HEAD are allowed.", { allow: "GET, HEAD" });
    }
    try {
      const path = decodeURIComponent(new URL(request.url).pathname.slice(1));
      return await serve(request, openSource(env), path);
    } catch (error) {
      return refusal(error);
    }
  },
};

async function serve({ method, headers }: Request, source: S3Source, path: string): Promise<Response> {
  const info = await source.stat(path);
  if (info === null) return text(404, "There is no such file.");
  const { size, etag } = info;
  if (isKnown(headers, etag)) return new Response(null, { status: 304, headers: headersOf(info) });
  if (method === "HEAD") return new Response(null, { headers: { ...headersOf(info), "content-length": `${size}` } });
  try {
    const { range, body } = await source.stream(path, {
      range: readRange(headers, etag),
      ...etag !== null && { ifMatch: etag },
    });
    const { offset, length } = range;
    const isPart = length < size;
    return new Response(body, {
      status: isPart ? 206 : 200,
      headers: {
        ...headersOf(info),
        ...isPart && { "content-range": `bytes ${offset}-${offset + length - 1}/${size}` },
        "content-length": `${length}`,
      },
    });
  } catch (error) {
    if (!(error instanceof RangeNotSatisfiableError || error instanceof InvalidArgumentError)) throw error;
    return text(416, "The range is outside the file.", { "content-range": `bytes */${size}` });
  }
}

function headersOf({ contentType, etag, lastModified }: FileInfo): Record<string, string> {
  return {
    "content-type": contentType,
    "accept-ranges": "bytes",
    "cache-control": "public, max-age=60",
    "x-content-type-options": "nosniff",
    // Scripts in a stored page or picture must not run on this origin.
    "content-security-policy": "sandbox",
    ...etag !== null && { etag },
    ...lastModified !== null && { "last-modified": lastModified.toUTCString() },
  };
}

function isKnown(headers: Headers, etag: string | null): boolean {
  const known = (headers.get("if-none-match") ?? "").split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  return etag !== null && known.includes(etag);
}

/** A single range of the version that the client knows; otherwise the whole file. */
function readRange(headers: Headers, etag: string | null): ByteRange | undefined {
  const [, first = "", last = ""] = /^bytes=(\d*)-(\d*)$/.exec(headers.get("range") ?? "") ?? [];
  const isOfOtherContent = headers.has("if-range") && headers.get("if-range") !== etag;
  if (isOfOtherContent || (first === "" && last === "")) return undefined;
  if (first === "") return { suffixLength: Number(last) };
  const offset = Number(first);
  return last === "" ? { offset } : { offset, length: Number(last) - offset + 1 };
}

function refusal(error: unknown): Response {
  if (error instanceof URIError || error instanceof InvalidPathError) return text(400, "Invalid path.");
  if (error instanceof FileNotFoundError) return text(404, "There is no such file.");
  // deno-lint-ignore no-console -- contains no secrets
  console.error(error instanceof Error ? error.stack : error);
  if (error instanceof S3SourceError) return text(503, "The store is not available.", { "retry-after": "5" });
  return text(500, "Internal error.");
}

function text(status: number, sentence: string, headers: Record<string, string> = {}): Response {
  return new Response(`${sentence}\n`, { status, headers: { "cache-control": "no-store", ...headers } });
}
