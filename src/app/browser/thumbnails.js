import { uploadUrl } from "./dom.js";

/** @typedef {import("./client_types.ts").UploadItem} Item */

/** A decoded photograph takes hundreds of MB, so there is one at a time. @type {Promise<unknown>} */
let last = Promise.resolve();

/**
 * Makes a small picture of an uploaded one and stores it. Rejects if the browser cannot decode the picture.
 * @param {Item} item
 */
export function storeThumbnail({ blob, ticket }) {
  const stored = last.then(async () => {
    if (!ticket || blob.size > MAX_PICTURE_BYTES) return;
    const body = await makeThumbnail(blob);
    const url = `${uploadUrl}/-/thumbnail?token=${encodeURIComponent(ticket.upload_token)}`;
    if (body) await fetch(url, { method: "PUT", body, signal: AbortSignal.timeout(LIMIT_MS) });
  });
  last = stored.catch(() => {});
  return stored;
}

/**
 * The first that is small enough. Browsers that cannot write WebP write a PNG, which is kept if it is.
 * @param {Blob} blob
 */
async function makeThumbnail(blob) {
  // Turned as its metadata says: https://html.spec.whatwg.org/#dom-createimagebitmap
  const picture = await createImageBitmap(blob, { imageOrientation: "from-image" });
  try {
    for (const [pixels, quality] of STEPS) {
      const scale = Math.min(1, pixels / Math.max(picture.width, picture.height));
      const [width, height] = [picture.width, picture.height].map((side) => Math.max(1, Math.round(side * scale)));
      const canvas = new OffscreenCanvas(width ?? 1, height ?? 1);
      const paint = canvas.getContext("2d");
      if (!paint) return undefined;
      paint.imageSmoothingQuality = "high";
      paint.drawImage(picture, 0, 0, canvas.width, canvas.height);
      const type = blob.type === "image/jpeg" ? blob.type : "image/webp";
      const small = await canvas.convertToBlob({ type, quality });
      if (small.size <= MAX_BYTES) return small;
    }
    return undefined;
  } finally {
    picture.close();
  }
}

/** Pixels of the longer side, and the quality. @type {readonly (readonly [number, number])[]} */
const STEPS = [[512, .8], [512, .6], [320, .6], [160, .5]];
const MAX_BYTES = 64 * 1024;
const MAX_PICTURE_BYTES = 100 * 1024 * 1024;
const LIMIT_MS = 10_000;
