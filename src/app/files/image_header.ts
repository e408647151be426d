/** Pixels of an image. */
export interface ImageSize {
  /** From left to right. */
  readonly width: number;
  /** From top to bottom. */
  readonly height: number;
}

/** How many bytes of a file tell nearly always how large its image is, and have the small image that cameras put before it. */
export const IMAGE_HEADER_BYTES = 128 * 1024;

/** The size of a PNG, GIF, WebP or JPEG by its first bytes; `undefined` if they do not tell. */
export function readImageSize(bytes: Uint8Array<ArrayBuffer>): ImageSize | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    const size = readPng(view) ?? readGif(view) ?? readWebp(view) ?? readJpeg(view);
    return size && size.width > 0 && size.height > 0 ? size : undefined;
  } catch (error) {
    // It ends before it tells.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** The small JPEG inside a photograph; `undefined` if there is none. */
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

/** https://www.w3.org/TR/png-3/#11IHDR */
function readPng(view: DataView): ImageSize | undefined {
  if (view.getUint32(0) !== 0x89504e47 || view.getUint32(12) !== 0x49484452) return undefined;
  return { width: view.getUint32(16), height: view.getUint32(20) };
}

/** https://www.w3.org/Graphics/GIF/spec-gif89a.txt */
function readGif(view: DataView): ImageSize | undefined {
  if (view.getUint32(0) !== 0x47494638) return undefined;
  return { width: view.getUint16(6, true), height: view.getUint16(8, true) };
}

/** https://developers.google.com/speed/webp/docs/riff_container */
function readWebp(view: DataView): ImageSize | undefined {
  if (view.getUint32(0) !== 0x52494646 || view.getUint32(8) !== 0x57454250) return undefined;
  const uint24 = (at: number) => view.getUint16(at, true) + view.getUint8(at + 2) * 0x10000;
  switch (view.getUint32(12)) {
    case 0x56503858: // VP8X
      return { width: uint24(24) + 1, height: uint24(27) + 1 };
    case 0x5650384c: { // VP8L: two numbers of 14 bits
      const bits = view.getUint32(21, true);
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
    }
    case 0x56503820: // VP8
      return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
    default:
      return undefined;
  }
}

/** https://www.w3.org/Graphics/JPEG/itu-t81.pdf, B.1.1.4 and B.2.2 */
function readJpeg(view: DataView): ImageSize | undefined {
  for (const { marker, start } of jpegSegments(view)) {
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return { width: view.getUint16(start + 3), height: view.getUint16(start + 1) };
  }
  return undefined;
}

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

/** Where the second image of the Exif data is. https://www.cipa.jp/std/documents/e/DC-X008-Translation-2019-E.pdf, 4.5.4 */
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
