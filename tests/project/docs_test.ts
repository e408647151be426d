import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { formatRatios } from "../../bench/ratios.ts";
import { parseRun } from "../../bench/run.ts";
import * as api from "../../mod.ts";
import * as testing from "../../src/testing/mod.ts";

const ROOT = new URL("../..", import.meta.url);

Deno.test("README has fewer than 250 lines and links every guide", async () => {
  const readme = await Deno.readTextFile(new URL("README.md", ROOT));
  assert(readme.trimEnd().split("\n").length < 250);
  const linked = new Set(linksOf(readme));
  for await (const { name } of Deno.readDir(new URL("docs/", ROOT))) {
    if (name.endsWith(".md")) assert(linked.has(`docs/${name}`), name);
  }
});

Deno.test("CONTRIBUTING.md has fewer than 200 lines", async () => {
  const page = await Deno.readTextFile(new URL("CONTRIBUTING.md", ROOT));
  assert(page.trimEnd().split("\n").length < 200);
});

Deno.test("README has every method of a source", async () => {
  const readme = await Deno.readTextFile(new URL("README.md", ROOT));
  const methods = Object.keys(api.createS3Source({ bucket: "media" }));
  assertNotEquals(methods, []);
  assertEquals(methods.filter((name) => !new RegExp(`^\\|.*\`${name}[(\`]`, "m").test(readme)), []);
});

Deno.test("docs/testing.md has every function of ./testing", async () => {
  const guide = await Deno.readTextFile(new URL("docs/testing.md", ROOT));
  const functions = Object.entries(testing).filter(([, value]) => typeof value === "function").map(([name]) => name);
  assertNotEquals(functions, []);
  assertEquals(functions.filter((name) => !guide.includes(`| \`${name}\` `)), []);
});

/** Links within the repository, including pictures. */
function linksOf(markdown: string): string[] {
  const links = [...markdown.matchAll(/\[[^\]]*\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link);
  return links.filter((link) => !/^[a-z]+:/.test(link));
}

Deno.test("docs/performance.md has the ratios of docs/benchmark.json", async () => {
  const run = parseRun(await Deno.readTextFile(new URL("docs/benchmark.json", ROOT)));
  const page = await Deno.readTextFile(new URL("docs/performance.md", ROOT));
  const cellsOf = (line: string) => line.split("|").map((cell) => cell.trim()).join("|");
  const rows = new Set(page.split("\n").map(cellsOf));
  for (const line of formatRatios(run).split("\n").filter((line) => !line.includes("---"))) {
    assert(rows.has(cellsOf(line)), line);
  }
  assert(run.rounds >= 7);
  assertEquals(run.failures, []);
});
