import { assert, assertEquals, assertMatch } from "@std/assert";
import { createWorld } from "../support/app_world.ts";
import { SCRIPTS_URL } from "../../src/app/browser/embed.ts";
import { FILES_URL } from "../../src/app/urls.ts";

/** Below `/-/files`, as a world's requests are. */
const SCRIPTS_PATH = SCRIPTS_URL.slice(FILES_URL.length);

const GZIP = { headers: { "accept-encoding": "gzip" } };

Deno.test("the app serves the script and every module that it imports", async () => {
  const modules = await loadScript();
  const names = [];
  for await (const { name } of Deno.readDir(new URL("../../src/app/browser/", import.meta.url))) {
    if (name.endsWith(".js")) names.push(name);
  }
  assertEquals([...modules.keys()].sort(), names.sort());
  for (const answer of modules.values()) {
    assertEquals(answer.headers.get("content-type"), "text/javascript; charset=utf-8");
  }
});

Deno.test("the app lets browsers cache the script that every page links", async () => {
  const { request } = createWorld();
  const page = await request("", { headers: { accept: "text/html" } });
  const [, src] = /<script type="module" nonce="[\w-]+" src="\/-\/files([^"]+)">/.exec(await page.text()) ?? [];
  const answer = await request(src ?? "", GZIP);
  await answer.body?.cancel();
  assertEquals([answer.status, answer.headers.get("cache-control")], [200, "public, max-age=31536000, immutable"]);
});

Deno.test("the app answers 304 to a browser that has the script", async () => {
  const { request } = createWorld();
  const first = await request(`${SCRIPTS_PATH}/app.js`, GZIP);
  await first.body?.cancel();
  const headers = { ...GZIP.headers, "if-none-match": first.headers.get("etag") ?? "" };
  const second = await request(`${SCRIPTS_PATH}/app.js`, { headers });
  assertEquals([second.status, await second.text()], [304, ""]);
});

Deno.test("the app sends no more than 40 kB of style sheet and script together", async () => {
  const sizes = [...(await loadScript()).values()].map(({ bytes }) => bytes);
  const styles = await createWorld().request("/-/styles.css", GZIP);
  assertEquals(styles.headers.get("content-encoding"), "gzip");
  const bytes = sizes.reduce((sum, size) => sum + size, (await styles.bytes()).length);
  assert(bytes < 40_000, `${bytes} bytes`);
});

Deno.test("scripts are served without comments, and are still valid", async () => {
  for (const [name, { text }] of await loadScript()) {
    assert(!/^\s*\/[/*]/m.test(text), name);
    assertMatch(text, /^(import|export|const)\b/);
    // Throws a SyntaxError if something was cut in two.
    new Function(text.replace(/^import .*$/gm, "").replace(/^export /gm, "").replaceAll("await import", "import"));
  }
});

/** The modules as a browser gets them: the entry, then whatever is imported. */
async function loadScript() {
  const { request } = createWorld();
  const modules = new Map<string, { text: string; bytes: number; headers: Headers }>();
  const names = ["app.js"];
  for (let name = names.shift(); name !== undefined; name = names.shift()) {
    if (modules.has(name)) continue;
    const answer = await request(`${SCRIPTS_PATH}/${name}`, GZIP);
    assertEquals(answer.status, 200, name);
    const packed = await answer.bytes();
    const isPacked = answer.headers.get("content-encoding") === "gzip";
    const stream = new Blob([packed]).stream();
    const text = await new Response(isPacked ? stream.pipeThrough(new DecompressionStream("gzip")) : stream).text();
    modules.set(name, { text, bytes: packed.length, headers: answer.headers });
    names.push(...[...text.matchAll(/(?:from |import\()"\.\/(\w+\.js)"/g)].map(([, imported = ""]) => imported));
  }
  return modules;
}
