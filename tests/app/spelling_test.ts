import { assertEquals, assertStringIncludes } from "@std/assert";
import { spellingsOf } from "../../src/app/pages/spelling.ts";
import { pagesApp } from "../support/app_pages.ts";

Deno.test("spellingsOf() tells names apart that look the same", () => {
  const notes = (...paths: string[]) => [...spellingsOf(paths).values()];
  assertEquals(notes("a/\u00DCb.txt", "a/U\u0308b.txt", "a/Ub.txt"), ["“Ü” as one character", "“Ü” as 2 characters"]);
  assertEquals(notes("\u00E9 \u00FC", "\u00E9 u\u0308"), ["“ü” as one character", "“ü” as 2 characters"]);
  assertEquals(notes("\u00C5", "\u212B", "A\u030A"), [
    "“\u00C5” as U+00C5",
    "“\u00C5” as U+212B",
    "“\u00C5” as U+0041 U+030A",
  ]);
  assertEquals(notes("\u1EA5", "a\u0302\u0301", "\u00E2\u0301"), [
    "“ấ” as one character",
    "“ấ” as 3 characters",
    "“ấ” as 2 characters",
  ]);
});

Deno.test("spellingsOf() says nothing of names that look different", () => {
  assertEquals(spellingsOf(["a", "A", "\u00E9", "e\u0301/", "u", "\u00FC"]).size, 0);
  assertEquals(spellingsOf([]).size, 0);
});

Deno.test("the folder page says how files and folders are spelled that look the same", async () => {
  const app = pagesApp({ "\u00DC.txt": "", "U\u0308.txt": "", "\u00E9/a": "", "e\u0301/a": "", "b.txt": "" });
  const { text } = await app.get("/-/files/source/media");
  const notes = [...text.matchAll(/<bdi>([^<]*)<\/bdi><small title="Another[^>]*><bdi>([^<]*)</g)];
  assertEquals(notes.map(([, name, note]) => [name, note]), [
    ["e\u0301", "“é” as 2 characters"],
    ["\u00E9", "“é” as one character"],
    ["U\u0308.txt", "“Ü” as 2 characters"],
    ["\u00DC.txt", "“Ü” as one character"],
  ]);
  assertStringIncludes(text, "<bdi>b.txt</bdi></span>");
});
