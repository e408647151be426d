import { assertEquals } from "@std/assert";
import { appOf, formOf, MIB, SIGNING_SECRET, stubSource } from "../support/app_stub.ts";
import { createWorld } from "../support/app_world.ts";
import { PREPARE, prepare, sendForm } from "../support/app_uploads.ts";

for (const announced of [true, false]) {
  Deno.test(`a body ${announced ? "announced as" : "that turns out"} too large is refused, and not stored`, async () => {
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

Deno.test("a form with too many files deletes none that replaced others, whatever its later fields say", async () => {
  const { request, textOf } = createWorld({ files: { a: "old" }, maxFilesPerUpload: 1 });
  const body = formOf({ a: "new" }, { on_collision: "replace" });
  body.append("on_collision", "skip");
  body.append("file", new File(["2"], "b"));
  const response = await request("/source/media/-/form/upload", { method: "POST", body });
  assertEquals([response.status, textOf("a"), textOf("b")], [413, "new", undefined]);
});

Deno.test("a form may have as many files as allowed, besides its fields", async () => {
  const { request, paths } = createWorld();
  const names = Array.from({ length: 1_000 }, (_, index) => `${index}`);
  const body = formOf(Object.fromEntries(names.map((name) => [name, ""])), { on_collision: "keep_both" });
  const response = await request("/source/media/-/form/upload", { method: "POST", body });
  assertEquals([response.status, paths().length], [303, 1_000]);
});

Deno.test("a form with too many files is refused, and none of them is stored", async () => {
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

Deno.test("PUT source/{s}/-/content stores a file of exactly the limit", async () => {
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

Deno.test("PUT source/{s}/-/content stores a file that is announced with exactly the limit", async () => {
  const { request } = createWorld({ maxUploadBytes: 10 });
  const init = { method: "PUT", body: "x".repeat(10), headers: { "content-length": "10" } };
  assertEquals((await request("/source/media/-/content?path=a", init)).status, 201);
});

Deno.test("a form with too many files keeps those that replaced others, if the last one did not", async () => {
  const { request, textOf } = createWorld({ files: { a: "old" }, maxFilesPerUpload: 2 });
  const body = formOf({ a: "new" }, { on_collision: "replace" });
  body.append("on_collision", "skip");
  for (const name of ["b", "c"]) body.append("file", new File(["2"], name));
  const response = await request("/source/media/-/form/upload", { method: "POST", body });
  assertEquals([response.status, textOf("a"), textOf("b"), textOf("c")], [413, "new", "2", undefined]);
});

Deno.test("a form keeps a file that someone else stores just before", async () => {
  const world = createWorld({ files: { a: "theirs" } });
  const stat = () => Promise.resolve(null);
  const { request } = createWorld({ sources: { media: { ...world.source, stat } } });
  const response = await request("/source/media/-/form/upload", { method: "POST", body: formOf({ a: "mine" }) });
  assertEquals([response.status, world.textOf("a")], [412, "theirs"]);
});

Deno.test("a part is bound by maxUploadBytes, also that of an upload prepared before the limit was lowered", async () => {
  const generous = createWorld({ secret: SIGNING_SECRET });
  const { upload_token } = await prepare(generous, { filename: "a", size: 17 * MIB, direct: false });
  const strict = createWorld({ secret: SIGNING_SECRET, maxUploadBytes: MIB });
  const url = `/upload/media/-/part?token=${upload_token}&number=1`;
  assertEquals((await strict.request(url, { method: "PUT", body: new Uint8Array(16 * MIB) })).status, 413);
});
