import { assertEquals, assertMatch } from "@std/assert";
import { spawnBound } from "../../tools/bound_process.ts";
import { blocksOf } from "../support/doc_blocks.ts";
import { startDocumentedHosts } from "../support/documented_command.ts";
import { orSkip } from "../support/or_skip.ts";

const ROOT = new URL("../..", import.meta.url);

const hosts = await orSkip("README's first program", startDocumentedHosts);

if (hosts !== undefined) {
  Deno.test.afterAll(hosts.stop);

  Deno.test("README's first program works with the permissions shown", async () => {
    const folder = await Deno.makeTempDir({ prefix: "readme-" });
    try {
      const readme = await Deno.readTextFile(new URL("README.md", ROOT));
      const block = blocksOf({ path: "README.md", text: readme }).find(({ text }) => text.includes("function main()"));
      const [, flags = ""] = /`await main\(\)` below it, this is\s+`deno run (.*) main\.ts`/.exec(readme) ?? [];
      const program = block?.text.replace('"@files/s3-source"', JSON.stringify(new URL("mod.ts", ROOT).href));
      await Deno.writeTextFile(`${folder}/main.ts`, `${program}\nawait main();\n`);
      const config = decodeURIComponent(new URL("deno.json", ROOT).pathname);
      const child = spawnBound([Deno.execPath(), "run", ...flags.split(" "), "--config", config, "main.ts"], {
        cwd: folder,
        env: { ...hosts.env, BROKER_SECRET: "secret", NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
      });
      const [printed, errors, { code }] = await Promise.all([
        new Response(child.stdout).text(),
        new Response(child.stderr).text(),
        child.status,
      ]);
      await child.stdin.close().catch(() => {});
      assertEquals(code, 0, errors);
      assertMatch(printed, /^notes\/hello\.txt 5\nUntil \S+Z: https:\/\/media\.s3\.us-east-1\.amazonaws\.com\/notes\//);
      assertEquals(await Deno.readTextFile(`${folder}/hello.txt`), "Hello");
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}
