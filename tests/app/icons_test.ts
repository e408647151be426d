import { assertEquals, assertStringIncludes } from "@std/assert";
import { fileIcon, iconMarkup } from "../../src/app/browser/icons.js";

for (
  const [name, kind] of [
    ["a.PDF", "pdf"],
    ["a.tar.gz", "archive"],
    ["a.xlsx", "table"],
    ["a.py", "code"],
    ["a.flac", "audio"],
    ["a.mkv", "video"],
    ["a.jpeg", "image"],
    ["a.md", "text"],
    ["a.constructor", "file"],
    ["pdf/none", "file"],
    ["", "file"],
  ] as const
) {
  Deno.test(`fileIcon() is "${kind}" for "${name}"`, () => {
    assertEquals(fileIcon(name), kind);
    assertStringIncludes(iconMarkup(kind), `class="icon i-${kind}"`);
  });
}
