import { assertEquals, assertFalse, assertMatch } from "@std/assert";
import { ownDateMetadata, ownDateOf } from "../../src/app/files/own_date.ts";
import { pagesApp } from "../support/app_pages.ts";
import { createWorld, idOf, type World } from "../support/app_world.ts";

const PREPARE = "/upload/media/-/prepare";
const CHANGED_MS = Date.UTC(2019, 6, 8, 9, 10, 11, 123);
const MTIME = "1562577011.123";

for (
  const [mtime, date] of [
    [MTIME, "2019-07-08T09:10:11.123Z"],
    ["1562577011", "2019-07-08T09:10:11.000Z"],
    ["1562577011.123456789", "2019-07-08T09:10:11.123Z"],
    ["-86400.5", "1969-12-30T23:59:59.500Z"],
    ["", undefined],
    ["yesterday", undefined],
    ["1e99", undefined],
    ["999999999999", undefined],
  ] as const
) {
  Deno.test(`ownDateOf() reads "${mtime}"`, () => {
    assertEquals(ownDateOf({ metadata: { mtime } })?.toISOString(), date);
  });
}

Deno.test("ownDateMetadata() is as rclone writes it", () => {
  assertEquals(ownDateMetadata(CHANGED_MS), { mtime: MTIME });
  assertEquals([ownDateMetadata(null), ownDateMetadata(undefined)], [{}, {}]);
});

const metadataOf = ({ s3 }: World, path: string) => s3.getObject("bucket", `team/${path}`)?.metadata?.["mtime"];

for (const direct of [true, false]) {
  Deno.test(`an upload keeps the file's own date ${direct ? "straight in the store" : "through the app"}`, async () => {
    const world = createWorld();
    const wish = { filename: "a.txt", folder: "", size: 5, direct, modified_ms: CHANGED_MS };
    const { upload_url, upload_headers: headers } = await (await world.post(PREPARE, wish)).json();
    if (direct) await world.s3.fetch(upload_url, { method: "PUT", headers, body: "hello" });
    else await world.request(upload_url.slice("/-/files".length), { method: "PUT", headers, body: "hello" });
    assertEquals(metadataOf(world, "a.txt"), MTIME);
  });
}

Deno.test("an upload in parts keeps the file's own date", async () => {
  const world = createWorld();
  const size = 17 * 1024 ** 2;
  const wish = { filename: "a.bin", folder: "", size, modified_ms: CHANGED_MS };
  const { upload_token } = await (await world.post(PREPARE, wish)).json();
  for (const [number, length] of [[1, 16 * 1024 ** 2], [2, 1024 ** 2]] as const) {
    const url = `/upload/media/-/part?token=${upload_token}&number=${number}`;
    await world.request(url, { method: "PUT", body: new Uint8Array(length) });
  }
  await world.post("/upload/media/-/complete", { upload_token });
  assertEquals(metadataOf(world, "a.bin"), MTIME);
});

for (const modified_ms of [-1, 1.5, "2019", 1e14]) {
  Deno.test(`prepare refuses the date ${modified_ms}`, async () => {
    const answer = await createWorld().post(PREPARE, { filename: "a", folder: "", size: 1, modified_ms });
    assertEquals(answer.status, 400);
  });
}

Deno.test("a saved text no longer has the date of the file it replaces", async () => {
  const world = createWorld();
  world.s3.putObject({ bucket: "bucket", key: "team/a.txt", body: "old", metadata: { mtime: MTIME } });
  await world.request("/source/media/-/content?path=a.txt", { method: "PUT", body: "new" });
  assertEquals(metadataOf(world, "a.txt"), undefined);
});

Deno.test("the file page shows the file's own date, and when it was uploaded", async () => {
  const app = pagesApp();
  const put = (path: string, mtime: string) =>
    app.s3.putObject({ bucket: "bucket", key: `media/${path}`, body: "", metadata: { mtime } });
  put("a", MTIME);
  put("b", "<b>");
  const own = await app.get(`/-/files/${idOf("a")}`);
  assertMatch(own.text, /<dt>Modified<\/dt>\s*<dd>\s*<time datetime="2019-07-08T09:10:11.123Z"/);
  assertMatch(own.text, /<dt>Uploaded<\/dt>\s*<dd>\s*<time datetime="20[^"]+"/);
  assertFalse(own.text.includes("mtime"));
  const other = await app.get(`/-/files/${idOf("b")}`);
  assertMatch(other.text, /<dt>mtime<\/dt>\s*<dd><bdi>&lt;b&gt;/);
  assertFalse(other.text.includes("Uploaded</dt>"));
});
