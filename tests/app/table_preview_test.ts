import { assertEquals } from "@std/assert";
import { delimitedRows } from "../../src/app/pages/previews/delimited_text.ts";

for (
  const [text, rows] of [
    ["", []],
    ["a", [["a"]]],
    ["a,b\r\nc,d\r\n", [["a", "b"], ["c", "d"]]],
    ["a,b\nc,d", [["a", "b"], ["c", "d"]]],
    ["a\rb", [["a"], ["b"]]],
    [",\n", [["", ""]]],
    ["\n\na", [[""], [""], ["a"]]],
    ['"a,b","c\r\nd"\n', [["a,b", "c\r\nd"]]],
    ['"a""b",""\n"""",""""""', [['a"b', ""], ['"', '""']]],
    ['a"b,"c"d\n', [['a"b', "cd"]]],
    ['"never ends,\nx', [["never ends,\nx"]]],
    ["\uFEFFa,b", [["a", "b"]]],
    ["a,", [["a", ""]]],
  ] as const
) {
  Deno.test(`a table is read from ${JSON.stringify(text)}`, () => {
    assertEquals([...delimitedRows(text, { delimiter: ",", maxColumns: 200 })], rows.map((row) => [...row]));
  });
}

Deno.test("a table is read as far as its rows are asked for", () => {
  const rows = delimitedRows("1\n2\n3\n", { delimiter: "\t", maxColumns: 200 });
  assertEquals([rows.next().value, rows.next().value], [["1"], ["2"]]);
});

Deno.test("a table of a MiB of quotes is read in linear time", () => {
  const startMs = performance.now();
  for (const text of ['"'.repeat(1_048_575), '","'.repeat(349_525), "\n".repeat(1_048_576)]) {
    for (const _ of delimitedRows(text, { delimiter: ",", maxColumns: 200 }));
  }
  assertEquals(performance.now() - startMs < 5_000, true);
});

Deno.test("a table is read up to its maximum of columns", () => {
  const rows = delimitedRows(`${",".repeat(1_000_000)}\na,b,c`, { delimiter: ",", maxColumns: 2 });
  assertEquals([...rows], [["", ""], ["a", "b"]]);
});
