import { assertEquals } from "@std/assert";
import { clientTable } from "../clients/table.ts";

Deno.test("docs/brokers.md has the table of clients that tests/clients/ measures", async () => {
  const guide = await Deno.readTextFile(new URL("../../docs/brokers.md", import.meta.url));
  const expected = clientTable();
  const [head = []] = expected;
  const begin = guide.split("\n").findIndex((line) => cellsOf(line).join() === head.join());
  const [, , ...rows] = guide.split("\n").slice(begin, begin + expected.length + 1);
  assertEquals([head, ...rows.map(cellsOf)], expected);
});

function cellsOf(line: string): string[] {
  return line.split("|").slice(1, -1).map((cell) => cell.trim().replaceAll("`", ""));
}
