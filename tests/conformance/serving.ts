import { assertEquals } from "@std/assert";
import { type ConformanceTest, isSame, someBytes } from "./suite.ts";

/** Files as responses. */
export function testServing(test: ConformanceTest): void {
  const ask = (headers: HeadersInit = {}, method = "GET") => new Request("http://host.test/", { method, headers });
  const seen = async (response: Response, ...names: string[]) => [
    response.status,
    await response.text(),
    ...names.map((name) => response.headers.get(name)),
  ];

  test("serveFile() answers GET and HEAD with the file", async ({ source }) => {
    const { etag } = await source.upload("a b.txt", "0123456789", { contentType: "text/x-test" });
    const names = ["content-length", "content-type", "etag", "accept-ranges", "content-disposition"];
    const headers = ["10", "text/x-test", etag ?? null, "bytes", 'attachment; filename="a b.txt"'];
    assertEquals(await seen(await source.serveFile(ask(), "a b.txt"), ...names), [200, "0123456789", ...headers]);
    const head = await source.serveFile(ask({ range: "bytes=0-1" }, "HEAD"), "a b.txt");
    assertEquals(await seen(head, ...names), [200, "", ...headers]);
  });

  for (
    const [range, status, text, contentRange] of [
      ["bytes=2-4", 206, "234", "bytes 2-4/10"],
      ["bytes=7-", 206, "789", "bytes 7-9/10"],
      ["bytes=0-", 206, "0123456789", "bytes 0-9/10"],
      ["bytes=-3", 206, "789", "bytes 7-9/10"],
      ["bytes=8-99", 206, "89", "bytes 8-9/10"],
      ["bytes=10-", 416, "", "bytes */10"],
      ["bytes=-0", 416, "", "bytes */10"],
      ["bytes=0-1,4-5", 200, "0123456789", null],
    ] as const
  ) {
    test(`serveFile() answers "${range}" with ${status}`, async ({ source }) => {
      await source.upload("a", "0123456789");
      const response = await source.serveFile(ask({ range }), "a");
      assertEquals(await seen(response, "content-range"), [status, text, contentRange]);
    });
  }

  test("serveFile() answers an empty file and one that is missing", async ({ source }) => {
    await source.upload("a", "");
    assertEquals(await seen(await source.serveFile(ask(), "a"), "content-length"), [200, "", "0"]);
    for (const range of ["bytes=0-", "bytes=-1"]) {
      const status = range === "bytes=-1" ? 200 : 416;
      assertEquals(await seen(await source.serveFile(ask({ range }), "a")), [status, ""]);
    }
    for (const method of ["GET", "HEAD"]) {
      for (const path of ["none", "../none"]) {
        assertEquals(await seen(await source.serveFile(ask({}, method), path)), [404, ""]);
      }
    }
  });

  test("serveFile() checks the conditions of GET and HEAD", async ({ source }) => {
    await source.upload("a", "0123456789");
    const info = await source.stat("a");
    const etag = info?.etag ?? "";
    const modified = info?.lastModified?.toUTCString() ?? "";
    const before = "Thu, 01 Jan 1970 00:00:00 GMT";
    for (
      const [headers, status] of [
        [{ "if-none-match": etag }, 304],
        [{ "if-none-match": '"x"' }, 200],
        [{ "if-modified-since": modified }, 304],
        [{ "if-modified-since": before }, 200],
        [{ "if-match": etag }, 200],
        [{ "if-match": '"x"' }, 412],
        [{ "if-unmodified-since": modified }, 200],
        [{ "if-unmodified-since": before }, 412],
      ] as const
    ) {
      for (const method of ["GET", "HEAD"]) {
        const text = method === "GET" && status === 200 ? "0123456789" : "";
        assertEquals(await seen(await source.serveFile(ask(headers, method), "a")), [status, text]);
      }
    }
    for (const [ifRange, status] of [[etag, 206], [modified, 206], ['"x"', 200], [before, 200]] as const) {
      const response = await source.serveFile(ask({ range: "bytes=4-", "if-range": ifRange }), "a");
      assertEquals(await seen(response), [status, "0123456789".slice(status === 206 ? 4 : 0)]);
    }
  });

  test("serveFile() streams a large file, and stops when its body is cancelled", async ({ source }) => {
    const bytes = someBytes(9_000_001);
    await source.upload("a", bytes);
    const response = await source.serveFile(ask(), "a");
    assertEquals(isSame(new Uint8Array(await response.arrayBuffer()), bytes), true);
    await (await source.serveFile(ask(), "a")).body?.cancel();
    assertEquals((await source.serveFile(ask({}, "HEAD"), "a")).headers.get("content-length"), "9000001");
  });
}
