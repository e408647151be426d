import { imageDimensionsFromData } from "image-dimensions";

/** Pixels of an image. */
export interface ImageSize {
  /** Horizontal. */
  readonly width: number;
  /** Vertical. */
  readonly height: number;
}

/** Enough for the size of nearly every image, and for the small one that cameras put before it. */
export const IMAGE_HEADER_BYTES = 128 * 1024;

/** Types whose size {@link readImageSize} finds. */
export const SIZED_TYPES: ReadonlySet<string> = new Set([
  "image/avif",
  "image/gif",
  "image/heic",
  "image/heif",
  "image/jpeg",
  "image/png",
  "image/webp",
]);

/** The size of an image, from its first bytes; `undefined` if they do not contain it. */
export function readImageSize(bytes: Uint8Array<ArrayBuffer>): ImageSize | undefined {
  const { width, height } = imageDimensionsFromData(bytes) ?? { width: 0, height: 0 };
  return width > 0 && height > 0 ? { width, height } : undefined;
}

/** The thumbnail inside a photograph, a JPEG; `undefined` if there is none. */
export function findThumbnail(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    const span = readExifThumbnail(view);
    const thumbnail = span && bytes.subarray(span.start, span.end);
    const isWhole = span !== undefined && thumbnail?.byteLength === span.end - span.start;
    return isWhole && thumbnail[0] === 0xff && thumbnail[1] === 0xd8 ? thumbnail : undefined;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** https://www.w3.org/Graphics/JPEG/itu-t81.pdf, B.1.1.4 */
function* jpegSegments(view: DataView): Generator<{ marker: number; start: number }> {
  if (view.getUint16(0) !== 0xffd8) return;
  for (let at = 2; view.getUint8(at) === 0xff;) {
    const marker = view.getUint8(at + 1);
    if (marker === 0xda) return;
    if (marker === 0xff) {
      at++;
      continue;
    }
    yield { marker, start: at + 4 };
    at += 2 + view.getUint16(at + 2);
  }
}

/**
 * The position of the second image in the Exif data.
 * https://www.cipa.jp/std/documents/e/DC-X008-Translation-2019-E.pdf, 4.5.4
 */
function readExifThumbnail(view: DataView): { start: number; end: number } | undefined {
  for (const { marker, start } of jpegSegments(view)) {
    if (marker !== 0xe1 || view.getUint32(start) !== 0x45786966) continue;
    const tiff = start + 6;
    const isLittle = view.getUint16(tiff) === 0x4949;
    const uint16 = (at: number) => view.getUint16(tiff + at, isLittle);
    const uint32 = (at: number) => view.getUint32(tiff + at, isLittle);
    const first = uint32(4);
    const second = uint32(first + 2 + 12 * uint16(first));
    if (second === 0) return undefined;
    const tags = new Map(Array.from({ length: uint16(second) }, (_, index) => {
      const entry = second + 2 + 12 * index;
      return [uint16(entry), uint32(entry + 8)];
    }));
    const [offset, length] = [tags.get(JPEG_OFFSET), tags.get(JPEG_LENGTH)];
    return offset === undefined || length === undefined
      ? undefined
      : { start: tiff + offset, end: tiff + offset + length };
  }
  return undefined;
}

const JPEG_OFFSET = 0x0201;
const JPEG_LENGTH = 0x0202;
