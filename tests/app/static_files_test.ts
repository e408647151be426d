import { assert, assertEquals, assertMatch } from "@std/assert";
import { createWorld } from "../support/app_world.ts";
import { SCRIPTS, SCRIPTS_URL } from "../../src/app/browser/embed.ts";
import { FILES_URL } from "../../src/app/urls.ts";

/** Below `/-/files`, as a world's requests are. */
const SCRIPTS_PATH = SCRIPTS_URL.slice(FILES_URL.length);

const GZIP = { headers: { "accept-encoding": "gzip" } };

Deno.test("the app serves the scripts of pages and every module that they import, at once or later", async () => {
  const modules = await loadScript();
  assertEquals([...modules.keys()].sort(), [...SCRIPTS.keys()].sort());
  const served = [...modules.values()].map(({ text }) => text).join("");
  const folder = new URL("../../src/app/browser/", import.meta.url);
  for await (const { name } of Deno.readDir(folder)) {
    if (!name.endsWith(".js")) continue;
    const [last = ""] = (await Deno.readTextFile(new URL(name, folder))).match(/^\w.*$(?![^]*^\w)/m) ?? [];
    assert(served.includes(last), name);
  }
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

Deno.test("all styles and scripts have at most 55 kB on the wire, and those of a folder's first view 35 kB", async () => {
  const styles = await createWorld().request("/-/styles.css", GZIP);
  assertEquals(styles.headers.get("content-encoding"), "gzip");
  const styleBytes = (await styles.bytes()).length;
  for (
    const [what, entries, pattern, mostBytes] of [
      ["all", ENTRIES, ANY_IMPORT, 55_000],
      ["first view", ["app.js"], STATIC_IMPORT, 35_000],
    ] as const
  ) {
    const modules = await loadScript(entries, pattern);
    const bytes = [...modules.values()].reduce((sum, { bytes }) => sum + bytes, styleBytes);
    const sizes = [...modules].map(([name, { bytes }]) => `${name} ${bytes}`).join(", ");
    assert(bytes <= mostBytes, `${what}: ${bytes} bytes: styles.css ${styleBytes}, ${sizes}`);
  }
});

Deno.test("scripts are served without comments, and are still valid", async () => {
  for (const [name, { text }] of await loadScript()) {
    assert(!/^\s*\/[/*]/m.test(text), name);
    assertMatch(text, /^(import|export|const)\b/);
    const named = text.replace(/^import (\{[^}]*\}) from .*$/gm, "const $1 = {};").replace(/^export /gm, "");
    // Throws a SyntaxError if something was cut in two, or two of the modules that were joined have one name.
    new Function(`"use strict"; {${named.replaceAll("await import", "import")}}`);
  }
});

/** The modules that pages name. */
const ENTRIES = ["app.js", "editor.js"];
const STATIC_IMPORT = /from "\.\/(\w+\.js)"/g;
const ANY_IMPORT = /(?:from |import\()"\.\/(\w+\.js)"/g;

/** The modules as a browser gets them: the entries, then whatever is imported. */
async function loadScript(entries: readonly string[] = ENTRIES, pattern = ANY_IMPORT) {
  const { request } = createWorld();
  const modules = new Map<string, { text: string; bytes: number; headers: Headers }>();
  const names = [...entries];
  for (let name = names.shift(); name !== undefined; name = names.shift()) {
    if (modules.has(name)) continue;
    const answer = await request(`${SCRIPTS_PATH}/${name}`, GZIP);
    assertEquals(answer.status, 200, name);
    const packed = await answer.bytes();
    const isPacked = answer.headers.get("content-encoding") === "gzip";
    const stream = new Blob([packed]).stream();
    const text = await new Response(isPacked ? stream.pipeThrough(new DecompressionStream("gzip")) : stream).text();
    modules.set(name, { text, bytes: packed.length, headers: answer.headers });
    names.push(...[...text.matchAll(pattern)].map(([, imported = ""]) => imported));
  }
  return modules;
}
