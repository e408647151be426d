import { assert, assertEquals, assertMatch } from "@std/assert";
import { GARAGE } from "../../tools/stores/garage.ts";
import { GOFAKES3 } from "../../tools/stores/gofakes3.ts";
import { MINIO } from "../../tools/stores/minio.ts";
import { MOTO } from "../../tools/stores/moto.ts";
import { RCLONE } from "../../tools/stores/rclone.ts";
import { S3S_FS } from "../../tools/stores/s3s_fs.ts";
import { VERSITYGW } from "../../tools/stores/versitygw.ts";
import { type Difference, type StoreName, STORES } from "../stores/difference.ts";
import { DIFFERENCES } from "../stores/differences.ts";

const NAMES = Object.keys(STORES).filter(isStoreName);

Deno.test("docs/stores.md has the table of differences, and the stores with their releases", async () => {
  const guide = await readDocument("docs/stores.md");
  const tables = guide.split(/\n(?!\|)/).map(cellsOf);
  const found = tables.find(([head]) => head?.[0] === HEAD[0]);
  assertEquals(found, [HEAD, ...DIFFERENCES.map((difference) => [difference.asked, insteadOf(difference)])]);
  const [, section = ""] = guide.split("\n## What differs\n");
  for (const name of NAMES) assert(section.replaceAll("\n", " ").includes(`${name} ${STORES[name]}`), name);
});

Deno.test("README.md says on how many stores the tests run", async () => {
  assertEquals(NAMES.length, 8);
  assertMatch(await readDocument("README.md"), /on\s+\[eight\s+stores\]\(docs\/stores\.md#what-differs\)/);
});

Deno.test("STORES has the releases that the tools install", () => {
  const packages = [VERSITYGW, MINIO, GARAGE, RCLONE, S3S_FS, GOFAKES3, MOTO];
  const { SeaweedFS: _, ...installed } = STORES;
  assertEquals(Object.fromEntries(packages.map(({ name, version }) => [name, version])), installed);
});

Deno.test("the tasks run the tests on every store", async () => {
  const files = await Array.fromAsync(Deno.readDir(new URL("../stores/", import.meta.url)), ({ name }) => name);
  const stores = files.filter((name) => name.endsWith(".ts") && !/^(?:store|differences?)\.ts$/.test(name));
  const { tasks } = JSON.parse(await readDocument("deno.json"));
  const all = NAMES.filter((name) => name !== "SeaweedFS").map((name) => `${name.toLowerCase().replace("-", "_")}.ts`);
  assertEquals(stores.toSorted(), all.toSorted());
  const slow = all.filter((file) => !tasks["test:stores"].command.includes(`tests/stores/${file}`));
  assertEquals(slow.toSorted(), ["garage.ts", "s3s_fs.ts"]);
  for (const file of all) assert(tasks["test:stores:all"].command.includes(`tests/stores/${file}`), file);
});

Deno.test("DIFFERENCES has evidence for every difference, each of another test of the store", () => {
  const seen = new Set<string>();
  for (const { asked, instead } of DIFFERENCES) {
    assert(Object.keys(instead).length > 0, asked);
    for (const [name, { failures = {}, brokerFailures = {} }] of Object.entries(instead)) {
      const all = Object.entries({ ...failures, ...brokerFailures });
      assert(all.length > 0, asked);
      for (const [test, failure] of all) {
        assert(failure.trim().length > 4, test);
        assert(!seen.has(`${name}: ${test}`), `${name} has two differences for "${test}"`);
        seen.add(`${name}: ${test}`);
      }
    }
  }
});

const HEAD = ["asked for", "what stores do that are not like AWS"];

/** What stores do, each answer with the stores that give it. */
function insteadOf({ instead, notAsked = {} }: Difference): string {
  const answers = new Map<string, StoreName[]>();
  for (const name of NAMES) {
    const answer = instead[name]?.seen ?? notAsked[name];
    if (answer !== undefined) answers.set(answer, [...answers.get(answer) ?? [], name]);
  }
  return [...answers].map(([answer, names]) => `${names.join(", ")}: ${answer}`).join("; ");
}

function isStoreName(name: string): name is StoreName {
  return name in STORES;
}

async function readDocument(path: string): Promise<string> {
  return await Deno.readTextFile(new URL(`../../${path}`, import.meta.url));
}

/** The cells of a Markdown table, without the separator line. */
function cellsOf(table: string): string[][] {
  const lines = table.split("\n").filter((line) => line.startsWith("|") && !/^[|\s-]+$/.test(line));
  return lines.map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()));
}
