import { assert, assertEquals, assertRejects } from "@std/assert";
import { createS3Source, PreconditionFailedError } from "../../mod.ts";
import { createMemoryS3 } from "../../src/testing/mod.ts";
import { type Change, openChanged, READINGS, readings, TEXT } from "../support/changed_responses.ts";
import { s3Error, stubFetch, stubSource } from "../support/stub_fetch.ts";

/** A proxy that compresses. */
interface Way {
  /** Whether it takes `Accept-Encoding: identity` into account. Default `true`. */
  heedsIdentity?: boolean;
  /** The coding. Default: gzip. */
  coding?: string;
  /** Whether the runtime decodes what it has not asked for, as all do but Deno. Default `true`. */
  decodes?: boolean;
}

/** Compresses like nginx: whole objects only, without a length, and with a weak tag. */
function compressing({ heedsIdentity = true, coding = "gzip", decodes = true }: Way = {}): Change {
  return (response, { method, headers: { get }, headers }) => {
    const isIdentity = get.call(headers, "accept-encoding") === "identity";
    const isObject = method === "HEAD" || (method === "GET" && response.headers.has("etag"));
    if (!isObject || response.status !== 200 || (isIdentity && heedsIdentity)) return response;
    const { body, status } = response;
    const changed = new Headers(response.headers);
    changed.delete("content-length");
    changed.set("etag", `W/${changed.get("etag")}`);
    if (changed.has("content-encoding") && changed.get("content-encoding") !== "identity") return response;
    changed.set("content-encoding", coding);
    const isRaw = isIdentity && !decodes;
    return new Response(isRaw ? "compressed" : body, { status, headers: changed });
  };
}

Deno.test("stat(), read(), stream(), copy() and move() ask proxies not to compress, in a header that is not signed", async () => {
  const { source, sent, s3 } = openChanged(compressing());
  assertEquals(await readings(source), READINGS);
  sent.length = 0;
  await source.stat("a");
  await source.read("a");
  await source.copy("a", "b");
  await source.move("b", "c");
  assertEquals(sent, [
    "HEAD identity",
    "GET identity",
    ...["HEAD identity", "PUT any"],
    ...["HEAD identity", "PUT any", "HEAD identity", "DELETE any"],
  ]);
  assertEquals(s3.listKeys("bucket").toSorted(), ["a", "c"]);
  for (const { headers } of s3.requests) assert(!headers["authorization"]?.includes("accept-encoding"));
});

for (const coding of ["gzip", "br", "zstd"]) {
  for (const decodes of [true, false]) {
    Deno.test(`all reading agrees behind a proxy that sends ${coding} unasked [the runtime decodes: ${decodes}]`, async () => {
      const { source, sent } = openChanged(compressing({ heedsIdentity: false, coding, decodes }));
      assertEquals(await readings(source), READINGS);
      assertEquals((await source.copy("a", "b")).size, 600);
      sent.length = 0;
      await source.stat("a");
      assertEquals(sent, ["HEAD identity", "GET identity bytes=0-0 as stored"]);
      sent.length = 0;
      await source.read("a");
      assertEquals(sent, ["GET identity", "GET identity as stored", "GET any as stored"]);
      sent.length = 0;
      await (await source.stream("a")).body.cancel();
      assertEquals(sent, ["GET identity", "GET identity as stored", "GET identity bytes=0- as stored"]);
    });
  }
}

Deno.test("all reading agrees behind a proxy that keeps compressed files, with their length", async () => {
  const compress = compressing({ heedsIdentity: false });
  const { source } = openChanged(async (response, request) => {
    const changed = await compress(response, request);
    const isCompressed = changed.headers.get("content-encoding") === "gzip";
    if (isCompressed) changed.headers.set("content-length", "30");
    return changed;
  });
  assertEquals(await readings(source), READINGS);
  assertEquals((await source.copy("a", "b")).size, 600);
  const served = await source.serveFile(new Request("http://host.test/"), "a");
  assertEquals([served.headers.get("content-encoding"), await served.text()], [null, TEXT]);
});

Deno.test("serveFile() labels a stored gzip file behind a proxy that weakens all tags", async () => {
  const { source } = openChanged((response, { url }) => {
    const headers = new Headers(response.headers);
    headers.set("etag", `W/${headers.get("etag")}`);
    if (!url.includes("response-content-encoding")) headers.set("content-encoding", "gzip");
    return new Response(response.body, { status: response.status, headers });
  });
  for (const method of ["GET", "HEAD"]) {
    const response = await source.serveFile(new Request("http://host.test/", { method }), "a");
    await response.body?.cancel();
    assertEquals([response.headers.get("content-encoding"), response.headers.get("content-length")], ["gzip", "600"]);
  }
  assertEquals((await source.stat("a"))?.size, 600);
});

