import { assertEquals } from "@std/assert";
import { createWorld, headersOf, idOf } from "../support/app_world.ts";

Deno.test("GET {id}/download redirects to a signed URL, which is not cached", async () => {
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

Deno.test("GET {id}/download streams if proxy=1", async () => {
  const { request } = createWorld({ files: { "a.txt": "hello" } });
  const response = await request(`/${idOf("a.txt")}/download?proxy=1`);
  assertEquals([response.status, await response.text()], [200, "hello"]);
  assertEquals(response.headers.get("content-disposition"), 'attachment; filename="a.txt"');
  assertEquals(response.headers.get("content-length"), "5");
});

Deno.test("GET {id}/download streams if the source requires it", async () => {
  const { source } = createWorld({ files: { a: "hello" } });
  const needy = { ...source, capabilities: { ...source.capabilities, requiresProxyDownload: true } };
  const { request } = createWorld({ sources: { media: needy } });
  assertEquals(await (await request(`/${idOf("a")}/download`)).text(), "hello");
});

for (
  const [range, status, body, contentRange] of [
    ["bytes=1-3", 206, "ell", "bytes 1-3/5"],
    ["bytes=3-", 206, "lo", "bytes 3-4/5"],
    ["bytes=2-2", 206, "l", "bytes 2-2/5"],
    ["bytes=0-", 206, "hello", "bytes 0-4/5"],
    ["bytes=-0", 416, "", "bytes */5"],
    ["bytes=-2", 206, "lo", "bytes 3-4/5"],
    ["bytes=0-99", 206, "hello", "bytes 0-4/5"],
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

Deno.test("GET {id}/content resumes only the same file", async () => {
  const { request } = createWorld({ files: { "a.txt": "hello" } });
  const url = `/${idOf("a.txt")}/content`;
  const etag = (await headersOf(request, url)).get("etag") ?? "";
  const ask = async (ifRange: string) => {
    const response = await request(url, { headers: { range: "bytes=1-", "if-range": ifRange } });
    return [response.status, await response.text()];
  };
  assertEquals(await ask(etag), [206, "ello"]);
  for (const other of ['"other"', `W/${etag}`, "Thu, 10 Jan 2030 12:00:00 GMT"]) {
    assertEquals(await ask(other), [200, "hello"]);
  }
});

Deno.test("GET {id}/content sends only the requested version", async () => {
  const { request } = createWorld({ files: { "a.txt": "hello" } });
  const url = `/${idOf("a.txt")}/content`;
  const headers = await headersOf(request, url);
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

Deno.test("GET {id}/content sends nothing that the browser already has", async () => {
  const { request } = createWorld({ files: { "a.txt": "hello" } });
  const url = `/${idOf("a.txt")}/content`;
  const etag = (await headersOf(request, url)).get("etag") ?? "";
  const response = await request(url, { headers: { "if-none-match": `"x", W/${etag}` } });
  assertEquals([response.status, await response.text(), response.headers.get("etag")], [304, "", etag]);
});

Deno.test("GET {id}/content of what the browser has leaves the headers that it has", async () => {
  const { request } = createWorld({ files: { "a.pdf": "%PDF" } });
  const url = `/${idOf("a.pdf")}/content`;
  const policy = (await headersOf(request, url)).get("content-security-policy") ?? "";
  assertEquals(/^default-src 'none'.*; frame-ancestors 'self'$/.test(policy), true);
  const { status, headers } = await request(url, { headers: { "if-none-match": "*" } });
  assertEquals([status, headers.get("content-security-policy"), headers.get("x-frame-options")], [304, null, null]);
});

Deno.test("HEAD {id}/content reads no bytes", async () => {
  const { request, s3 } = createWorld({ files: { "a.txt": "hello" } });
  const response = await request(`/${idOf("a.txt")}/content`, { method: "HEAD" });
  assertEquals([response.status, response.headers.get("content-length")], [200, "5"]);
  assertEquals(s3.requests.map(({ operation }) => operation), ["HeadObject"]);
});

Deno.test("GET {id}/content says how the file may be cached and framed", async () => {
  const { request, source } = createWorld({ files: { "a.txt": "hello" } });
  const headers = await headersOf(request, `/${idOf("a.txt")}/content`);
  assertEquals(
    ["cache-control", "x-frame-options", "referrer-policy", "accept-ranges"].map((name) => headers.get(name)),
    ["private, no-cache", "SAMEORIGIN", "no-referrer", "bytes"],
  );
  const file = await source.stat("a.txt");
  assertEquals(headers.get("last-modified"), file?.lastModified?.toUTCString());
  assertEquals(headers.get("etag"), file?.etag);
});

Deno.test("GET {id}/download of a missing file is answered by the app", async () => {
  const { request } = createWorld();
  for (const query of ["", "?proxy=1"]) {
    assertEquals((await request(`/${idOf("none")}/download${query}`)).status, 404);
  }
});
