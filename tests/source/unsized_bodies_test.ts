import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  createS3Source,
  IntegrityError,
  PreconditionFailedError,
  RangeNotSatisfiableError,
  ServiceError,
} from "../../mod.ts";
import { createMemoryS3 } from "../../src/testing/mod.ts";
import { openChanged } from "../support/changed_responses.ts";
import { s3Error, stubFetch, stubSource } from "../support/stub_fetch.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

Deno.test("read() verifies by its checksum what has no length", async () => {
  const spoiled = { isSpoiled: true };
  const { source, s3 } = openChanged((response, { method }) => {
    if (method !== "GET") return response;
    const headers = new Headers(response.headers);
    headers.delete("content-length");
    headers.set("etag", `W/${headers.get("etag")}`);
    return new Response(spoiled.isSpoiled ? "other" : response.body, { headers });
  });
  await source.upload("b", "hello");
  await assertRejects(() => source.read("b"), IntegrityError, "the bytes do not match the stored checksum");
  spoiled.isSpoiled = false;
  assertEquals(text(await source.read("b")), "hello");
  assert(s3.requests.length > 0);
});

Deno.test("stream() verifies a range by the checksum of the response that had no length, if the tag is the same", async () => {
  const read = { etag: "" };
  const { source } = openChanged(async (response, { method, headers: sent }) => {
    if (method !== "GET") return response;
    const headers = new Headers(response.headers);
    if (sent.has("range")) {
      headers.set("etag", read.etag || (headers.get("etag") ?? ""));
      const bytes = new Uint8Array(await response.arrayBuffer());
      bytes[0] = 0;
      return new Response(bytes, { status: 206, headers });
    }
    headers.delete("content-length");
    return new Response(response.body, { headers });
  });
  await source.upload("b", "hello");
  const body = async () => text(new Uint8Array(await new Response((await source.stream("b")).body).arrayBuffer()));
  await assertRejects(body, IntegrityError, "the bytes do not match the stored checksum");
  // That of another version says nothing.
  read.etag = '"other"';
  assertEquals(await body(), "\0ello");
});

Deno.test("stat() asks for the first byte where HEAD has no length", async () => {
  const head = new Response(null, { headers: { etag: 'W/"e1"' } });
  const byte = (range: string, body = "h") =>
    new Response(body, { status: 206, headers: { "content-range": range, "content-length": "1" } });
  const sizeOf = async (...answers: Response[]) => {
    const store = stubFetch(head, ...answers);
    const info = await stubSource(store).stat("a");
    return [info?.size, info?.etag, store.requests.length];
  };
  assertEquals(await sizeOf(byte("bytes 0-0/7")), [7, '"e1"', 2]);
  assertEquals(await sizeOf(s3Error(416, "InvalidRange")), [0, '"e1"', 2]);
  assertEquals(await sizeOf(new Response("hello", { headers: { "content-length": "5" } })), [5, '"e1"', 2]);
  // Counted.
  assertEquals(await sizeOf(new Response("hello", { headers: { etag: '"e1"' } })), [5, '"e1"', 2]);
  // The body has been decoded: the range is not that of its bytes.
  assertEquals(await sizeOf(byte("bytes 0-0/7", ""), new Response("decoded")), [7, '"e1"', 3]);
  await assertRejects(() => sizeOf(byte("bytes 1-1/7")), ServiceError, "it has the bytes 1 to 1 of 7");
});

Deno.test("read() reads a body without a length to its end, and limits it", async () => {
  const store = stubFetch(() => new Response("hello", { headers: { etag: '"e1"' } }));
  assertEquals(text(await stubSource(store).read("a")), "hello");
  assertEquals((await stubSource(store).read("a", { maxBytes: 5 })).byteLength, 5);
  await assertRejects(() => stubSource(store).read("a", { maxBytes: 4 }), Error, "more than 4 bytes");
  const { info, range, body } = await stubSource(store).stream("a", { range: { offset: 1, length: 3 } });
  assertEquals([info.size, range, await new Response(body).text()], [5, { offset: 1, length: 3 }, "ell"]);
});

for (const operation of ["read", "stream"] as const) {
  Deno.test(`${operation}() refuses a range after the end of a body without a length`, async () => {
    const store = stubFetch(() => new Response("hello", { headers: { etag: '"e1"' } }));
    const reading = () => stubSource(store)[operation]("a", { range: { offset: 5 } });
    await assertRejects(reading, RangeNotSatisfiableError, "the range starts beyond the end of the file");
  });
}

Deno.test("read() refuses a page without a length that may be of any server", async () => {
  const store = stubFetch(() => new Response("<html>log in</html>"));
  await assertRejects(() => stubSource(store).read("a"), ServiceError, "it is a page, and no file of the store");
});

for (const length of [undefined, "19"]) {
  Deno.test(`a login page ${length ? "with" : "without"} a length is no file, but a stored page without a tag is`, async () => {
    const pageWith = (headers: Record<string, string>) => {
      const sized = { "content-type": "text/html", ...length && { "content-length": length }, ...headers };
      const respond = ({ method }: { method: string }) =>
        new Response(method === "HEAD" ? null : "<html>log in</html>", { headers: sized });
      return stubSource(stubFetch(respond), {}, { retry: { maxAttempts: 1 } });
    };
    const login = pageWith({});
    const reason = "it is a page, and no file of the store (200, text/html)";
    for (const use of [login.read, login.stream, login.stat]) await assertRejects(() => use("a"), ServiceError, reason);
    for (const name of ["etag", "last-modified", "x-amz-request-id"]) {
      const stored = pageWith({ [name]: '"e"' });
      assertEquals([(await stored.stat("a"))?.size, (await stored.read("a")).byteLength], [19, 19]);
    }
  });
}

Deno.test("serveFile() has lengths and ranges of a store that never sends Content-Length", async () => {
  const s3 = createMemoryS3({ quirks: ["noContentLength"] });
  const source = createS3Source(s3.config, { fetch: s3.fetch });
  await source.upload("a", "hello");
  await source.upload("empty", "");
  const served = async (path: string, method: string, headers: HeadersInit = {}) => {
    const response = await source.serveFile(new Request("http://host.test/", { method, headers }), path);
    const range = response.headers.get("content-range");
    return [response.status, response.headers.get("content-length"), range, await response.text()];
  };
  assertEquals(await served("a", "GET"), [200, "5", null, "hello"]);
  assertEquals(await served("a", "HEAD"), [200, "5", null, ""]);
  assertEquals(await served("empty", "GET"), [200, "0", null, ""]);
  assertEquals(await served("a", "GET", { range: "bytes=0-" }), [206, "5", "bytes 0-4/5", "hello"]);
  assertEquals(await served("a", "GET", { range: "bytes=3-" }), [206, "2", "bytes 3-4/5", "lo"]);
  assertEquals(await served("a", "GET", { range: "bytes=5-" }), [416, null, "bytes */5", ""]);
});

Deno.test("stream() refuses a body that changes between counting and reading", async () => {
  let count = 0;
  const store = stubFetch(() => new Response("hello", { headers: { etag: `"e${++count > 4 ? 2 : 1}"` } }));
  await assertRejects(() => stubSource(store).stream("a"), PreconditionFailedError, 'Cannot read "a": it has changed');
  const longer = stubFetch(() => new Response("hello".repeat(++count), { headers: { etag: '"e1"' } }));
  const { body } = await stubSource(longer).stream("a");
  await assertRejects(() => new Response(body).text(), IntegrityError, "bytes arrived of");
});
