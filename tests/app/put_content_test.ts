import { assertEquals } from "@std/assert";
import { appOf, EVERYTHING, stubSource } from "../support/app_stub.ts";
import { createWorld, idOf } from "../support/app_world.ts";

for (const query of ["path=%ff", "path=%", "path=%C3%28", "path=%ED%A0%80"]) {
  Deno.test(`PUT source/{s}/-/content refuses the query "${query}" instead of guessing`, async () => {
    const source = stubSource();
    const response = await appOf(source)(`/-/files/source/media/-/content?${query}`, { method: "PUT", body: "x" });
    assertEquals([response.status, source.files.size], [400, 0]);
  });
}

Deno.test("PUT source/{s}/-/content decodes a path once", async () => {
  const source = stubSource();
  await appOf(source)("/-/files/source/media/-/content?path=%252541+%2B", { method: "PUT", body: "x" });
  assertEquals([...source.files.keys()], ["%2541 +"]);
});

Deno.test("PUT source/{s}/-/content stores the body", async () => {
  const source = stubSource();
  const response = await appOf(source)("/-/files/source/media/-/content?path=x%2Fa.bin", {
    method: "PUT",
    headers: { "content-type": "image/png" },
    body: "bytes",
  });
  const { file } = await response.json();
  assertEquals([response.status, file.path, file.size, file.content_type], [201, "x/a.bin", 5, "image/png"]);
  assertEquals(source.files.get("x/a.bin"), "bytes");
});

Deno.test("PUT source/{s}/-/content stores an empty body as an empty file", async () => {
  const source = stubSource();
  await appOf(source)("/-/files/source/media/-/content?path=a", { method: "PUT" });
  assertEquals([...source.files], [["a", ""]]);
});

Deno.test("PUT source/{s}/-/content with If-None-Match: * replaces nothing", async () => {
  const response = await appOf(stubSource({ a: "old" }))("/-/files/source/media/-/content?path=a", {
    method: "PUT",
    headers: { "if-none-match": "*" },
    body: "new",
  });
  assertEquals(response.status, 412);
});

for (const path of ["", "..%2Fa", "%2Fa", "a%00"]) {
  Deno.test(`PUT source/{s}/-/content refuses the path "${path}"`, async () => {
    const source = stubSource();
    const response = await appOf(source)(`/-/files/source/media/-/content?path=${path}`, { method: "PUT", body: "x" });
    assertEquals([response.status, source.files.size], [400, 0]);
  });
}

Deno.test("PUT source/{s}/-/content answers 400 when the body breaks off", async () => {
  const body = new ReadableStream({ pull: (controller) => controller.error(new Error("the client is gone")) });
  const source = stubSource();
  const response = await appOf(source)("/-/files/source/media/-/content?path=a", { method: "PUT", body });
  assertEquals([response.status, source.files.size], [400, 0]);
});

Deno.test("PUT source/{s}/-/content gives both versions in a conflict", async () => {
  const { request, textOf } = createWorld({ files: { a: "theirs" } });
  const put = (headers: HeadersInit) =>
    request("/source/media/-/content?path=a", { method: "PUT", headers, body: "mine" });
  const refused = await put({ "if-match": '"other"' });
  const { code, current } = await refused.json();
  assertEquals([refused.status, code, current.size, textOf("a")], [412, "conflict", 6, "theirs"]);
  assertEquals((await put({ "if-match": current.etag })).status, 201);
  assertEquals(textOf("a"), "mine");
});

Deno.test("PUT source/{s}/-/content does not bring a deleted file back", async () => {
  const { request, paths } = createWorld();
  const init = { method: "PUT", headers: { "if-match": '"x"' }, body: "mine" };
  const response = await request("/source/media/-/content?path=a", init);
  assertEquals([response.status, (await response.json()).current, paths()], [412, null, []]);
});

Deno.test("PUT source/{s}/-/content creates nothing without files-upload, whatever the condition", async () => {
  const { request, paths } = createWorld({ permissions: { ...EVERYTHING, "files-upload": false } });
  for (const ifMatch of ["", "*", '"x"']) {
    const init = { method: "PUT", body: "new", headers: { "if-match": ifMatch } };
    const { status } = await request("/source/media/-/content?path=a", init);
    assertEquals(status, ifMatch === "" ? 403 : 412);
  }
  assertEquals(paths(), []);
});

Deno.test("PUT source/{s}/-/content does not store over a folder's marker, where nobody would see it", async () => {
  const { request, paths } = createWorld();
  const { status } = await request("/source/media/-/content?path=a%2F", { method: "PUT", body: "hidden" });
  assertEquals([status, paths()], [400, []]);
});

Deno.test("PUT source/{s}/-/content keeps the media type unless it is given another", async () => {
  const { request, source } = createWorld();
  await source.upload("a", "{}", { contentType: "application/json" });
  const put = (headers: HeadersInit) =>
    request("/source/media/-/content?path=a", { method: "PUT", headers, body: new Blob(["[]"]) });
  assertEquals((await (await put({})).json()).file.content_type, "application/json");
  assertEquals((await (await put({ "content-type": "text/csv" })).json()).file.content_type, "text/csv");
});

Deno.test("PUT source/{s}/-/content keeps the search text, and who stored it", async () => {
  const { request, post, source } = createWorld({ files: { a: "" }, authenticate: () => ({ id: "ålice" }) });
  await post(`/${idOf("a")}/-/update`, { update: { search_text: "cats" } });
  const response = await request("/source/media/-/content?path=a", { method: "PUT", body: "new" });
  const { file } = await response.json();
  assertEquals([file.search_text, file.uploaded_by], ["cats", "ålice"]);
  assertEquals((await source.stat("a"))?.metadata, { "search-text": "cats", "uploaded-by": "%C3%A5lice" });
});

for (
  const [headers, permissions, status] of [
    [{ "if-none-match": "*" }, { "files-upload": true }, 201],
    [{ "if-none-match": "*" }, { "files-edit": true }, 403],
    [{ "if-match": '"x"' }, { "files-edit": true }, 412],
    [{ "if-match": '"x"' }, { "files-upload": true }, 403],
    [{}, { "files-upload": true }, 403],
    [{}, { "files-upload": true, "files-edit": true }, 201],
  ] as const
) {
  Deno.test(`PUT source/{s}/-/content with ${JSON.stringify(headers)} answers ${Object.keys(permissions)} with ${status}`, async () => {
    const { request } = createWorld({ permissions });
    const response = await request("/source/media/-/content?path=a", { method: "PUT", headers, body: "x" });
    assertEquals(response.status, status);
  });
}
