/**
 * A download server: with a token, it serves the files of a folder in one of two ways.
 *
 * - `GET /download/PATH` redirects to a signed URL, so the bytes come straight from the store;
 * - `GET /stream/PATH` sends the bytes itself, with ranges and ETags, for clients that cannot reach the store.
 *
 * ```sh
 * deno run --allow-net --allow-env examples/download_server.ts
 * curl -L -H "Authorization: Bearer $DOWNLOAD_TOKEN" http://127.0.0.1:8000/download/notes/hello.txt
 * ```
 *
 * The environment has `CREDENTIALS_URL` and `CREDENTIALS_URL_SECRET` of a broker, `S3_ENDPOINT_URL` if the store is not AWS,
 * `DOWNLOAD_TOKEN`, and optionally `HOST` and `PORT`, by default 127.0.0.1 and 8000. The token can also be in the cookie
 * `download_token`.
 *
 * @module
 */
// deno-lint-ignore-file no-console -- a command
import { createHash, timingSafeEqual } from "node:crypto";
import { AccessDeniedError, createS3Source, InvalidPathError, S3SourceError } from "@files/s3-source";

const token = Deno.env.get("DOWNLOAD_TOKEN") ?? "";
if (token.length < 16) throw new Error("DOWNLOAD_TOKEN must have at least 16 characters");
const source = createS3Source({
  credentialsUrl: Deno.env.get("CREDENTIALS_URL"),
  credentialsUrlSecret: Deno.env.get("CREDENTIALS_URL_SECRET"),
  endpointUrl: Deno.env.get("S3_ENDPOINT_URL"),
});
// So that a wrong configuration fails now, not at the first request.
await source.connect();

const server = Deno.serve(
  { hostname: Deno.env.get("HOST") ?? "127.0.0.1", port: Number(Deno.env.get("PORT") ?? 8000) },
  handle,
);
for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, () => server.shutdown());

async function handle(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  const [, way, encodedPath = ""] = /^\/(download|stream)\/(.+)$/.exec(pathname) ?? [];
  if (way === undefined) return text(404, "Not found.");
  if (!isAllowed(request)) return text(401, "A token is required.", { "www-authenticate": "Bearer" });
  if (!/^(GET|HEAD)$/.test(request.method)) return text(405, "Only GET and HEAD are allowed.", { allow: "GET, HEAD" });
  try {
    const path = decodeURIComponent(encodedPath);
    // As a download: a stored HTML page must not run on this server's origin.
    const response = way === "download" ? await redirect(path) : await source.serveFile(request, path);
    return response.status === 404 ? text(404, "There is no such file.") : response;
  } catch (error) {
    return refusal(error);
  }
}

/** Digests have equal lengths and do not reveal how much of a guess was right. */
function isAllowed({ headers }: Request): boolean {
  const [, bearer] = /^Bearer (.+)$/i.exec(headers.get("authorization") ?? "") ?? [];
  const [, cookie] = /(?:^|;\s*)download_token=([^;]+)/.exec(headers.get("cookie") ?? "") ?? [];
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(bearer ?? cookie ?? ""), digest(token));
}

async function redirect(path: string): Promise<Response> {
  // Any path can be signed: without this, the browser would see the store's error.
  if (await source.stat(path) === null) return new Response(null, { status: 404 });
  const { url } = await source.downloadUrl(path, { expiresInSeconds: 60 });
  return new Response(null, {
    status: 302,
    headers: { location: url, "cache-control": "no-store", "referrer-policy": "no-referrer" },
  });
}

function refusal(error: unknown): Response {
  if (error instanceof URIError || error instanceof InvalidPathError) return text(404, "There is no such file.");
  console.error(error);
  if (error instanceof AccessDeniedError) return text(403, "The store denied access.");
  if (error instanceof S3SourceError) return text(503, "The store is not available.", { "retry-after": "5" });
  return text(500, "Internal error.");
}

function text(status: number, sentence: string, headers: Record<string, string> = {}): Response {
  return new Response(`${sentence}\n`, { status, headers: { "cache-control": "no-store", ...headers } });
}
