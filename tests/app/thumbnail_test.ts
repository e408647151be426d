import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { findThumbnail, readImageSize } from "../../src/app/files/image_header.ts";
import { createWorld, idOf } from "../support/app_world.ts";
import { bytes, exifOf, IMAGES, jpegOf, SMALL, smallJpegOf } from "../support/images.ts";

for (const order of ["big", "little"] as const) {
  Deno.test(`findThumbnail() finds the thumbnail in Exif data, ${order}-endian`, () => {
    assertEquals([...findThumbnail(jpegOf(order)) ?? []], SMALL);
  });
}

Deno.test("findThumbnail() ignores one that is cut off, or not a JPEG", () => {
  assertEquals(findThumbnail(jpegOf("big", { length: 5_000 })), undefined);
  const broken = jpegOf("big");
  broken[broken.indexOf(0xd8, 4)] = 0;
  assertEquals(findThumbnail(broken), undefined);
  assertEquals(findThumbnail(IMAGES.PNG), undefined);
});

Deno.test("findThumbnail() gives the thumbnail the photograph's orientation", () => {
  for (const order of ["big", "little"] as const) {
    const turned = findThumbnail(jpegOf(order, { orientation: 6, thumbnail: smallJpegOf(160, 120) }));
    const [start, end] = [smallJpegOf(160, 120).slice(0, 2), smallJpegOf(160, 120).slice(2)];
    assertEquals([...turned ?? []].slice(0, 2), start);
    assertEquals([...turned ?? []].slice(-end.length), end);
    // What is between is Exif data, whose only entry is the orientation.
    const exif = [...turned ?? []].slice(2, -end.length);
    assertEquals(exif.slice(0, 4), [0xff, 0xe1, 0, exif.length - 2]);
    assertEquals(exif.slice(20, 32), [1, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0]);
  }
});

Deno.test("findThumbnail() leaves a thumbnail as it is that is upright, is turned already, or says how it stands", () => {
  const own = [0xff, 0xd8, ...exifOf({ orientation: 6 }), ...smallJpegOf(160, 120).slice(2)];
  for (
    const [orientation, thumbnail] of [
      [1, smallJpegOf(160, 120)],
      [0, smallJpegOf(160, 120)],
      [9, smallJpegOf(160, 120)],
      [6, smallJpegOf(120, 160)],
      [6, own],
    ] as const
  ) {
    assertEquals([...findThumbnail(jpegOf("big", { orientation, thumbnail })) ?? []], [...thumbnail]);
  }
});

Deno.test("readImageSize() and findThumbnail() survive any bytes", () => {
  const photos = [jpegOf("little"), jpegOf("big", { orientation: 6, thumbnail: smallJpegOf(160, 120) })];
  const starts = [bytes(0xff, 0xd8), jpegOf("big").slice(0, 30), ...photos, ...Object.values(IMAGES)];
  fc.assert(
    fc.property(fc.constantFrom(...starts), fc.uint8Array({ maxLength: 200 }), fc.nat(40), (start, tail, cut) => {
      const any = new Uint8Array([...start.slice(0, cut), ...tail]);
      readImageSize(any);
      findThumbnail(any);
    }),
  );
});

Deno.test("GET {id}/thumbnail sends a small image unchanged, and lets browsers cache it", async () => {
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

Deno.test("GET {id}/thumbnail sends the thumbnail inside a large photograph, after reading little of it", async () => {
  const photo = new Uint8Array(3 * 1024 ** 2);
  photo.set(jpegOf("little"));
  const { request, s3 } = createWorld({ files: { "a.jpg": photo, "b.jpg": new Uint8Array(3 * 1024 ** 2) } });
  const response = await request(`/${idOf("a.jpg")}/thumbnail`);
  assertEquals([response.headers.get("content-type"), [...await response.bytes()]], ["image/jpeg", SMALL]);
  assertEquals(s3.requests.map(({ headers }) => headers["range"]), ["bytes=0-1048575", "bytes=0-65535"]);
  const icon = await request(`/${idOf("b.jpg")}/thumbnail`);
  assertEquals(icon.headers.get("content-type"), "image/svg+xml");
});

Deno.test("GET {id}/thumbnail sends an icon for other files, without a request to the store", async () => {
  const { request, s3 } = createWorld({ files: { "a.mp3": "", "b.txt": "", "c.png": "", "d": "text" } });
  const iconOf = async (path: string) => {
    const response = await request(`/${idOf(path)}/thumbnail`);
    return [response.headers.get("content-type"), />(\w+)<\/text>/.exec(await response.text())?.[1]];
  };
  assertEquals([await iconOf("a.mp3"), await iconOf("b.txt")], [["image/svg+xml", "AUDIO"], ["image/svg+xml", "TEXT"]]);
  assertEquals(s3.requests, []);
  assertEquals([await iconOf("c.png"), await iconOf("d")], [["image/svg+xml", "IMAGE"], ["image/svg+xml", "FILE"]]);
});

Deno.test("GET {id}/thumbnail sends an icon for what is no picture", async () => {
  const { request } = createWorld({ files: { "a.png": "broken", "b.jpg": "broken" } });
  for (const path of ["a.png", "b.jpg"]) {
    const response = await request(`/${idOf(path)}/thumbnail`);
    assertEquals([response.headers.get("content-type"), (await response.text()).includes("IMAGE")], [
      "image/svg+xml",
      true,
    ]);
  }
});

Deno.test("GET {id}/thumbnail sends an image of up to 1 MiB whole", async () => {
  const image = new Uint8Array(200 * 1024);
  image.set(IMAGES.PNG);
  const { request } = createWorld({ files: { "a.png": image } });
  const response = await request(`/${idOf("a.png")}/thumbnail`);
  assertEquals([response.headers.get("content-type"), (await response.bytes()).length], ["image/png", image.length]);
});

Deno.test("GET {id}/thumbnail sends an icon without waiting for the body of what is not an image", async () => {
  const { request } = createWorld({
    files: { "a.tif": "text" },
    fetch: (s3) => async (input, init) => {
      const { headers, status } = await s3.fetch(input, init);
      return new Response(new ReadableStream<Uint8Array>(), { headers, status });
    },
  });
  const response = await request(`/${idOf("a.tif")}/thumbnail`);
  assertEquals([response.status, response.headers.get("content-type")], [200, "image/svg+xml"]);
  await response.body?.cancel();
});
