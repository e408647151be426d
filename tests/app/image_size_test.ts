import { assertEquals } from "@std/assert";
import { readImageSize } from "../../src/app/files/image_header.ts";
import { bytes, IMAGES } from "../support/images.ts";

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
