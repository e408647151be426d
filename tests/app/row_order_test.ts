import { assert, assertEquals } from "@std/assert";
import { comparer, nameOrder, rangeOf } from "../../src/app/browser/row_order.js";

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

Deno.test("names are in natural order, as the language has them", () => {
  const sorted = (language: string, ...names: string[]) => names.toSorted(nameOrder(language)).join(" ");
  assertEquals(sorted("en", "file10", "File2", "file1", "file2"), "file1 file2 File2 file10");
  assertEquals(sorted("de", "Zebra", "äpfel", "apfel", "Apfel 2"), "apfel äpfel Apfel 2 Zebra");
  assertEquals(sorted("sv", "z", "ö", "å", "a"), "a z å ö");
  assertEquals(sorted("en", "U\u0308", "\u00DC"), "U\u0308 \u00DC");
});

Deno.test("names with rows of accents come last, and 5,000 of them take a moment", () => {
  const order = nameOrder("en");
  const odd = Array.from({ length: 5_000 }, (_, index) => "\u0301\u0316".repeat(250) + ((index * 7_919) % 5_000));
  const start = performance.now();
  const sorted = [...odd, "zoo 10.txt", "zoo 9.txt"].toSorted(order);
  assert(performance.now() - start < 2_000);
  assertEquals(sorted.slice(0, 2), ["zoo 9.txt", "zoo 10.txt"]);
  assertEquals(sorted.slice(2), odd.toSorted());
});

Deno.test("sorted rows have names in natural order if they are given one", () => {
  const rows = ["in/b10", "in/b9", "in/B1"].map((path) => ({ kind: "file", path, size: "1" }));
  const order = (key: string, byName?: (a: string, b: string) => number) =>
    rows.toSorted(comparer(key, false, byName)).map(({ path }) => path).join(" ");
  assertEquals(order("name", nameOrder("en")), "in/B1 in/b9 in/b10");
  assertEquals(order("size", nameOrder("en")), "in/B1 in/b9 in/b10");
  assertEquals(order("name"), "in/B1 in/b10 in/b9");
});
