import { assertEquals } from "@std/assert";
import { comparer, rangeOf } from "../../src/app/browser/row_order.js";

Deno.test("a selected range goes both ways, and is one row without a start", () => {
  const list = ["a", "b", "c", "d"];
  assertEquals(rangeOf(list, "b", "d"), ["b", "c", "d"]);
  assertEquals(rangeOf(list, "d", "b"), ["b", "c", "d"]);
  assertEquals(rangeOf(list, undefined, "c"), ["c"]);
  assertEquals(rangeOf(list, "filtered out", "a"), ["a"]);
});

const FILES = [
  { kind: "file", path: "b", size: "9", modified: "2026-01-02" },
  { kind: "folder", path: "z/" },
  { kind: "file", path: "a", size: "10", modified: "2026-01-01" },
  { kind: "folder", path: "y/" },
  { kind: "file", path: "c", size: "9", modified: "2026-01-03" },
];
const order = (key: string, isDescending: boolean) =>
  FILES.toSorted(comparer(key, isDescending)).map(({ path }) => path).join(" ");

Deno.test("sorted rows have folders first, and equals by name", () => {
  assertEquals(order("name", false), "y/ z/ a b c");
  assertEquals(order("name", true), "z/ y/ c b a");
  assertEquals(order("size", false), "y/ z/ b c a");
  assertEquals(order("size", true), "y/ z/ a b c");
  assertEquals(order("modified", true), "y/ z/ c b a");
});
