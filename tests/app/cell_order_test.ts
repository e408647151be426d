import { assertEquals } from "@std/assert";
import { cellComparer, hasWords, numberOf } from "../../src/app/browser/cell_order.js";

for (
  const [text, number] of [
    ["12", 12],
    ["-1.5", -1.5],
    ["1e3", 1_000],
    ["12,400", 12_400],
    ["1,234,567.8", 1_234_567.8],
    ["1.234.567,8", 1_234_567.8],
    ["1,5", 1.5],
    ["12 400", 12_400],
    ["$5.20", 5.2],
    ["-€5", -5],
    ["5 €", 5],
    ["20%", 20],
    ["\u22123", -3],
  ] as const
) {
  Deno.test(`numberOf() reads ${JSON.stringify(text)}`, () => assertEquals(numberOf(text), number));
}

Deno.test("numberOf() takes no text, date or version for a number", () => {
  for (const text of ["", "a", "2026-11-28", "1.2.3", "12a", "1,23,4", "0x10", "Infinity", "1".repeat(41), "1 2"]) {
    assertEquals(numberOf(text), NaN, text);
  }
});

Deno.test("cellComparer() sorts numbers by value, texts naturally, and empty cells last", () => {
  const cells = ["10", "b10", "", "9", "b2", "1,000", "a", " "];
  assertEquals(cells.toSorted(cellComparer(false)), ["9", "10", "1,000", "a", "b2", "b10", "", " "]);
  assertEquals(cells.toSorted(cellComparer(true)), ["b10", "b2", "a", "1,000", "10", "9", "", " "]);
});

Deno.test("hasWords() wants all words, in upper or lower case", () => {
  assertEquals(hasWords("Ada Moreau Le Courrier", "courrier ada"), true);
  assertEquals(hasWords("Ada Moreau", "ada x"), false);
});