Deno.test("serveFile() has length, ranges and a strong tag behind a proxy that compresses unasked", async () => {
  const { source } = openChanged(compressing({ heedsIdentity: false }));
  const whole = await source.serveFile(new Request("http://host.test/"), "a");
  assertEquals([await whole.text(), whole.headers.get("content-length")], [TEXT, "600"]);
  assertEquals([whole.headers.get("accept-ranges"), whole.headers.get("content-encoding")], ["bytes", null]);
  assert(whole.headers.get("etag")?.startsWith('"'));
  const range = { range: "bytes=0-4", "if-range": whole.headers.get("etag") ?? "" };
  const part = await source.serveFile(new Request("http://host.test/", { headers: range }), "a");
  assertEquals([part.status, await part.text(), part.headers.get("content-range")], [206, "hello", "bytes 0-4/600"]);
});

Deno.test("serveFile() keeps a tag weak that the store itself weakens", async () => {
  const { source } = openChanged((response) => {
    const headers = new Headers(response.headers);
    headers.set("etag", 'W/"v1"');
    return new Response(response.body, { status: response.status, headers });
  });
  for (const method of ["GET", "HEAD"]) {
    const response = await source.serveFile(new Request("http://host.test/", { method }), "a");
    await response.body?.cancel();
    assertEquals(response.headers.get("etag"), 'W/"v1"');
  }
});

Deno.test("upload() and complete() recognise their file behind a proxy that leaves out lengths and weakens tags", async () => {
  const s3 = createMemoryS3({ quirks: ["noContentLength", "weakEtags"] });
  const lost = new Set<string>();
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const response = await s3.fetch(input, init);
    const { pathname, searchParams } = new URL(String(input));
    const isFinal = init?.method === "PUT" ? !searchParams.has("partNumber") : searchParams.has("uploadId");
    if (init?.method === "HEAD" || init?.method === "GET" || !isFinal || lost.has(pathname)) return response;
    lost.add(pathname);
    throw new TypeError("the response is lost");
  };
  const source = createS3Source(s3.config, { fetch, retry: { baseDelayMs: 0 } });
  const small = await source.upload("small", "hello", { ifNoneMatch: "*" });
  const large = await source.upload("large", new Uint8Array(9 * 1024 ** 2), { ifNoneMatch: "*" });
  const upload = await source.prepareMultipartUpload("parts", { size: 5 });
  await upload.uploadPart(1, new TextEncoder().encode("hello"));
  const parts = await upload.complete({ ifNoneMatch: "*" });
  assertEquals([small.size, large.size, parts.size], [5, 9 * 1024 ** 2, 5]);
  assertEquals([...lost], ["/bucket/small", "/bucket/large", "/bucket/parts"]);
  assert([small, large, parts].every(({ etag }) => etag?.startsWith('"')));
});

/** A store behind a proxy that weakens tags; the first body breaks after `hello`. */
function weakening({ tags }: { tags: (count: number) => string }) {
  let count = 0;
  return stubFetch(({ headers }) => {
    count++;
    const tag = tags(count);
    const wanted = headers.get("if-match");
    if (wanted !== null && `W/${wanted}` !== tag) return s3Error(412, "PreconditionFailed");
    if (count > 1) {
      const facts = { "content-range": "bytes 5-9/10", "content-length": "5", etag: tag };
      return new Response("world", { status: 206, headers: facts });
    }
    let isFirst = true;
    const body = new ReadableStream({
      pull(controller) {
        if (isFirst) controller.enqueue(new TextEncoder().encode("hello"));
        else controller.error(new TypeError("broken"));
        isFirst = false;
      },
    });
    return new Response(body, { headers: { "content-length": "10", etag: tag } });
  });
}

Deno.test("stream() goes on after a break where a proxy weakens the tag: the store compares its own, strong one", async () => {
  const store = weakening({ tags: () => 'W/"v1"' });
  const { body } = await stubSource(store).stream("a");
  assertEquals(await new Response(body).text(), "helloworld");
  assertEquals(store.requests.map(({ headers }) => headers.get("if-match")), [null, '"v1"']);
});

Deno.test("stream() never goes on with another content behind a weak tag", async () => {
  const store = weakening({ tags: (count) => `W/"v${count}"` });
  const { body } = await stubSource(store).stream("a");
  await assertRejects(() => new Response(body).text(), PreconditionFailedError, 'Cannot read "a"');
});

Deno.test("the weak tag of a proxy is the store's own, strong one in results and conditions", async () => {
  const store = stubFetch(() => new Response(null, { headers: { "content-length": "0", etag: 'W/"v1"' } }));
  const source = stubSource(store);
  assertEquals((await source.stat("a"))?.etag, '"v1"');
  await source.read("a", { ifMatch: 'W/"v1"' });
  await source.upload("a", "", { ifMatch: 'W/"v1"' });
  assertEquals(store.requests.map(({ headers }) => headers.get("if-match")), [null, '"v1"', '"v1"']);
});
