import { assertEquals, assertStringIncludes } from "@std/assert";
import { stub } from "@std/testing/mock";
import denoJson from "../deno.json" with { type: "json" };
import { main, VERSION } from "../src/serve.ts";

/** Runs a command line that ends by itself. */
async function run(...args: string[]): Promise<{ code: number; printed: string }> {
  const lines: string[] = [];
  const print = (...words: unknown[]) => void lines.push(words.join(" "));
  using _log = stub(console, "log", print);
  using _error = stub(console, "error", print);
  return { code: await main(args), printed: lines.join("\n") };
}

Deno.test("VERSION is the one of deno.json", () => {
  assertEquals(VERSION, denoJson.version);
});

Deno.test("main() prints the usage", async () => {
  const { code, printed } = await run("--help");
  assertEquals(code, 0);
  assertStringIncludes(printed, "serve CONFIG.yaml [-s KEY VALUE]");
});

Deno.test("main() prints the version", async () => {
  assertEquals(await run("--version"), { code: 0, printed: `s3-source ${VERSION}` });
});

Deno.test("main() ends with 2 when the command line cannot be understood", async () => {
  assertEquals(await run("serve", "--verbose"), { code: 2, printed: 'There is no place for "--verbose". See --help.' });
});

Deno.test("main() ends with 1 when the file is not there", async () => {
  assertEquals(await run("serve", "missing.yaml"), {
    code: 1,
    printed: 'Cannot read "missing.yaml": there is no such file',
  });
});

Deno.test("main() ends with 1 when the configuration cannot be used", async () => {
  const { code, printed } = await run("serve", "-s", "plugins.datasette-files.sources.a.storage", "filesystem");
  assertEquals(code, 1);
  assertStringIncludes(printed, 'Cannot use source "a": its storage is "filesystem"');
});

for (const host of ["0.0.0.0", "192.168.0.1", "example.com", "::"]) {
  Deno.test(`main() does not listen on ${host}`, async () => {
    const { code, printed } = await run("serve", "--host", host);
    assertEquals(code, 1);
    assertStringIncludes(printed, `Cannot listen on ${host}: there is no authentication yet`);
  });
}

Deno.test("main() says that the port is taken", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const source = "plugins.datasette-files.sources.a";
  const settings = ["-s", `${source}.storage`, "s3", "-s", `${source}.config.bucket`, "media"];
  const { code, printed } = await run("serve", ...settings, "--port", `${port}`);
  assertEquals([code, printed], [
    1,
    `Cannot listen on port ${port}: something else does. Stop it, or choose another with --port`,
  ]);
});
