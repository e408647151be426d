import { assertEquals } from "@std/assert";
import { type ConformanceTest, toText } from "./suite.ts";

/** Names that may be altered between path and key. */
export const AWKWARD_NAMES: readonly string[] = [
  "a b.txt",
  " leading and trailing ",
  "two  spaces",
  "a+b.txt",
  "100%.txt",
  "%2e%2e/a",
  "%2F",
  "%",
  "%zz",
  "a#b.txt",
  "a?b=c&d.txt",
  "a\\b.txt",
  `it's "quoted"`,
  "<a>&amp;</a>.txt",
  "&#10;",
  "a;b,c:d=e@f$g!h*i(j)k[l]m{n}o|p^q`r~s",
  "-_.~",
  "..backup",
  "a..b",
  "...",
  ".hidden/.file",
  "folder/sub folder/file",
  "ü.txt",
  // The same letter in two code points; it must not be normalised.
  "u\u0308.txt",
  "日本語/ファイル.txt",
  "👩‍👩‍👧‍👦 🏳️‍🌈.txt",
  "عربى.txt",
  "\u{10FFFF}\uFFFD",
  "\u00a0\u200b\ufeff",
  "NUL",
  "constructor",
  "__proto__",
  "a".repeat(255),
  `${"folder/".repeat(100)}file`,
  "file/",
  "a//b",
  "folder//",
];

/** Awkward names in every operation. */
export function testNames(test: ConformanceTest): void {
  for (const path of AWKWARD_NAMES) {
    const shown = JSON.stringify(path.length > 60 ? `${path.slice(0, 57)}...` : path);

    test(`upload() keeps the name ${shown}`, async ({ source, store }) => {
      const content = `content of ${path}`;
      assertEquals((await source.upload(path, content)).path, path);
      assertEquals((await source.stat(path))?.path, path);
      assertEquals(toText(await source.read(path)), content);
      assertEquals((await source.list()).files.map((file) => file.path), [path]);
      assertEquals(await (await store.fetch((await source.downloadUrl(path)).url)).text(), content);
      await source.delete(path);
      assertEquals(await source.stat(path), null);
    });
  }

  for (const [name, letter] of [["ASCII", "a"], ["two-byte", "é"], ["four-byte", "😀"]] as const) {
    test(`upload() takes a key of 1,024 bytes of ${name} characters`, async ({ source, prefix, store }) => {
      const bytes = (text: string) => new TextEncoder().encode(text).byteLength;
      let path = "";
      // Stores that keep files on a disk limit the length of a segment.
      while (bytes(prefix + path) < 1024) {
        const segment = path.slice(path.lastIndexOf("/") + 1);
        const next = bytes(segment) >= 200 ? "/" : letter;
        path += bytes(prefix + path + next) <= 1024 ? next : "b";
      }
      if (path.endsWith("/")) path = `${path.slice(0, -1)}b`;
      assertEquals(bytes(prefix + path), 1024);
      await source.upload(path, "A");
      assertEquals((await source.list()).files.map((file) => file.path), [path]);
      assertEquals(toText(await source.read(path)), "A");
      assertEquals(await store.listUploads(prefix), []);
    });
  }
}
