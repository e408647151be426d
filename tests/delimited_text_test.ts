import { assertEquals } from "@std/assert";
import { readDelimited } from "../src/app/pages/previews/delimited_text.ts";

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
  Deno.test(`readDelimited() reads ${JSON.stringify(text)}`, () => {
    assertEquals(readDelimited(text, { delimiter: ",", maxRows: 10 }), rows.map((row) => [...row]));
  });
}

Deno.test("readDelimited() stops after maxRows", () => {
  assertEquals(readDelimited("1\n2\n3\n", { delimiter: "\t", maxRows: 2 }), [["1"], ["2"]]);
});

Deno.test("readDelimited() takes a MiB of quotes in linear time", () => {
  const startMs = performance.now();
  readDelimited('"'.repeat(1_048_575), { delimiter: ",", maxRows: 1_000 });
  readDelimited('","'.repeat(349_525), { delimiter: ",", maxRows: 1_000 });
  assertEquals(performance.now() - startMs < 5_000, true);
});
