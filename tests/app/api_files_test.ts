import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { createWorld, idOf } from "../support/app_world.ts";
import { fileInfo, NOW, stubSource } from "../support/app_stub.ts";

/** The start of a PNG of 3 × 2 pixels. */
const PNG = new Uint8Array([
  ...[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52],
  ...[0, 0, 0, 3, 0, 0, 0, 2, 8, 6, 0, 0, 0],
]);

Deno.test("GET {id}.json has the fields of the host, and more", async () => {
  const { request } = createWorld({ files: { "a/b c.png": PNG }, now: () => NOW });
  const id = idOf("a/b c.png");
  const response = await request(`/${id}.json`);
  const { etag, ...record } = await response.json();
  assertMatch(etag, /^"[0-9a-f]{32}"$/);
  assertEquals(record, {
    id,
    filename: "b c.png",
    content_type: "image/png",
    content_hash: null,
    size: 29,
    width: 3,
    height: 2,
    source_slug: "media",
    uploaded_by: null,
    created_at: "2030-01-10T12:00:00.000Z",
    url: `/-/files/${id}`,
    download_url: `/-/files/${id}/download`,
    thumbnail_url: `/-/files/${id}/thumbnail`,
    path: "a/b c.png",
    last_modified: "2030-01-10T12:00:00.000Z",
    search_text: null,
    content_url: `/-/files/${id}/content`,
  });
});

for (const id of [idOf("none"), "df-", "df-AA", idOf("a").replace("df-", "df-A")]) {
  Deno.test(`GET ${id}.json finds nothing`, async () => {
    const response = await createWorld({ files: { a: "" } }).request(`/${id}.json`);
    assertEquals([response.status, (await response.json()).ok], [404, false]);
  });
}

Deno.test("GET batch.json lists the files that exist, in the order of the ids", async () => {
  const { request } = createWorld({ files: { a: "A", "b.png": PNG } });
  const query = [idOf("b.png"), idOf("none"), "df-nonsense", idOf("a"), idOf("a")].map((id) => `id=${id}`).join("&");
  const { files } = await (await request(`/batch.json?${query}`)).json();
  assertEquals(Object.keys(files), [idOf("b.png"), idOf("a")]);
  const id = idOf("b.png");
  assertEquals(files[id], {
    id,
    filename: "b.png",
    content_type: "image/png",
    size: 29,
    width: 3,
    height: 2,
    download_url: `/-/files/${id}/download`,
    thumbnail_url: `/-/files/${id}/thumbnail`,
    info_url: `/-/files/${id}.json`,
  });
});

Deno.test("GET batch.json leaves out files that may not be browsed", async () => {
  const { request, s3 } = createWorld({ files: { a: "A" }, permissions: { "files-upload": true } });
  assertEquals(await (await request(`/batch.json?id=${idOf("a")}`)).json(), { files: {} });
  assertEquals(s3.requests, []);
});

Deno.test("GET {id}/link says when the URL expires", async () => {
  const { request, s3 } = createWorld({ files: { a: "hello" }, now: () => NOW });
  const response = await request(`/${idOf("a")}/link?expires_in_seconds=60`);
  const { url, expires_at } = await response.json();
  assertEquals(expires_at, "2030-01-10T12:01:00.000Z");
  assertEquals(await (await s3.fetch(url)).text(), "hello");
  assertEquals(response.headers.get("cache-control"), "no-store");
});

for (const seconds of ["0", "604801", "1.5", "x", ""]) {
  Deno.test(`GET {id}/link refuses ${JSON.stringify(seconds)} seconds`, async () => {
    const response = await createWorld({ files: { a: "" } }).request(
      `/${idOf("a")}/link?expires_in_seconds=${seconds}`,
    );
    assertEquals(response.status, 400);
  });
}

Deno.test("POST {id}/-/update stores a search text with the file, and changes nothing else", async () => {
  const { post, source, textOf } = createWorld();
  await source.upload("a", "hello", { contentType: "text/x-a", metadata: { colour: "blue" } });
  const response = await post(`/${idOf("a")}/-/update`, { update: { search_text: "Straße\n日本 %" } });
  const { ok, file } = await response.json();
  assertEquals([response.status, ok, file.search_text, file.content_type], [200, true, "Straße\n日本 %", "text/x-a"]);
  assertEquals((await source.stat("a"))?.metadata?.["colour"], "blue");
  assertEquals(textOf("a"), "hello");
  await post(`/${idOf("a")}/-/update`, { update: { search_text: "" } });
  assertEquals((await source.stat("a"))?.metadata, { colour: "blue" });
});

Deno.test("POST {id}/-/update names the fields that cannot be changed", async () => {
  const { post } = createWorld({ files: { a: "" } });
  const response = await post(`/${idOf("a")}/-/update`, { update: { search_text: "x", filename: "b" } });
  assertEquals(response.status, 400);
  assertStringIncludes((await response.json()).errors[0], "filename");
});

for (
  const body of [{}, { update: 1 }, { update: {} }, { update: { search_text: 1 } }, {
    update: { search_text: "ü".repeat(300) },
  }]
) {
  Deno.test(`POST {id}/-/update refuses ${JSON.stringify(body).slice(0, 50)}`, async () => {
    const response = await createWorld({ files: { a: "" } }).post(`/${idOf("a")}/-/update`, body);
    assertEquals(response.status, 400);
  });
}

Deno.test("POST {id}/-/update accepts a search text of 1,536 characters, and no more", async () => {
  const { post } = createWorld({ files: { a: "" } });
  const statusOf = async (length: number) =>
    (await post(`/${idOf("a")}/-/update`, { update: { search_text: "x".repeat(length) } })).status;
  assertEquals([await statusOf(1_536), await statusOf(1_537)], [200, 400]);
});

Deno.test("GET batch.json takes 200 ids, and looks up eight files at a time", async () => {
  let [running, most] = [0, 0];
  const stat = async (path: string) => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setTimeout(resolve));
    running--;
    return fileInfo(path);
  };
  const { request } = createWorld({ sources: { media: stubSource({}, { stat }) } });
  const ask = (count: number) =>
    request(`/batch.json?${Array.from({ length: count }, (_, index) => `id=${idOf(`${index}`)}`).join("&")}`);
  const { files } = await (await ask(200)).json();
  assertEquals([Object.keys(files).length, most], [200, 8]);
  assertEquals((await ask(201)).status, 400);
});
