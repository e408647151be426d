import { createWorld, idOf } from "../support/app_world.ts";
import { assertEquals } from "@std/assert";
import { readImageSize } from "../../src/app/files/image_header.ts";
import { bytes, IMAGES } from "../support/images.ts";

for (const [name, image] of Object.entries(IMAGES)) {
  Deno.test(`readImageSize() reads the size of a ${name}`, () => {
    assertEquals(readImageSize(image), { width: 640, height: 480 });
  });

  Deno.test(`readImageSize() finds no size in a ${name} that ends early`, () => {
    for (let end = 0; end < Math.min(image.length - 6, 24); end++) {
      assertEquals(readImageSize(image.slice(0, end)), undefined, `${end} bytes`);
    }
  });
}

Deno.test("readImageSize() finds no size in an image without pixels", () => {
  assertEquals(readImageSize(bytes("GIF89a", 0, 0, 0xe0, 1)), undefined);
  assertEquals(readImageSize(bytes("GIF89a", 0x80, 2, 0, 0)), undefined);
});

for (const [type, path] of [["AVIF", "a.avif"], ["HEIC", "a.heic"], ["HEIC", "a.heif"], ["GIF", "a.gif"]] as const) {
  Deno.test(`GET {id}.json has the size of ${path}`, async () => {
    const { request } = createWorld({ files: { [path]: IMAGES[type] } });
    const { width, height } = await (await request(`/${idOf(path)}.json`)).json();
    assertEquals([width, height], [640, 480]);
  });
}

Deno.test("GET {id}.json reads nothing of files that are not images", async () => {
  const { request, s3 } = createWorld({ files: { "a.txt": "GIF89a", "a.svg": "<svg/>" } });
  for (const path of ["a.txt", "a.svg"]) await request(`/${idOf(path)}.json`);
  assertEquals(s3.requests.map(({ operation }) => operation), ["HeadObject", "HeadObject"]);
});
