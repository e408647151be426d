import { assert, assertEquals } from "@std/assert";
import { stop, transform } from "esbuild";
import { findOrInstallBun } from "../../tools/bun.ts";
import { findNode } from "../../tools/node.ts";
import { installPacked } from "../../tools/pack.ts";
import { runProgram } from "../../tools/programs.ts";
import { blocksOf, readDocPages } from "../support/doc_blocks.ts";
import { orSkip } from "../support/or_skip.ts";

/** What the packed package brings; blocks that need more are for somebody who has that already. */
const INSTALLED = /^(@files\/s3-source(\/\w+)*|@std\/assert)$/;

const pages = (await readDocPages()).filter(({ path }) => path === "README.md" || path.startsWith("docs/"));
const blocks = await Promise.all(
  pages.flatMap(blocksOf).filter(({ kind, text }) => kind === "ts" && isPortable(text)).map(async (
    { place, text },
  ) => ({
    place,
    program: (await transform(text, { loader: "ts", format: "esm" })).code,
  })),
);
await stop();

Deno.test("most blocks of README and the guides need only the package", () => {
  assert(blocks.length >= 16, `${blocks.length} blocks`);
});

const project = await orSkip("the blocks of README and the guides, in Deno, Bun and Node", installPacked);

if (project !== undefined) {
  Deno.test.afterAll(project.remove);
  const assertFolder = `${project.folder}/node_modules/@std/assert`;
  await Deno.mkdir(assertFolder, { recursive: true });
  await Deno.writeTextFile(`${assertFolder}/package.json`, JSON.stringify({ type: "module", exports: "./mod.js" }));
  await Deno.writeTextFile(`${assertFolder}/mod.js`, 'export * from "deno-std/assert/mod.js";\n');
  const runtimes = {
    Deno: [Deno.execPath(), "run", "--no-prompt", "--allow-net=127.0.0.1", "--allow-env"],
    Bun: [await findOrInstallBun()],
    Node: [await findNode()],
  };
  for (const { place, program } of blocks) {
    for (const [runtime, command] of Object.entries(runtimes)) {
      Deno.test(`the block at ${place} runs from the packed package in ${runtime}`, async () => {
        const file = `${project.folder}/block.mjs`;
        await Deno.writeTextFile(file, program);
        const { ok, output } = await runProgram([...command, file]);
        assertEquals(ok, true, output);
      });
    }
  }
}

function isPortable(text: string): boolean {
  const imported = [...text.matchAll(/from "([^"]+)"/g)].map(([, name = ""]) => name);
  return !/\b(Deno|Bun|process)\./.test(text) && imported.every((name) => INSTALLED.test(name));
}
