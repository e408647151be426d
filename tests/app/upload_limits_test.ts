import { assertEquals } from "@std/assert";
import { appOf, formOf, stubSource } from "../support/app_stub.ts";
import { createWorld } from "../support/app_world.ts";
import { PREPARE, prepare, sendForm } from "../support/app_uploads.ts";

for (const announced of [true, false]) {
  Deno.test(`a body ${announced ? "announced as" : "that turns out"} too large is refused, and nothing of it stored`, async () => {
    const { request, paths } = createWorld({ maxUploadBytes: 10 });
    const body = new Blob(["x".repeat(11)]).stream();
    const response = await request("/source/media/-/content?path=a", {
      method: "PUT",
      body,
      headers: announced ? { "content-length": "11" } : {},
    });
    assertEquals([response.status, paths()], [413, []]);
  });
}

Deno.test("a form of too many files takes none away that replaced others, whatever its later fields say", async () => {
  const { request, textOf } = createWorld({ files: { a: "old" }, maxFilesPerUpload: 1 });
  const body = formOf({ a: "new" }, { on_collision: "replace" });
  body.append("on_collision", "skip");
  body.append("file", new File(["2"], "b"));
  const response = await request("/source/media/-/form/upload", { method: "POST", body });
  assertEquals([response.status, textOf("a"), textOf("b")], [413, "new", undefined]);
});

Deno.test("a form takes as many files as are allowed, beside its fields", async () => {
  const { request, paths } = createWorld();
  const names = Array.from({ length: 1_000 }, (_, index) => `${index}`);
  const body = formOf(Object.fromEntries(names.map((name) => [name, ""])), { on_collision: "keep_both" });
  const response = await request("/source/media/-/form/upload", { method: "POST", body });
  assertEquals([response.status, paths().length], [303, 1_000]);
});

Deno.test("a form of too many files is refused, and none of them stored", async () => {
  const { request, paths } = createWorld({ maxFilesPerUpload: 2 });
  const body = formOf({ a: "1", b: "2", c: "3" });
  const response = await request("/source/media/-/form/upload", { method: "POST", body });
  assertEquals([response.status, paths()], [413, []]);
});

for (const headers of [{}, { "content-length": "11" }]) {
  Deno.test(`PUT source/{s}/-/content stores nothing over the limit with ${JSON.stringify(headers)}`, async () => {
    const source = stubSource();
    const body = new Blob(["x".repeat(11)]).stream();
    const response = await appOf(source, { maxUploadBytes: 10 })("/-/files/source/media/-/content?path=a", {
      method: "PUT",
      headers,
      body,
    });
    assertEquals([response.status, source.files.size], [413, 0]);
  });
}

Deno.test("PUT source/{s}/-/content stores what is exactly at the limit", async () => {
  const source = stubSource();
  const body = "x".repeat(10);
  await appOf(source, { maxUploadBytes: 10 })("/-/files/source/media/-/content?path=a", { method: "PUT", body });
  assertEquals(source.files.get("a"), body);
});

Deno.test("prepare refuses a file that is larger than allowed", async () => {
  const world = createWorld({ maxUploadBytes: 10 });
  assertEquals((await world.post(PREPARE, { filename: "a", size: 11 })).status, 413);
  const prepared = await prepare(world, { filename: "a" });
  assertEquals((await sendForm(world, prepared, "x".repeat(11))).status, 413);
  assertEquals(world.paths(), []);
});
