import { assertEquals, assertStringIncludes } from "@std/assert";
import type { S3Source } from "../../mod.ts";
import { pagesApp } from "../support/app_pages.ts";
import { createWorld } from "../support/app_world.ts";

const SIZE = "/source/media/-/size.json";
const PAGE = "/-/files/source/media/-/size";

Deno.test("GET size.json counts files and bytes at all levels, without markers and what the app writes", async () => {
  const files = { "a/b": "123", "a/c/d": "4", "a/e/": "", "a/.s3-source-thumbnails/x": "12345", "ab": "123456" };
  const { request } = createWorld({ files });
  const size = { skipped: 0, next: null };
  assertEquals(await (await request(`${SIZE}?folder=a`)).json(), { files: 2, bytes: 4, ...size });
  assertEquals(await (await request(SIZE)).json(), { files: 3, bytes: 10, ...size });
  assertEquals(await (await request(`${SIZE}?folder=none%2F`)).json(), { files: 0, bytes: 0, ...size });
});

/** A source with endless pages of ten bytes. */
function endless(source: S3Source): { source: S3Source; asked: (string | null | undefined)[] } {
  const asked: (string | null | undefined)[] = [];
  return {
    asked,
    source: {
      ...source,
      list: ({ cursor } = {}) => {
        asked.push(cursor);
        const files = [{ path: "x", name: "x", size: 10, etag: null, lastModified: null }];
        return Promise.resolve({ files, folders: [], cursor: `page ${asked.length}`, skipped: 1 });
      },
    },
  };
}

Deno.test("GET size.json counts a part of a large folder, and can be continued", async () => {
  const { source, asked } = endless(createWorld().source);
  const { request } = createWorld({ sources: { media: source } });
  const part = await (await request(SIZE)).json();
  assertEquals(part, { files: 20, bytes: 200, skipped: 20, next: "page 20" });
  await request(`${SIZE}?next=${encodeURIComponent(part.next)}`);
  assertEquals(asked.slice(19, 22), ["page 19", "page 20", "page 21"]);
});

Deno.test("GET size.json counts as a search of the person", async () => {
  const { source } = createWorld();
  let answer = () => {};
  const waits = new Promise<void>((resolve) => answer = resolve);
  const list: S3Source["list"] = async (options) => (await waits, await source.list(options));
  const { request } = createWorld({ sources: { media: { ...source, list } }, maxSearchesPerPerson: 1 });
  const first = request(SIZE);
  await new Promise((resolve) => setTimeout(resolve, 0));
  assertEquals((await request(SIZE)).status, 429);
  answer();
  assertEquals((await first).status, 200);
});

Deno.test("the page of a folder's size says it in a sentence", async () => {
  const { text } = await pagesApp({ "a <b>/c": "x".repeat(1_234), "a <b>/d/e": "" }).get(
    `${PAGE}?folder=a%20%3Cb%3E%2F`,
  );
  assertStringIncludes(
    text.replace(/\s+/g, " "),
    "<strong>1.2 kB</strong> in 2 files, with all folders in it (1,234 bytes).",
  );
  assertStringIncludes(text, "Size of “<bdi>a &lt;b&gt;</bdi>”");
});

Deno.test("the page of a large folder's size says that it is a part, and continues", async () => {
  const { source } = endless(createWorld().source);
  const app = pagesApp({}, {}, { list: source.list });
  const first = await app.get(PAGE);
  assertStringIncludes(first.text, "At least <strong>200 B</strong> in 20 files");
  const url = /href="([^"]*next=[^"]*)"/.exec(first.text)?.[1]?.replaceAll("&amp;", "&") ?? "";
  assertStringIncludes((await app.get(url)).text, "At least <strong>400 B</strong> in 40 files");
});

for (const query of ["files=-1", "bytes=x", "folder=..%2F", "files=99999999999999999"]) {
  Deno.test(`the page of a folder's size refuses "${query}"`, async () => {
    assertEquals((await pagesApp().get(`${PAGE}?${query}`)).status, 400);
  });
}
