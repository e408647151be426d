import { assertEquals } from "@std/assert";
import {
  countOf,
  folderOf,
  formatBytes as clientBytes,
  formatDuration,
  formatName,
  numbered,
  stemLength,
} from "../../src/app/browser/format.js";
import { formatBytes as serverBytes } from "../../src/app/pages/format.ts";

Deno.test("sizes read the same from the script and the server", () => {
  for (const bytes of [0, 1, 999, 1_000, 1_234, 99_950, 123_456, 62_914_560, 5e9, 7e12, 9e15]) {
    assertEquals(clientBytes(bytes), serverBytes(bytes));
  }
});

Deno.test("durations are coarser the longer they are", () => {
  assertEquals([0.2, 42, 59.5, 90, 3_599, 7_500].map(formatDuration), [
    "1 s",
    "42 s",
    "1 min",
    "2 min",
    "1 h 0 min",
    "2 h 5 min",
  ]);
});

Deno.test("names show what would reorder text, and have no slash at the end", () => {
  assertEquals(["a/b\u202Egnp.exe", "a/b/", "a//"].map(formatName), ["b\uFFFDgnp.exe", "b", "(no name)"]);
});

Deno.test("the folder of a path is that of a file or folder", () => {
  assertEquals(["a", "a/", "a/b", "a/b/", "a/b/c.txt"].map(folderOf), ["", "", "a/", "a/", "a/b/"]);
});

Deno.test("counts tell files from folders", () => {
  assertEquals([["a"], ["a", "b"], ["a/"], ["a", "b", "c/", "d/"], []].map(countOf), [
    "1 file",
    "2 files",
    "1 folder",
    "2 files and 2 folders",
    "0 files",
  ]);
});

Deno.test("a numbered name keeps its extension, folder and leading dot", () => {
  const names = ["x.txt", "a.b/x.tar.gz", "README", ".env", "a/b/", "a.b/c"];
  assertEquals(names.map((name) => numbered(name, 2)), [
    "x (2).txt",
    "a.b/x.tar (2).gz",
    "README (2)",
    ".env (2)",
    "a/b (2)/",
    "a.b/c (2)",
  ]);
});

Deno.test("the stem of a name ends before its extension", () => {
  assertEquals(["photo.jpeg", ".env", "README"].map(stemLength), [5, 4, 6]);
});
