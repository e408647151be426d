import { assertEquals } from "@std/assert";
import { backoffMs, comparer, createMeter, partBytes, rangeOf } from "../../src/app/browser/transfer_rate.js";

Deno.test("createMeter() measures the last five seconds", () => {
  let now = 0;
  const meter = createMeter(() => now);
  assertEquals(meter.rate(), 0);
  for (; now < 4_000; now += 1_000) meter.add(2_000_000);
  assertEquals(meter.rate(), 2_000_000);
  now = 60_000;
  assertEquals(meter.rate(), 0);
});

Deno.test("createMeter() does not count bytes that have to be sent again as negative", () => {
  const meter = createMeter(() => 0);
  meter.add(1_000);
  meter.add(-1_000);
  assertEquals(meter.rate(), 1_000);
});

Deno.test("backoffMs() doubles up to 16 s", () => {
  assertEquals([0, 1, 2, 3, 4, 5, 6].map((tries) => backoffMs(tries, () => 1)), [
    1_000,
    2_000,
    4_000,
    8_000,
    16_000,
    16_000,
    16_000,
  ]);
  assertEquals(backoffMs(3, () => 0), 4_000);
});

Deno.test("partBytes() gives the last part what is left", () => {
  assertEquals([1, 2, 3].map((number) => partBytes({ size_bytes: 10 }, number, 25)), [10, 10, 5]);
});

Deno.test("rangeOf() goes both ways, and is the end alone without a beginning", () => {
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

Deno.test("comparer() puts folders first, and what is alike by name", () => {
  assertEquals(order("name", false), "y/ z/ a b c");
  assertEquals(order("name", true), "z/ y/ c b a");
  assertEquals(order("size", false), "y/ z/ b c a");
  assertEquals(order("size", true), "y/ z/ a b c");
  assertEquals(order("modified", true), "y/ z/ c b a");
});
