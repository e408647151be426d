import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { pagesApp } from "../support/app_pages.ts";
import { createWorld } from "../support/app_world.ts";

const FOLDER = "/-/files/source/media";

Deno.test("the folder page is a grid with view=grid, and links to the table", async () => {
  const { text, headers } = await pagesApp({ "a/b.png": "" }).get(`${FOLDER}?folder=a%2F&view=grid`);
  assertStringIncludes(text, '<table id="files" class="tiles">');
  assertStringIncludes(text, `href="${FOLDER}?folder=a%2F&amp;view=table"`);
  assertEquals(headers.get("set-cookie"), "files-view=grid; Max-Age=31536000; Path=/; SameSite=Lax");
});

Deno.test("the folder page is as it was last", async () => {
  const { request } = createWorld({ files: { "a.png": "" } });
  const classOf = async (query: string, cookie: string) => {
    const headers = { accept: "text/html", cookie };
    const text = await (await request(`/source/media${query}`, { headers })).text();
    return /<table id="files" class="(\w*)">/.exec(text)?.[1];
  };
  assertEquals(await classOf("", "files-view=grid"), "tiles");
  assertEquals(await classOf("?view=table", "files-view=grid"), "");
  assertEquals(await classOf("", "files-view=<script>"), "");
});

Deno.test("the folder page refuses an unknown view", async () => {
  assertEquals((await pagesApp().get(`${FOLDER}?view=wall`)).status, 400);
});

Deno.test("the folder page keeps its layout for the path that precedes the app", async () => {
  const { headers } = await pagesApp({}, { basePath: "/files" }).get(`${FOLDER}?view=grid`);
  assertMatch(headers.get("set-cookie") ?? "", /Path=\/files;/);
});
