import { assertEquals } from "@std/assert";
import { formatJson } from "../../src/app/pages/previews/format_json.ts";

for (
  const [text, formatted] of [
    ["1", "1"],
    ["[]", "[]"],
    [" { } ", "{}"],
    ["[[],{}]", "[\n  [],\n  {}\n]"],
    ['{"a":1.0,"a":12345678901234567890}', '{\n  "a": 1.0,\n  "a": 12345678901234567890\n}'],
    ['{"a, {b}: \\"":"[c]\\\\"}', '{\n  "a, {b}: \\"": "[c]\\\\"\n}'],
    ["{broken", undefined],
    ["", undefined],
    ["[".repeat(65) + "]".repeat(65), undefined],
    ["[".repeat(64) + "1,".repeat(100_000) + "1" + "]".repeat(64), undefined],
  ] as const
) {
  Deno.test(`the JSON preview formats ${JSON.stringify(text.slice(0, 40))}`, () => {
    assertEquals(formatJson(text), formatted);
  });
}

Deno.test("the JSON preview does not format more than 50,000 lines", () => {
  assertEquals(formatJson(`[${"1,".repeat(49_000)}1]`)?.split("\n").length, 49_003);
  assertEquals(formatJson(`[${"1,".repeat(500_000)}1]`), undefined);
});
