import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { findThumbnail, readImageSize } from "../../src/app/files/image_header.ts";
import { createWorld, idOf } from "../support/app_world.ts";

const bytes = (...values: (number | string)[]) =>
  new Uint8Array(values.flatMap((value) => typeof value === "string" ? [...new TextEncoder().encode(value)] : [value]));
const uint16 = (value: number) => [value >> 8, value & 255];
const uint32 = (value: number) => [...uint16(value >>> 16), ...uint16(value & 0xffff)];
const reversed = (values: number[]) => values.toReversed();

/** A small image as cameras put it before the large one. */
const SMALL = [0xff, 0xd8, 0xff, 0xd9];

/** A JPEG of 640 × 480 with Exif data in either order of bytes. */
function jpegOf(order: "big" | "little", length = SMALL.length): Uint8Array<ArrayBuffer> {
  const [two, four] = order === "big"
    ? [uint16, uint32]
    : [(value: number) => reversed(uint16(value)), (value: number) => reversed(uint32(value))];
  const tag = (name: number, value: number) => [...two(name), ...two(4), ...four(1), ...four(value)];
  const first = [...two(0), ...four(14)]; // No entries; the second image's are at 14.
  const second = [...two(2), ...tag(0x0201, 14 + 2 + 24 + 4), ...tag(0x0202, length), ...four(0)];
  const mark = order === "big" ? "MM" : "II";
  const tiff = [...bytes(mark), ...two(42), ...four(8), ...first, ...second, ...SMALL];
  const exif = [...bytes("Exif", 0, 0), ...tiff];
  const frame = [8, ...uint16(480), ...uint16(640), 3];
  return new Uint8Array([
    ...[0xff, 0xd8, 0xff, 0xe1, ...uint16(exif.length + 2), ...exif],
    ...[0xff, 0xc4, ...uint16(3), 0, 0xff, 0xff, 0xc2, ...uint16(frame.length + 2), ...frame],
  ]);
}

const IMAGES = {
  PNG: bytes(0x89, "PNG\r\n", 0x1a, "\n", ...uint32(13), "IHDR", ...uint32(640), ...uint32(480)),
  GIF: bytes("GIF89a", 0x80, 2, 0xe0, 1),
  "WebP, lossy": bytes("RIFF", ...uint32(0), "WEBPVP8 ", ...uint32(0), 0, 0, 0, 0x9d, 1, 0x2a, 0x80, 2, 0xe0, 1),
  // 639 and 479 in 14 bits each, the lowest first.
  "WebP, lossless": bytes("RIFF", ...uint32(0), "WEBPVP8L", ...uint32(0), 0x2f, 0x7f, 0xc2, 0x77, 0),
  "WebP, extended": bytes("RIFF", ...uint32(0), "WEBPVP8X", ...uint32(0), ...uint32(0), 0x7f, 2, 0, 0xdf, 1, 0),
  JPEG: jpegOf("big"),
};

for (const [name, image] of Object.entries(IMAGES)) {
  Deno.test(`readImageSize() reads the size of a ${name}`, () => {
    assertEquals(readImageSize(image), { width: 640, height: 480 });
  });

  Deno.test(`readImageSize() makes nothing of a ${name} that ends early`, () => {
    for (let end = 0; end < Math.min(image.length - 6, 24); end++) {
      assertEquals(readImageSize(image.slice(0, end)), undefined, `${end} bytes`);
    }
  });
}

Deno.test("readImageSize() makes nothing of an image without pixels", () => {
  assertEquals(readImageSize(bytes("GIF89a", 0, 0, 0xe0, 1)), undefined);
});

for (const order of ["big", "little"] as const) {
  Deno.test(`findThumbnail() finds the small image in Exif data, ${order} end first`, () => {
    assertEquals([...findThumbnail(jpegOf(order)) ?? []], SMALL);
  });
}

Deno.test("findThumbnail() finds none that is not all there, or no JPEG", () => {
  assertEquals(findThumbnail(jpegOf("big", 5_000)), undefined);
  const broken = jpegOf("big");
  broken[broken.indexOf(0xd8, 4)] = 0;
  assertEquals(findThumbnail(broken), undefined);
  assertEquals(findThumbnail(IMAGES.PNG), undefined);
});

Deno.test("readImageSize() and findThumbnail() survive any bytes", () => {
  const starts = [bytes(0xff, 0xd8), jpegOf("big").slice(0, 30), jpegOf("little"), ...Object.values(IMAGES)];
  fc.assert(
    fc.property(fc.constantFrom(...starts), fc.uint8Array({ maxLength: 200 }), fc.nat(40), (start, tail, cut) => {
      const any = new Uint8Array([...start.slice(0, cut), ...tail]);
      readImageSize(any);
      findThumbnail(any);
    }),
  );
});

Deno.test("GET {id}/thumbnail sends a small image as it is, and once", async () => {
  const { request } = createWorld({ files: { "a.png": IMAGES.PNG } });
  const response = await request(`/${idOf("a.png")}/thumbnail`);
  assertEquals([response.headers.get("content-type"), (await response.bytes()).length], [
    "image/png",
    IMAGES.PNG.length,
  ]);
  assertEquals(response.headers.get("cache-control"), "private, max-age=300");
  const headers = { "if-none-match": response.headers.get("etag") ?? "" };
  assertEquals((await request(`/${idOf("a.png")}/thumbnail`, { headers })).status, 304);
});

Deno.test("GET {id}/thumbnail sends the small image inside a large photograph, having read little of it", async () => {
  const photo = new Uint8Array(3 * 1024 ** 2);
  photo.set(jpegOf("little"));
  const { request, s3 } = createWorld({ files: { "a.jpg": photo, "b.jpg": new Uint8Array(3 * 1024 ** 2) } });
  const response = await request(`/${idOf("a.jpg")}/thumbnail`);
  assertEquals([response.headers.get("content-type"), [...await response.bytes()]], ["image/jpeg", SMALL]);
  assertEquals(s3.requests.map(({ headers }) => headers["range"]), ["bytes=0-1048575"]);
  const icon = await request(`/${idOf("b.jpg")}/thumbnail`);
  assertEquals(icon.headers.get("content-type"), "image/svg+xml");
});

Deno.test("GET {id}/thumbnail sends an icon for what is no image, without asking the store", async () => {
  const { request, s3 } = createWorld({ files: { "a.mp3": "", "b.txt": "", "c.png": "", "d": "text" } });
  const iconOf = async (path: string) => {
    const response = await request(`/${idOf(path)}/thumbnail`);
    return [response.headers.get("content-type"), />(\w+)<\/text>/.exec(await response.text())?.[1]];
  };
  assertEquals([await iconOf("a.mp3"), await iconOf("b.txt")], [["image/svg+xml", "AUDIO"], ["image/svg+xml", "TEXT"]]);
  assertEquals(s3.requests, []);
  assertEquals([await iconOf("c.png"), await iconOf("d")], [["image/svg+xml", "IMAGE"], ["image/svg+xml", "FILE"]]);
});
