import { assertEquals } from "@std/assert";
import { contentTypeOf, inlineTypeOf } from "../../src/app/files/media_types.ts";

for (
  const [name, contentType, type, inline] of [
    ["a.png", undefined, "image/png", "image/png"],
    ["a.png", "binary/octet-stream", "image/png", "image/png"],
    ["a.png", "text/html; charset=x", "text/html; charset=x", "text/plain; charset=utf-8"],
    ["a.html", undefined, "text/html", "text/plain; charset=utf-8"],
    ["a.SVG", "", "image/svg+xml", "image/svg+xml"],
    ["a", "Video/MP4", "Video/MP4", "video/mp4"],
    ["a.json", undefined, "application/json", "text/plain; charset=utf-8"],
    ["a", "application/ld+json", "application/ld+json", "text/plain; charset=utf-8"],
    ["a", "application/xhtml+xml", "application/xhtml+xml", "text/plain; charset=utf-8"],
    ["a", 'video/x"; evil', 'video/x"; evil', undefined],
    ["a.zip", undefined, "application/zip", undefined],
    ["a", "application/octet-stream", "application/octet-stream", undefined],
    ["constructor", undefined, undefined, undefined],
  ] as const
) {
  Deno.test(`a file "${name}" of ${contentType} counts as ${type} and is shown as ${inline}`, () => {
    const file = { name, ...contentType !== undefined && { contentType } };
    assertEquals([contentTypeOf(file), inlineTypeOf(file)], [type, inline]);
  });
}

Deno.test("inlineTypeOf() shows only images that browsers can show", () => {
  const types = ["image/png", "image/avif", "image/heic", "image/tiff"];
  assertEquals(types.filter((contentType) => inlineTypeOf({ name: "a", contentType })), ["image/png", "image/avif"]);
});
