import type { OperationName } from "./operations.ts";
import type { MemoryS3Quirk } from "./quirks.ts";
import type { ParsedRequest } from "./request.ts";

/** The response that a client's `fetch` returns, after the store's own quirks and those of a proxy in front of it. */
export function quirkyResponse(
  response: Response,
  { headers: sent }: ParsedRequest,
  operation: OperationName,
  quirks: ReadonlySet<MemoryS3Quirk>,
): Response {
  const headers = new Headers(response.headers);
  if (quirks.has("noEtags") && !operation.startsWith("UploadPart")) headers.delete("etag");
  if (quirks.has("noChecksumType")) headers.delete("x-amz-checksum-type");
  if (operation !== "GetObject" && operation !== "HeadObject") return withHeaders(response, headers);

  const takesIdentityOnly = sent.get("accept-encoding")?.trim().toLowerCase() === "identity";
  let { body } = response;
  if (quirks.has("transcodesGzip") && headers.get("content-encoding") === "gzip") {
    // `fetch` decodes otherwise, and keeps the headers of what it decoded.
    if (takesIdentityOnly) dropEncoding(headers);
    body = body?.pipeThrough(new DecompressionStream("gzip")) ?? null;
  }
  const isCompressed = quirks.has("compresses") && !takesIdentityOnly && response.status === 200 &&
    !headers.has("content-encoding") && headers.get("content-length") !== "0";
  if (isCompressed) headers.set("content-encoding", "gzip");
  if (isCompressed || quirks.has("noContentLength")) headers.delete("content-length");
  if (isCompressed || quirks.has("weakEtags")) weaken(headers);
  return withHeaders(response, headers, body);
}

function withHeaders({ status, body: given }: Response, headers: Headers, body = given): Response {
  return new Response(body, { status, headers });
}

/** https://cloud.google.com/storage/docs/transcoding */
function dropEncoding(headers: Headers): void {
  headers.set("x-goog-stored-content-encoding", "gzip");
  headers.set("x-goog-stored-content-length", headers.get("content-length") ?? "");
  headers.delete("content-encoding");
  headers.delete("content-length");
}

function weaken(headers: Headers): void {
  const etag = headers.get("etag");
  if (etag?.startsWith('"')) headers.set("etag", `W/${etag}`);
}
