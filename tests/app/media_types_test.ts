import { assertEquals } from "@std/assert";
import { contentTypeOf, inlineTypeOf, isTextType } from "../../src/app/files/media_types.ts";

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
    ["a.srt", undefined, "application/x-subrip", "text/plain; charset=utf-8"],
    ["a.pem", undefined, "application/x-pem-file", "text/plain; charset=utf-8"],
    ["a.pem", "application/x-x509-ca-cert", "application/x-x509-ca-cert", "text/plain; charset=utf-8"],
    ["a.eml", "message/rfc822", "message/rfc822", "text/plain; charset=utf-8"],
    ["a.m3u", "audio/x-mpegurl", "audio/x-mpegurl", "text/plain; charset=utf-8"],
    ["a.kt", undefined, "text/plain", "text/plain; charset=utf-8"],
    ["a.svg", "image/svg+xml", "image/svg+xml", "image/svg+xml"],
    ["a.mkv", undefined, "video/x-matroska", "video/x-matroska"],
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

Deno.test("isTextType() knows text by the names that browsers and clients give it", () => {
  const types = [
    ...["text/x-python", "message/rfc822", "application/x-subrip", "application/x-typescript", "application/json"],
    ...["application/x-yaml", "application/geo+json", "application/atom+xml", "application/x-x509-ca-cert"],
    ...["application/x-shellscript", "application/pgp-signature", "audio/x-mpegurl"],
  ];
  assertEquals(types.filter((type) => !isTextType(type)), []);
  const others = ["application/zip", "image/svg+xml", "video/mp2t", "audio/mpeg", "application/x-tar", "x/text/"];
  assertEquals(others.filter(isTextType), []);
});
