import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { findOrInstallSystemdAnalyze } from "../../tools/systemd.ts";
import { runProgram } from "../../tools/programs.ts";
import { blocksOf, readDocPages } from "../support/doc_blocks.ts";
import { orSkip } from "../support/or_skip.ts";

const UNITS = (await readDocPages()).flatMap(blocksOf).filter(({ kind }) => kind === "systemd");

const analyze = await orSkip("the units for systemd", findOrInstallSystemdAnalyze);

Deno.test("docs/operating.md has a unit for the app and one for the broker", () => {
  assertEquals(UNITS.map(({ text }) => /cli (serve|broker) /.exec(text)?.[1]), ["serve", "broker"]);
});

for (const { place, text } of UNITS) {
  Deno.test(`${place} gives Deno no more hosts than the commands of the page`, async () => {
    const page = await Deno.readTextFile(new URL("../../docs/operating.md", import.meta.url));
    const [net = ""] = /--allow-net=\S+/.exec(text) ?? [];
    assertStringIncludes(page.slice(0, page.indexOf("```systemd")), `${net} `);
    assert(!/ (-A|--allow-all|--allow-(net|read|env))\s/.test(text));
  });

  if (analyze === undefined) continue;
  Deno.test(`${place} is a unit that systemd verifies, with an exposure of at most 2.0`, async () => {
    const folder = await Deno.makeTempDir({ prefix: "units-" });
    try {
      const path = `${folder}/s3-source-app.service`;
      await Deno.writeTextFile(path, text.replace("/usr/local/bin/deno", Deno.execPath()));
      assertEquals(await runProgram([analyze, "--man=no", "verify", path]), { ok: true, output: "" });
      const security = await runProgram([analyze, "security", "--offline=true", "--threshold=20", path]);
      assert(security.ok, security.output);
      assertStringIncludes(security.output, "Overall exposure level");
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}
