import { baseName, pathProblem } from "../../s3/keys.ts";
import type { FileInfo } from "../../types/files.ts";
import type { S3Source } from "../../types/source.ts";
import { folderOf } from "../browser/format.js";
import { THUMBNAIL_FOLDER } from "./hidden.ts";
import { readImageSize } from "./image_header.ts";
import { isImageType, mediaTypeOf } from "./media_types.ts";

/** The thumbnail of a picture, as its uploader's browser made it. */
export interface StoredThumbnail {
  /** Media type. */
  readonly type: string;
  /** The picture. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Differs for each thumbnail of the same picture. */
  readonly tag: string;
}

/** Smaller pictures are their own thumbnails. */
export const OWN_THUMBNAIL_BYTES = 256 * 1024;

/** The largest thumbnail that is kept. */
export const MAX_THUMBNAIL_BYTES = 64 * 1024;

/** Its longer side. */
export const MAX_THUMBNAIL_PIXELS = 512;

/** Where the thumbnail of a file is kept, if it has one; `undefined` if it can have none. */
export function thumbnailPath(path: string): string | undefined {
  const name = baseName(path);
  if (path.endsWith("/") || !isImageType(mediaTypeOf({ name }) ?? "")) return undefined;
  const beside = folderOf(path) + THUMBNAIL_FOLDER + name;
  return pathProblem(beside) === undefined ? beside : undefined;
}

/** The media type of a thumbnail, by its content; `undefined` if it is anything else, or too large. */
export function thumbnailType(bytes: Uint8Array<ArrayBuffer>): string | undefined {
  if (bytes.byteLength > MAX_THUMBNAIL_BYTES) return undefined;
  const start = String.fromCharCode(...bytes.subarray(0, 12));
  const type = start.startsWith("\xff\xd8\xff")
    ? "image/jpeg"
    : start.startsWith("\x89PNG\r\n\x1a\n")
    ? "image/png"
    : /^RIFF[^]{4}WEBP$/.test(start)
    ? "image/webp"
    : undefined;
  const { width, height } = type && readImageSize(bytes) || { width: Infinity, height: Infinity };
  return Math.max(width, height) <= MAX_THUMBNAIL_PIXELS ? type : undefined;
}

/** The stored thumbnail of this version of a picture; `undefined` if there is none, or it cannot be read. */
export async function findStoredThumbnail(
  source: S3Source,
  file: FileInfo,
  signal: AbortSignal,
): Promise<StoredThumbnail | undefined> {
  const path = thumbnailPath(file.path);
  if (path === undefined || file.size <= OWN_THUMBNAIL_BYTES) return undefined;
  try {
    const { info, body } = await source.stream(path, { range: { offset: 0, length: MAX_THUMBNAIL_BYTES }, signal });
    if (info.size > MAX_THUMBNAIL_BYTES || file.etag === null || info.metadata[OF_ETAG] !== plainTag(file.etag)) {
      await body.cancel();
      return undefined;
    }
    const bytes = new Uint8Array(await new Response(body).arrayBuffer());
    const type = thumbnailType(bytes);
    return type === undefined ? undefined : { type, bytes, tag: plainTag(info.etag ?? "") };
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

/** Keeps a thumbnail beside a picture, for this version of it. */
export async function storeThumbnail(
  source: S3Source,
  { path, etag }: FileInfo,
  { bytes, type, signal }: Omit<StoredThumbnail, "tag"> & { readonly signal: AbortSignal },
): Promise<void> {
  const beside = thumbnailPath(path);
  if (beside === undefined || etag === null) return;
  await source.upload(beside, bytes, { contentType: type, metadata: { [OF_ETAG]: plainTag(etag) }, signal });
}

/** Takes the thumbnail along with a file that was moved or copied. Nothing depends on it, so it never fails. */
export async function carryThumbnail(
  source: S3Source,
  { from, to, size, moves, signal }: {
    readonly from: string;
    readonly to: string;
    readonly size: number;
    readonly moves: boolean;
    readonly signal: AbortSignal | undefined;
  },
): Promise<void> {
  const [old, beside] = [thumbnailPath(from), thumbnailPath(to)];
  if (old === undefined || beside === undefined || old === beside || size <= OWN_THUMBNAIL_BYTES) return;
  await (moves ? source.move(old, beside, { signal }) : source.copy(old, beside, { signal })).catch(() => {});
}

/** Deletes the thumbnail of a file that was deleted. It never fails either. */
export async function dropThumbnail(
  source: S3Source,
  { path, size }: Pick<FileInfo, "path" | "size">,
  signal: AbortSignal,
): Promise<void> {
  const beside = thumbnailPath(path);
  if (beside !== undefined && size > OWN_THUMBNAIL_BYTES) await source.delete(beside, { signal }).catch(() => {});
}

/** In a thumbnail's metadata: the ETag of the picture that it shows. */
const OF_ETAG = "thumbnail-of";

/** Without quotes, and as strong as before a proxy compressed the response. */
function plainTag(etag: string): string {
  return encodeURIComponent(etag.replace(/^W\//, "").replaceAll('"', ""));
}
