import { assertEquals } from "@std/assert";
import {
  countOf,
  folderOf,
  formatBytes,
  formatDuration,
  formatExactBytes,
  formatName,
  numbered,
  plainText,
  stemLength,
} from "../../src/app/browser/format.js";
import { formatAge } from "../../src/app/pages/format.ts";

Deno.test("sizes have three digits at most, and no fraction of a byte", () => {
  assertEquals([0, 1, 999, 1_000, 1_234, 99_940, 123_456, 62_914_560, 5e9, 7e12, 9e15].map(formatBytes), [
    "0 B",
    "1 B",
    "999 B",
    "1.0 kB",
    "1.2 kB",
    "99.9 kB",
    "123 kB",
    "62.9 MB",
    "5.0 GB",
    "7.0 TB",
    "9000 TB",
  ]);
});

Deno.test("durations are coarser the longer they are", () => {
  assertEquals([0.2, 42, 59, 59.5, 90, 3_599, 7_500].map(formatDuration), [
    "1 s",
    "42 s",
    "59 s",
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
  assertEquals(["", "/", "//", "/a", "/a/", "a//"].map(folderOf), ["", "", "/", "/", "/", "a/"]);
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

Deno.test("ages change their unit exactly when it is full, and become dates after 30 days", () => {
  const now = Date.UTC(2030, 0, 31);
  const ages = [0, 59, 60, 3_599, 3_600, 86_399, 86_400, 30 * 86_400 - 1, 30 * 86_400];
  assertEquals(ages.map((seconds) => formatAge(new Date(now - seconds * 1_000), now)), [
    "now",
    "59 seconds ago",
    "1 minute ago",
    "59 minutes ago",
    "1 hour ago",
    "23 hours ago",
    "yesterday",
    "29 days ago",
    "Jan 1, 2030",
  ]);
});

Deno.test("an exact size is only given where the rounded one is not", () => {
  assertEquals([0, 34, 999, 1_000, 1_234_567].map(formatExactBytes), ["", "", "", "1,000 bytes", "1,234,567 bytes"]);
});

Deno.test("texts are searched without regard to case and spelling", () => {
  assertEquals(["\u00DCbung", "U\u0308bung", "\u212B"].map(plainText), ["\u00FCbung", "\u00FCbung", "\u00E5"]);
});
