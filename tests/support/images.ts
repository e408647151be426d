/** Bytes, and texts as their bytes. */
export const bytes = (...values: (number | string)[]) =>
  new Uint8Array(values.flatMap((value) => typeof value === "string" ? [...new TextEncoder().encode(value)] : [value]));

const uint16 = (value: number) => [value >> 8, value & 255];
const uint32 = (value: number) => [...uint16(value >>> 16), ...uint16(value & 0xffff)];
/** A box of ISO's base media file format. https://mpeg.chiariglione.org/standards/mpeg-4/iso-base-media-file-format */
const box = (type: string, ...content: (number | string)[]) => {
  const payload = bytes(...content);
  return [...uint32(payload.length + 8), ...bytes(type), ...payload];
};
const reversed = (values: number[]) => values.toReversed();

/** A small image as cameras put it before the large one. */
export const SMALL = [0xff, 0xd8, 0xff, 0xd9];

/** How the Exif data of a photograph are. */
interface ExifOptions {
  /** Of bytes. */
  readonly order?: "big" | "little";
  /** As the camera was held. Default: it does not say. */
  readonly orientation?: number;
  /** The bytes of a JPEG. */
  readonly thumbnail?: readonly number[];
  /** What is said of the thumbnail's length. Default: the truth. */
  readonly length?: number;
}

/** The Exif segment of a JPEG. */
export function exifOf(
  { order = "big", orientation, thumbnail = SMALL, length = thumbnail.length }: ExifOptions,
): number[] {
  const [two, four] = order === "big"
    ? [uint16, uint32]
    : [(value: number) => reversed(uint16(value)), (value: number) => reversed(uint32(value))];
  const tag = (name: number, value: number) => [...two(name), ...two(4), ...four(1), ...four(value)];
  const turn = orientation === undefined ? [] : [...two(0x0112), ...two(3), ...four(1), ...two(orientation), ...two(0)];
  // The second image's entries are behind the first one's, then its bytes.
  const start = 14 + turn.length;
  const first = [...two(turn.length / 12), ...turn, ...four(start)];
  const second = [...two(2), ...tag(0x0201, start + 2 + 24 + 4), ...tag(0x0202, length), ...four(0)];
  const mark = order === "big" ? "MM" : "II";
  const tiff = [...bytes(mark), ...two(42), ...four(8), ...first, ...second, ...thumbnail];
  const exif = [...bytes("Exif", 0, 0), ...tiff];
  return [0xff, 0xe1, ...uint16(exif.length + 2), ...exif];
}

/** A JPEG of 640 × 480 with Exif data. */
export function jpegOf(order: "big" | "little", exif: Omit<ExifOptions, "order"> = {}): Uint8Array<ArrayBuffer> {
  return new Uint8Array([0xff, 0xd8, ...exifOf({ order, ...exif }), ...frameOf(640, 480)]);
}

/** A small JPEG of this size, as far as that is in it. */
export function smallJpegOf(width: number, height: number): number[] {
  return [0xff, 0xd8, ...frameOf(width, height), 0xff, 0xd9];
}

/** Tables, then the header of the frame with the size. */
function frameOf(width: number, height: number): number[] {
  const frame = [8, ...uint16(height), ...uint16(width), 3];
  return [0xff, 0xc4, ...uint16(3), 0, 0xff, 0xff, 0xc2, ...uint16(frame.length + 2), ...frame];
}

/** An AVIF or HEIC of 640 × 480, after a smaller image that is not its main one. */
function heifOf(brand: string): Uint8Array<ArrayBuffer> {
  const sizeOf = (width: number, height: number) => box("ispe", ...uint32(0), ...uint32(width), ...uint32(height));
  const primary = box("pitm", ...uint32(0), ...uint16(2));
  const properties = box("ipco", ...sizeOf(160, 120), ...sizeOf(640, 480));
  const owners = box("ipma", ...uint32(0), ...uint32(2), ...uint16(1), 1, 0x81, ...uint16(2), 1, 0x82);
  return bytes(
    ...box("ftyp", brand, ...uint32(0), "mif1"),
    ...box("meta", ...uint32(0), ...primary, ...box("iprp", ...properties, ...owners)),
  );
}

/** Images of 640 × 480, as far as their size is in them. */
export const IMAGES = {
  PNG: bytes(0x89, "PNG\r\n", 0x1a, "\n", ...uint32(13), "IHDR", ...uint32(640), ...uint32(480)),
  GIF: bytes("GIF89a", 0x80, 2, 0xe0, 1),
  "WebP, lossy": bytes("RIFF", ...uint32(0), "WEBPVP8 ", ...uint32(10), 0, 0, 0, 0x9d, 1, 0x2a, 0x80, 2, 0xe0, 1),
  // 639 and 479 in 14 bits each, the lowest first.
  "WebP, lossless": bytes("RIFF", ...uint32(0), "WEBPVP8L", ...uint32(5), 0x2f, 0x7f, 0xc2, 0x77, 0),
  "WebP, extended": bytes("RIFF", ...uint32(0), "WEBPVP8X", ...uint32(10), ...uint32(0), 0x7f, 2, 0, 0xdf, 1, 0),
  JPEG: jpegOf("big"),
  AVIF: heifOf("avif"),
  HEIC: heifOf("heic"),
};
