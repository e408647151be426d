import { assert, assertEquals } from "@std/assert";

const CHILD = new URL("./collect_bytes_child.ts", import.meta.url);

Deno.test("bodies in chunks of one byte take little memory, and do not block other clients", async () => {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", CHILD.href],
    env: { NO_COLOR: "1" },
  }).output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  const results: { name: string; growthMiB: number; longestWaitMs: number }[] = JSON.parse(
    new TextDecoder().decode(stdout),
  );
  assertEquals(results.length, 4);
  for (const { name, growthMiB, longestWaitMs } of results) {
    assert(growthMiB < 100, `${name}: memory grew by ${growthMiB} MiB`);
    assert(longestWaitMs < 1_500, `${name}: another client waited ${longestWaitMs} ms`);
  }
});
