import { assertEquals } from "@std/assert";
import { createWorld } from "../support/app_world.ts";

/** Names that could break a page or a header. */
const HOSTILE_NAMES = [
  "<img src=x onerror=alert(1)>.html",
  '"; filename="evil.exe',
  "it's 100% 'quoted'",
  "photo\u202Egnp.exe",
  "نص عربي.txt",
  "日本語 😀.txt",
  "a+b&c=d#e?f.txt",
  "back\\slash",
  `${"x".repeat(996)}.txt`,
];

for (const name of HOSTILE_NAMES) {
  Deno.test(`the name ${JSON.stringify(name.slice(0, 40))} comes through uploads, records and downloads as it is`, async () => {
    const { request, post, s3, paths } = createWorld();
    const { upload_url, upload_token } =
      await (await post("/upload/media/-/prepare", { filename: name, on_collision: "ask" })).json();
    await request(upload_url.replace("/-/files", ""), { method: "PUT", body: "hello" });
    const { file } = await (await post("/upload/media/-/complete", { upload_token })).json();
    assertEquals([file.filename, file.path, paths()], [name, name, [name]]);
    const listed = (await (await request("/source/media.json")).json()).files[0];
    assertEquals([listed.path, listed.id, (await (await request(`/${file.id}.json`)).json()).filename], [
      name,
      file.id,
      name,
    ]);
    const proxied = await request(`/${file.id}/download?proxy=1`);
    const signed = await s3.fetch((await request(`/${file.id}/download`)).headers.get("location") ?? "");
    for (const response of [proxied, signed]) {
      assertEquals([nameIn(response.headers.get("content-disposition") ?? ""), await response.text()], [name, "hello"]);
    }
  });
}

/** The file name a browser would take. https://www.rfc-editor.org/rfc/rfc6266 */
function nameIn(disposition: string): string {
  const extended = /^attachment; filename="[^"\\]*"; filename\*=UTF-8''([^;]*)$/.exec(disposition)?.[1];
  return extended === undefined
    ? /^attachment; filename="([^"\\]*)"$/.exec(disposition)?.[1] ?? ""
    : decodeURIComponent(extended);
}

for (const name of ["a\r\nset-cookie: x=1", "a\nb", "a\0b", "\u0085"]) {
  Deno.test(`the name ${JSON.stringify(name)} is refused everywhere`, async () => {
    const { request, post, paths } = createWorld({ files: { a: "" } });
    const path = encodeURIComponent(name);
    const refusals = [
      await request(`/source/media/-/content?path=${path}`, { method: "PUT", body: "x" }),
      await post("/upload/media/-/prepare", { filename: name }),
      await post("/upload/media/-/prepare", { filename: "x", folder: name }),
      await post("/source/media/-/folder", { path: name }),
      await post("/source/media/-/move", { from: "a", to: name }),
      await post("/source/media/-/copy", { from: "a", to: name }),
      await post("/source/media/-/delete", { paths: [name] }),
    ];
    assertEquals(refusals.map(({ status }) => status), refusals.map(() => 400));
    assertEquals(paths(), ["a"]);
  });
}

Deno.test("names with half of a surrogate pair in JSON are refused", async () => {
  const { request, paths } = createWorld();
  const response = await request("/source/media/-/folder", { method: "POST", body: '{"path": "a\\ud800b"}' });
  assertEquals([response.status, paths()], [400, []]);
});
