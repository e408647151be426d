import { assertEquals, assertStringIncludes } from "@std/assert";
import { runProgram } from "../../tools/programs.ts";

const CONFIG = decodeURIComponent(new URL("../../deno.json", import.meta.url).pathname);

Deno.test("deno.json turns on the sanitizers, so that a test that leaves a timer or a file open fails", async () => {
  const folder = await Deno.makeTempDir({ prefix: "sanitizers-" });
  try {
    const test = `${folder}/leak_test.ts`;
    const leaks = `setTimeout(() => {}, 60_000); await Deno.open(${JSON.stringify(test)});`;
    await Deno.writeTextFile(test, `Deno.test("leak", async () => { ${leaks} });`);
    const { ok, output } = await runProgram([Deno.execPath(), "test", "--config", CONFIG, "--allow-read", test]);
    assertEquals(ok, false);
    assertStringIncludes(output, "A timer was started in this test, but never completed.");
    assertStringIncludes(output, "A file was opened during the test, but not closed during the test.");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
