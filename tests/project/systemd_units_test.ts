import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { findOrInstallSystemdAnalyze } from "../../tools/systemd.ts";
import { runProgram } from "../../tools/programs.ts";
import { blocksOf, readDocPages } from "../support/doc_blocks.ts";
import { orSkip } from "../support/or_skip.ts";

const UNITS = (await readDocPages()).flatMap(blocksOf).filter(({ kind }) => kind === "systemd");

const analyze = await orSkip("the units for systemd", findOrInstallSystemdAnalyze);

Deno.test("docs/operating.md has a unit for both commands", () => {
  assertEquals(UNITS.map(({ text }) => /^ExecStart=.*$/m.exec(text)?.[0]), [
    "ExecStart=/usr/local/bin/s3-source %i /etc/s3-source/%i.yaml",
  ]);
});

for (const { place, text } of UNITS) {
  if (analyze === undefined) continue;
  for (const command of ["serve", "broker"]) {
    Deno.test(`${place} is a unit for ${command} that systemd verifies, with an exposure of at most 2.0`, async () => {
      const folder = await Deno.makeTempDir({ prefix: "units-" });
      try {
        const path = `${folder}/s3-source@${command}.service`;
        await Deno.writeTextFile(path, text.replace("/usr/local/bin/s3-source", Deno.execPath()));
        assertEquals(await runProgram([analyze, "--man=no", "verify", path]), { ok: true, output: "" });
        const security = await runProgram([analyze, "security", "--offline=true", "--threshold=20", path]);
        assert(security.ok, security.output);
        assertStringIncludes(security.output, "Overall exposure level");
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    });
  }
}
