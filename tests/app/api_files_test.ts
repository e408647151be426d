import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { createWorld, idOf } from "../support/app_world.ts";

const NOW = Date.UTC(2030, 0, 10, 12);
/** A PNG of 3 × 2 pixels, as far as its size is told. */
const PNG = new Uint8Array([
  ...[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52],
  ...[0, 0, 0, 3, 0, 0, 0, 2, 8, 6, 0, 0, 0],
]);

Deno.test("GET {id}.json tells what the host tells, and more", async () => {
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

Deno.test("GET batch.json tells of the files that there are, in the order of the ids", async () => {
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

Deno.test("GET batch.json leaves out what one may not browse", async () => {
  const { request, s3 } = createWorld({ files: { a: "A" }, permissions: { "files-upload": true } });
  assertEquals(await (await request(`/batch.json?id=${idOf("a")}`)).json(), { files: {} });
  assertEquals(s3.requests, []);
});

Deno.test("GET {id}/download leads to a signed URL that nobody keeps", async () => {
  const { request, s3 } = createWorld({ files: { "a b.txt": "hello" } });
  const response = await request(`/${idOf("a b.txt")}/download`);
  assertEquals(response.status, 302);
  assertEquals(
    [response.headers.get("cache-control"), response.headers.get("referrer-policy")],
    ["no-store", "no-referrer"],
  );
  const signed = await s3.fetch(response.headers.get("location") ?? "");
  assertEquals([await signed.text(), signed.headers.get("content-disposition")], [
    "hello",
    'attachment; filename="a b.txt"',
  ]);
});

Deno.test("GET {id}/download streams where a proxy is asked for", async () => {
  const { request } = createWorld({ files: { "a.txt": "hello" } });
  const response = await request(`/${idOf("a.txt")}/download?proxy=1`);
  assertEquals([response.status, await response.text()], [200, "hello"]);
  assertEquals(response.headers.get("content-disposition"), 'attachment; filename="a.txt"');
  assertEquals(response.headers.get("content-length"), "5");
});

Deno.test("GET {id}/download streams where the source needs a proxy", async () => {
  const { source } = createWorld({ files: { a: "hello" } });
  const needy = { ...source, capabilities: { ...source.capabilities, requiresProxyDownload: true } };
  const { request } = createWorld({ sources: { media: needy } });
  assertEquals(await (await request(`/${idOf("a")}/download`)).text(), "hello");
});

for (
  const [range, status, body, contentRange] of [
    ["bytes=1-3", 206, "ell", "bytes 1-3/5"],
    ["bytes=3-", 206, "lo", "bytes 3-4/5"],
    ["bytes=-2", 206, "lo", "bytes 3-4/5"],
    ["bytes=0-99", 200, "hello", null],
    ["bytes=1-99", 206, "ello", "bytes 1-4/5"],
    ["bytes=5-", 416, "", "bytes */5"],
    ["bytes=3-1", 200, "hello", null],
    ["bytes=0-0,2-3", 200, "hello", null],
    ["lines=1-2", 200, "hello", null],
  ] as const
) {
  Deno.test(`GET {id}/content answers the range ${range} with ${status}`, async () => {
    const { request } = createWorld({ files: { "a.txt": "hello" } });
    const response = await request(`/${idOf("a.txt")}/content`, { headers: { range } });
    assertEquals([response.status, await response.text()], [status, body]);
    assertEquals(response.headers.get("content-range"), contentRange);
  });
}

Deno.test("GET {id}/content goes on only with the same file", async () => {
  const { request } = createWorld({ files: { "a.txt": "hello" } });
  const url = `/${idOf("a.txt")}/content`;
  const etag = (await request(url)).headers.get("etag") ?? "";
  const ask = async (ifRange: string) => {
    const response = await request(url, { headers: { range: "bytes=1-", "if-range": ifRange } });
    return [response.status, await response.text()];
  };
  assertEquals(await ask(etag), [206, "ello"]);
  for (const other of ['"other"', `W/${etag}`, "Thu, 10 Jan 2030 12:00:00 GMT"]) {
    assertEquals(await ask(other), [200, "hello"]);
  }
});

Deno.test("GET {id}/content sends nothing of another version than the one that is asked for", async () => {
  const { request } = createWorld({ files: { "a.txt": "hello" } });
  const url = `/${idOf("a.txt")}/content`;
  const { headers } = await request(url);
  const [etag, modified] = [headers.get("etag") ?? "", headers.get("last-modified") ?? ""];
  const before = "Thu, 01 Jan 1970 00:00:00 GMT";
  for (
    const [condition, range, status, body] of [
      [{ "if-match": etag }, "bytes=1-", 206, "ello"],
      [{ "if-match": `"x", ${etag}` }, undefined, 200, "hello"],
      [{ "if-match": "*", "if-unmodified-since": before }, undefined, 200, "hello"],
      [{ "if-match": '"other"' }, "bytes=1-", 412, undefined],
      [{ "if-match": `W/${etag}` }, undefined, 412, undefined],
      [{ "if-match": etag, "if-range": '"other"' }, "bytes=1-", 200, "hello"],
      [{ "if-unmodified-since": modified }, "bytes=1-", 206, "ello"],
      [{ "if-unmodified-since": before }, "bytes=1-", 412, undefined],
      [{ "if-unmodified-since": "soon" }, undefined, 200, "hello"],
    ] as const
  ) {
    for (const method of ["GET", "HEAD"]) {
      const response = await request(url, { method, headers: { ...condition, ...range && { range } } });
      const text = await response.text();
      // HEAD is of the whole file.
      const isWhole = method === "HEAD" && status !== 412;
      assertEquals(response.status, isWhole ? 200 : status, JSON.stringify(condition));
      if (method === "GET" && body !== undefined) assertEquals(text, body);
    }
  }
});

Deno.test("GET {id}/content sends nothing that the browser has", async () => {
  const { request } = createWorld({ files: { "a.txt": "hello" } });
  const url = `/${idOf("a.txt")}/content`;
  const etag = (await request(url)).headers.get("etag") ?? "";
  const response = await request(url, { headers: { "if-none-match": `"x", W/${etag}` } });
  assertEquals([response.status, await response.text(), response.headers.get("etag")], [304, "", etag]);
});

Deno.test("HEAD {id}/content reads no bytes", async () => {
  const { request, s3 } = createWorld({ files: { "a.txt": "hello" } });
  const response = await request(`/${idOf("a.txt")}/content`, { method: "HEAD" });
  assertEquals([response.status, response.headers.get("content-length")], [200, "5"]);
  assertEquals(s3.requests.map(({ operation }) => operation), ["HeadObject"]);
});

Deno.test("GET {id}/link tells how long the URL works", async () => {
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

Deno.test("POST {id}/-/delete deletes", async () => {
  const { post, paths } = createWorld({ files: { a: "", b: "" } });
  const response = await post(`/${idOf("a")}/-/delete`, {});
  assertEquals([response.status, await response.json(), paths()], [200, { ok: true }, ["b"]]);
  assertEquals((await post(`/${idOf("a")}/-/delete`, {})).status, 404);
});

Deno.test("POST {id}/-/update keeps a search text with the file, and everything else as it was", async () => {
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
