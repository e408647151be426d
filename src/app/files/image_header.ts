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

/** The thumbnail inside a photograph, a JPEG that stands as the photograph does; `undefined` if there is none. */
export function findThumbnail(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    const found = readExifThumbnail(view);
    const thumbnail = found && bytes.slice(found.start, found.end);
    const isWhole = found !== undefined && thumbnail?.byteLength === found.end - found.start;
    if (!isWhole || thumbnail[0] !== 0xff || thumbnail[1] !== 0xd8) return undefined;
    return isTurned(bytes, thumbnail) ? thumbnail : withOrientation(thumbnail, found.orientation);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Whether a program has turned the thumbnail already, so that it is upright and the photograph is not. */
function isTurned(photo: Uint8Array<ArrayBuffer>, thumbnail: Uint8Array<ArrayBuffer>): boolean {
  const [large, small] = [readImageSize(photo), readImageSize(thumbnail)];
  if (large === undefined || small === undefined) return false;
  return (large.width - large.height) * (small.width - small.height) < 0;
}

/** Adds Exif data with nothing but the orientation, which browsers apply. */
function withOrientation(jpeg: Uint8Array<ArrayBuffer>, orientation: number): Uint8Array<ArrayBuffer> {
  // 1 is upright; others do not exist.
  if (!(orientation > 1 && orientation <= 8) || hasExif(jpeg)) return jpeg;
  // A segment of 34 bytes: big-endian TIFF with one entry, a short.
  const segment = [
    ...[0xff, 0xe1, 0, 34, 0x45, 0x78, 0x69, 0x66, 0, 0],
    ...[0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1],
    ...[ORIENTATION >> 8, ORIENTATION & 255, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0],
  ];
  const turned = new Uint8Array(jpeg.length + segment.length);
  turned.set(jpeg.subarray(0, 2));
  turned.set(segment, 2);
  turned.set(jpeg.subarray(2), 2 + segment.length);
  return turned;
}

function hasExif(jpeg: Uint8Array<ArrayBuffer>): boolean {
  const view = new DataView(jpeg.buffer, jpeg.byteOffset, jpeg.byteLength);
  for (const segment of jpegSegments(view)) if (isExif(view, segment)) return true;
  return false;
}

function isExif(view: DataView, { marker, start }: { marker: number; start: number }): boolean {
  return marker === 0xe1 && view.getUint32(start) === 0x45786966;
}

/** https://www.w3.org/Graphics/JPEG/itu-t81.pdf, B.1.1.4 */
function* jpegSegments(view: DataView): Generator<{ marker: number; start: number }> {
  if (view.getUint16(0) !== 0xffd8) return;
  for (let at = 2; view.getUint8(at) === 0xff;) {
    const marker = view.getUint8(at + 1);
    // Only pixels follow, or nothing.
    if (marker === 0xda || marker === 0xd9) return;
    if (marker === 0xff) {
      at++;
      continue;
    }
    yield { marker, start: at + 4 };
    at += 2 + view.getUint16(at + 2);
  }
}

/**
 * The position of the second image in the Exif data, and how both are turned.
 * https://www.cipa.jp/std/documents/e/DC-X008-Translation-2019-E.pdf, 4.5.4 and 4.6.4
 */
function readExifThumbnail(view: DataView): { start: number; end: number; orientation: number } | undefined {
  for (const segment of jpegSegments(view)) {
    if (!isExif(view, segment)) continue;
    const tiff = segment.start + 6;
    const isLittle = view.getUint16(tiff) === 0x4949;
    const uint16 = (at: number) => view.getUint16(tiff + at, isLittle);
    const uint32 = (at: number) => view.getUint32(tiff + at, isLittle);
    const entriesAt = (at: number) => Array.from({ length: uint16(at) }, (_, index) => at + 2 + 12 * index);
    const first = uint32(4);
    const second = uint32(first + 2 + 12 * uint16(first));
    if (second === 0) return undefined;
    const tags = new Map(entriesAt(second).map((entry) => [uint16(entry), uint32(entry + 8)]));
    const [offset, length] = [tags.get(JPEG_OFFSET), tags.get(JPEG_LENGTH)];
    if (offset === undefined || length === undefined) return undefined;
    const turn = entriesAt(first).find((entry) => uint16(entry) === ORIENTATION);
    const orientation = turn === undefined ? 1 : uint16(turn + 8);
    return { start: tiff + offset, end: tiff + offset + length, orientation };
  }
  return undefined;
}

const ORIENTATION = 0x0112;
const JPEG_OFFSET = 0x0201;
const JPEG_LENGTH = 0x0202;
