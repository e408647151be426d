import { assert, assertEquals } from "@std/assert";
import { MINIO } from "../../tools/minio.ts";
import { VERSITYGW } from "../../tools/versitygw.ts";
import { DIFFERENCES, type StoreName, STORES } from "../stores/differences.ts";

Deno.test("docs/stores.md has the table of differences", async () => {
  const guide = await Deno.readTextFile(new URL("../../docs/stores.md", import.meta.url));
  const tables = guide.split(/\n(?!\|)/).map(cellsOf);
  const found = tables.find(([head]) => head?.[0] === HEAD);
  assertEquals(found, expectedTable());
});

Deno.test("STORES has the releases that the tools install", () => {
  assertEquals([STORES.MinIO, STORES.versitygw], [MINIO.version, VERSITYGW.version]);
});

Deno.test("DIFFERENCES has evidence for every difference", () => {
  for (const { asked, instead } of DIFFERENCES) {
    assert(Object.keys(instead).length > 0, asked);
    for (const { failures = {}, brokerFailures = {} } of Object.values(instead)) {
      const all = Object.entries({ ...failures, ...brokerFailures });
      assert(all.length > 0, asked);
      for (const [test, failure] of all) assert(failure.trim().length > 4, test);
    }
  }
});

const HEAD = "asked for";

function expectedTable(): string[][] {
  const names = Object.keys(STORES).filter(isStoreName);
  return [
    [HEAD, ...names.map((name) => `${name} ${STORES[name]}`)],
    ...DIFFERENCES.map(({ asked, instead, notAsked }) => [
      asked,
      ...names.map((name) => instead[name]?.seen ?? notAsked?.[name] ?? "yes"),
    ]),
  ];
}

function isStoreName(name: string): name is StoreName {
  return name in STORES;
}

/** The cells of a Markdown table, without the separator line. */
function cellsOf(table: string): string[][] {
  const lines = table.split("\n").filter((line) => line.startsWith("|") && !/^[|\s-]+$/.test(line));
  return lines.map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()));
}
