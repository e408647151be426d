import { noteAction } from "../context.ts";
import { RequestRefusal } from "../failure.ts";
import { isImageType, mediaTypeOf } from "../files/media_types.ts";
import { MAX_THUMBNAIL_BYTES, MAX_THUMBNAIL_PIXELS, storeThumbnail, thumbnailType } from "../files/thumbnails.ts";
import { readBytes } from "../http/body.ts";
import { UPLOAD_ID } from "./records.ts";
import type { SourceRequest } from "./route.ts";
import { verifyTicket } from "./upload_ticket.ts";

/**
 * Receives the thumbnail of a picture from the browser that has just uploaded it: the token proves that. Nobody else
 * decides what a picture looks like in lists.
 */
export async function receiveThumbnail(request: SourceRequest): Promise<Response> {
  const { c, context, name, source, query, signal } = request;
  const { path, id } = await verifyTicket(request, query.get("token") ?? "");
  noteAction(c, { path });
  const bytes = await readBytes(c, context, MAX_THUMBNAIL_BYTES);
  const type = thumbnailType(bytes);
  if (type === undefined) {
    const most = `${MAX_THUMBNAIL_PIXELS} × ${MAX_THUMBNAIL_PIXELS} pixels`;
    throw new RequestRefusal(400, `A thumbnail must be a JPEG, PNG or WebP of at most ${most}.`);
  }
  const file = await source.stat(path, { signal });
  if (file?.metadata[UPLOAD_ID] !== id || !isImageType(mediaTypeOf(file) ?? "")) {
    throw new RequestRefusal(409, "This picture is not there, or is another one by now.", { code: "missing" });
  }
  await storeThumbnail(source, file, { bytes, type, signal });
  noteAction(c, { bytes: bytes.byteLength });
  context.metrics.onTransfer({ source: name, direction: "in", bytes: bytes.byteLength });
  return c.json({ ok: true });
}
