import { assertEquals, assertFalse, assertStringIncludes } from "@std/assert";
import { toFileId } from "../../src/app/file_id.ts";
import { attributes, pagesApp } from "../support/app_pages.ts";
import { createWorld, idOf } from "../support/app_world.ts";

const fileUrl = (path: string) => `/-/files/${toFileId({ source: "media", path })}`;
const FILES = { "p/a.png": "333", "p/b.bin": "", "p/c.jpg": "1", "p/d.txt": "22", "p/sub/e.png": "", "z.png": "" };

/** The paths before and after a file, as its page links them. */
async function stepsOf(url: string, headers: Record<string, string> = {}): Promise<string[]> {
  const world = createWorld({ files: FILES });
  const text =
    await (await world.request(url.slice("/-/files".length), { headers: { accept: "text/html", ...headers } }))
      .text();
  return [...text.matchAll(/<a class="button" href="([^"]*)" data-step="(\w+)"/g)]
    .map(([, href = "", step]) => `${step} ${href.replaceAll("&amp;", "&")}`);
}

Deno.test("the page of a file links the files before and after it that can be shown", async () => {
  assertEquals(await stepsOf(fileUrl("p/c.jpg")), [`previous ${fileUrl("p/a.png")}`, `next ${fileUrl("p/d.txt")}`]);
  assertEquals(await stepsOf(fileUrl("p/a.png")), [`next ${fileUrl("p/c.jpg")}`]);
  assertEquals(await stepsOf(fileUrl("p/b.bin")), [`previous ${fileUrl("p/a.png")}`, `next ${fileUrl("p/c.jpg")}`]);
  assertEquals(await stepsOf(fileUrl("z.png")), []);
});

Deno.test("the page of a file keeps the order of the folder that one comes from", async () => {
  const query = "?sort=size&order=desc";
  const steps = [`previous ${fileUrl("p/a.png")}${query}`, `next ${fileUrl("p/c.jpg")}${query}`];
  assertEquals(await stepsOf(fileUrl("p/d.txt") + query), steps);
  const folder = "http://127.0.0.1:8001/-/files/source/media?folder=p%2F&sort=size&order=desc";
  assertEquals(await stepsOf(fileUrl("p/d.txt"), { referer: folder }), steps);
  for (const referer of ["x", "http://127.0.0.1/-/files/source/media?sort=size&order=desc", `${folder}x`]) {
    assertEquals(await stepsOf(fileUrl("p/d.txt"), { referer }), [`previous ${fileUrl("p/c.jpg")}`], referer);
  }
});

Deno.test("the page of a file lists its folder once", async () => {
  const { request, s3 } = createWorld({ files: FILES });
  await (await request(`/${idOf("p/c.jpg")}`, { headers: { accept: "text/html" } })).text();
  assertEquals(s3.requests.filter(({ operation }) => operation === "ListObjectsV2").length, 1);
});

Deno.test("the page of a file is shown without steps if its folder cannot be listed", async () => {
  const app = pagesApp({ "a.txt": "text", "b.txt": "" }, {}, { list: () => Promise.reject(new Error("denied")) });
  const { status, text } = await app.get(fileUrl("a.txt"));
  assertEquals(status, 200);
  assertFalse(text.includes("data-step"));
});

Deno.test("the page of a file names its neighbours as text", async () => {
  const name = 'a"><img src=x>.png';
  const { text } = await pagesApp({ [name]: "", "b.png": "" }).get(fileUrl("b.png"));
  assertStringIncludes(attributes(text, "aria-label").join("\n"), "Previous: a&quot;&gt;&lt;img src=x&gt;.png");
});
