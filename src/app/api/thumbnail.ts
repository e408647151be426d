import { RangeNotSatisfiableError } from "../../errors.ts";
import type { S3Source } from "../../types/source.ts";
import { baseName } from "../../s3/keys.ts";
import type { FileInfo } from "../../types/files.ts";
import type { AppRequest } from "../context.ts";
import { findThumbnail, IMAGE_HEADER_BYTES, readImageSize, SIZED_TYPES } from "../files/image_header.ts";
import { isImageType, mediaTypeOf } from "../files/media_types.ts";
import { findStoredThumbnail, type StoredThumbnail } from "../files/thumbnails.ts";

/**
 * Responds with a small picture of a file: the one that its uploader's browser made, the image itself if it is small,
 * the thumbnail inside a photograph, or an icon.
 */
export async function thumbnailOf(c: AppRequest, source: S3Source, path: string): Promise<Response> {
  const byName = mediaTypeOf({ name: baseName(path) });
  if (byName !== undefined && !isImageType(byName)) return respondWithIcon(c, byName);
  const image = await openImage(source, path, c.req.raw.signal);
  if (image === undefined) return respondWithIcon(c, "image/");
  const { info, bytes, stored } = image;
  const type = mediaTypeOf(info) ?? "";
  const tag = info.etag?.replaceAll('"', "") ?? `${info.size}`;
  if (!isImageType(type)) return respondWithIcon(c, type);
  if (stored) return respond(c, { type: stored.type, body: stored.bytes, tag: `${tag}-${stored.tag}` });
  // A broken picture would be shown as one.
  if (SIZED_TYPES.has(type) && readImageSize(bytes) === undefined) return respondWithIcon(c, type);
  if (info.size === bytes.byteLength) return respond(c, { type, body: bytes, tag });
  const small = findThumbnail(bytes);
  return small ? respond(c, { type: "image/jpeg", body: small, tag: `${tag}-upright` }) : respondWithIcon(c, type);
}

/**
 * The thumbnail that is stored for an image, else a whole image of up to 1 MiB, the first 128 KiB of a larger one, or
 * no bytes of another file; `undefined` for an empty one.
 */
async function openImage(
  source: S3Source,
  path: string,
  signal: AbortSignal,
): Promise<{ info: FileInfo; bytes: Uint8Array<ArrayBuffer>; stored?: StoredThumbnail } | undefined> {
  try {
    const { info, range, body } = await source.stream(path, { range: { offset: 0, length: MAX_WHOLE_BYTES }, signal });
    const type = mediaTypeOf(info) ?? "";
    const stored = isImageType(type) ? await findStoredThumbnail(source, info, signal) : undefined;
    if (stored) {
      await body.cancel();
      return { info, bytes: new Uint8Array(), stored };
    }
    const wanted = !isImageType(type) ? 0 : info.size <= MAX_WHOLE_BYTES ? range.length : IMAGE_HEADER_BYTES;
    if (wanted > 0) return { info, bytes: await readStart(body, wanted) };
    await body.cancel();
    return { info, bytes: new Uint8Array() };
  } catch (error) {
    if (error instanceof RangeNotSatisfiableError) return undefined;
    throw error;
  }
}

async function readStart(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  wanted: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(wanted);
  let filled = 0;
  for await (const chunk of body) {
    bytes.set(chunk.subarray(0, wanted - filled), filled);
    filled = Math.min(wanted, filled + chunk.byteLength);
    if (filled === wanted) break;
  }
  return bytes.subarray(0, filled);
}

function respondWithIcon(c: AppRequest, type: string): Response {
  return respond(c, { type: "image/svg+xml", body: iconOf(type), tag: type });
}

function respond(
  c: AppRequest,
  { type, body, tag }: { type: string; body: string | Uint8Array<ArrayBuffer>; tag: string },
): Response {
  const headers = {
    "cache-control": "private, max-age=300",
    "content-security-policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:",
    "referrer-policy": "no-referrer",
    etag: `"thumbnail-${tag}"`,
  };
  if (c.req.header("if-none-match") === headers.etag) return new Response(null, { status: 304, headers });
  return new Response(body, { headers: { ...headers, "content-type": type } });
}

/** A sheet of paper with the kind of file on it, in a grey that is visible on light and dark. */
function iconOf(type: string): string {
  const label = LABELS.get(type.split("/")[0] ?? "") ?? "FILE";
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48" width="48" height="48" role="img" aria-label="${label}">` +
    '<path fill="none" stroke="#808691" stroke-width="2" stroke-linejoin="round" d="M11 4h18l9 9v31H11zM29 4v9h9"/>' +
    `<text x="24" y="33" fill="#808691" font-family="system-ui,sans-serif" font-size="8" text-anchor="middle">${label}</text></svg>`;
}

const LABELS: ReadonlyMap<string, string> = new Map([
  ["image", "IMAGE"],
  ["audio", "AUDIO"],
  ["video", "VIDEO"],
  ["text", "TEXT"],
]);

const MAX_WHOLE_BYTES = 1024 * 1024;
