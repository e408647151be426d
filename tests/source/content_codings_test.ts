import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  createS3Source,
  IntegrityError,
  PreconditionFailedError,
  RangeNotSatisfiableError,
  type S3Source,
  ServiceError,
} from "../../mod.ts";
import { createMemoryS3, type MemoryS3 } from "../../src/testing/mod.ts";
import { s3Error, stubFetch, stubSource } from "../support/stub_fetch.ts";

const TEXT = "hello ".repeat(100);
const STORED = "the bytes of a gzip file ".repeat(30);
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** What happens to responses of a store on their way. */
interface Way {
  /** Whether it takes `Accept-Encoding: identity` into account. Default `true`. */
  heedsIdentity?: boolean;
  /** The coding. Default: gzip. */
  coding?: string;
  /** Whether the runtime decodes what it has not asked for, as all do but Deno. Default `true`. */
  decodes?: boolean;
}

type Change = (response: Response, request: Request) => Response | Promise<Response>;

/** A source on an S3 in memory, with the file `a`, whose responses are changed on their way. */
function open(change: Change = (response) => response, s3: MemoryS3 = createMemoryS3()) {
  const sent: string[] = [];
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, { ...init, signal: null });
    const { searchParams } = new URL(request.url);
    const asked = request.headers.get("accept-encoding") ?? "any";
    const query = searchParams.has("response-content-encoding") ? " as stored" : "";
    sent.push([request.method, asked, request.headers.get("range") ?? "", query].join(" ").replace(/ +/g, " ").trim());
    return await change(await s3.fetch(input, init), request);
  };
  s3.putObject({ bucket: "bucket", key: "a", body: TEXT });
  return { s3, sent, fetch, source: createS3Source(s3.config, { fetch, retry: { baseDelayMs: 0 } }) };
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

/** All ways of reading the file, which must agree. */
async function readings(source: S3Source) {
  const { info, range, body } = await source.stream("a");
  const part = await source.stream("a", { range: { offset: 6, length: 5 } });
  const served = async (method: string, headers: HeadersInit = {}) =>
    await (await source.serveFile(new Request("http://host.test/", { method, headers }), "a")).text();
  return {
    sizes: [(await source.stat("a"))?.size, (await source.read("a")).byteLength, info.size, range.length],
    read: text(await source.read("a")),
    limited: text(await source.read("a", { maxBytes: 600 })),
    streamed: await new Response(body).text(),
    parts: [
      await source.read("a", { range: { offset: 6, length: 5 } }),
      await source.read("a", { range: { offset: 595 } }),
      await source.read("a", { range: { suffixLength: 3 } }),
    ].map(text),
    streamedPart: [part.range, await new Response(part.body).text()],
    served: [await served("GET"), await served("HEAD")],
  };
}

const READINGS = {
  sizes: [600, 600, 600, 600],
  read: TEXT,
  limited: TEXT,
  streamed: TEXT,
  parts: ["hello", "ello ", "lo "],
  streamedPart: [{ offset: 6, length: 5 }, "hello"],
  served: [TEXT, ""],
};

Deno.test("stat(), read(), stream(), copy() and move() ask proxies not to compress, in a header that is not signed", async () => {
  const { source, sent, s3 } = open(compressing());
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
      const { source, sent } = open(compressing({ heedsIdentity: false, coding, decodes }));
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

Deno.test("serveFile() has length, ranges and a strong tag behind a proxy that compresses unasked", async () => {
  const { source } = open(compressing({ heedsIdentity: false }));
  const whole = await source.serveFile(new Request("http://host.test/"), "a");
  assertEquals([await whole.text(), whole.headers.get("content-length")], [TEXT, "600"]);
  assertEquals([whole.headers.get("accept-ranges"), whole.headers.get("content-encoding")], ["bytes", null]);
  assert(whole.headers.get("etag")?.startsWith('"'));
  const range = { range: "bytes=0-4", "if-range": whole.headers.get("etag") ?? "" };
  const part = await source.serveFile(new Request("http://host.test/", { headers: range }), "a");
  assertEquals([part.status, await part.text(), part.headers.get("content-range")], [206, "hello", "bytes 0-4/600"]);
});

Deno.test("serveFile() keeps a tag weak that the store itself weakens", async () => {
  const { source } = open((response) => {
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

Deno.test("read() verifies by its checksum what has no length", async () => {
  const spoiled = { isSpoiled: true };
  const { source, s3 } = open((response, { method }) => {
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
  assertEquals(await sizeOf(new Response("hello")), [5, '"e1"', 2]);
  // The body has been decoded: the range is not that of its bytes.
  assertEquals(await sizeOf(byte("bytes 0-0/7", ""), new Response("decoded")), [7, '"e1"', 3]);
  await assertRejects(
    () => sizeOf(byte("bytes 1-1/7")),
    ServiceError,
    "it has the bytes 1 to 1 of 7, not those requested",
  );
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

Deno.test("stream() refuses a body that changes between counting and reading", async () => {
  let count = 0;
  const store = stubFetch(() => new Response("hello", { headers: { etag: `"e${++count > 4 ? 2 : 1}"` } }));
  await assertRejects(() => stubSource(store).stream("a"), PreconditionFailedError, 'Cannot read "a": it has changed');
  const longer = stubFetch(() => new Response("hello".repeat(++count)));
  const { body } = await stubSource(longer).stream("a");
  await assertRejects(() => new Response(body).text(), IntegrityError, "bytes arrived of");
});

/** Cloud Storage: it decodes a stored gzip file unless asked for gzip, and then knows no length, tag or ranges. */
const transcoding: Change = (_, { method, headers }) => {
  const facts = { "x-goog-stored-content-encoding": "gzip", "x-goog-stored-content-length": `${STORED.length}` };
  const isGzip = headers.get("accept-encoding") !== "identity";
  const gzip = { "content-encoding": "gzip", "content-length": `${STORED.length}`, etag: '"e1"' };
  const body = method === "HEAD" ? null : TEXT;
  return new Response(body, { headers: isGzip ? { ...facts, ...gzip } : facts });
};

Deno.test("all reading agrees on a store that decodes stored gzip files, on the decoded bytes", async () => {
  const { source, sent } = open(transcoding);
  assertEquals(await readings(source), READINGS);
  sent.length = 0;
  await source.read("a");
  assertEquals(sent, ["GET identity"]);
  sent.length = 0;
  await source.stat("a");
  assertEquals(sent, ["HEAD identity", "GET any"]);
  const { headers, body } = await source.serveFile(new Request("http://host.test/"), "a");
  await body?.cancel();
  assertEquals([headers.get("content-length"), headers.get("content-encoding")], [null, null]);
});

/** A store with a stored gzip file. `isRaw`: as Deno returns what it has not asked for. */
function storedGzip({ leavesOut, isRaw }: { leavesOut: boolean; isRaw: boolean }): Change {
  return (_, { method, url, headers }) => {
    const isPlain = leavesOut && new URL(url).searchParams.has("response-content-encoding");
    const isAsStored = isPlain || (isRaw && headers.get("accept-encoding") === "identity");
    const [, first = "", last] = /^bytes=(\d+)-(\d*)$/.exec(headers.get("range") ?? "") ?? [];
    const part = STORED.slice(Number(first), last ? Number(last) + 1 : undefined);
    return new Response(method === "HEAD" ? null : isAsStored ? part : TEXT, {
      status: first === "" ? 200 : 206,
      headers: {
        etag: '"e1"',
        "content-length": `${part.length}`,
        ...!isPlain && { "content-encoding": "gzip" },
        ...first !== "" && {
          "content-range": `bytes ${first}-${Number(first) + part.length - 1}/${STORED.length}`,
        },
      },
    });
  };
}

for (const isRaw of [true, false]) {
  Deno.test(`all reading agrees on the decoded bytes where a store cannot leave out Content-Encoding [raw: ${isRaw}]`, async () => {
    const { source, sent } = open(storedGzip({ leavesOut: false, isRaw }));
    assertEquals(await readings(source), READINGS);
    sent.length = 0;
    await source.stat("a");
    assertEquals(sent, ["HEAD identity", "HEAD identity as stored", "GET any"]);
  });

  Deno.test(`all reading agrees on the stored bytes where a store leaves out Content-Encoding [raw: ${isRaw}]`, async () => {
    const { source, sent } = open(storedGzip({ leavesOut: true, isRaw }));
    const { info, range, body } = await source.stream("a");
    assertEquals([info.size, range.length, await new Response(body).text()], [750, 750, STORED]);
    assertEquals([(await source.stat("a"))?.size, text(await source.read("a"))], [750, STORED]);
    assertEquals(text(await source.read("a", { range: { offset: 4, length: 5 } })), "bytes");
    sent.length = 0;
    await source.read("a");
    assertEquals(sent, ["GET identity", "GET identity as stored"]);
  });
}

Deno.test("an anonymous source, which must not ask for other headers, agrees on the decoded bytes of a gzip file", async () => {
  const { fetch, sent } = open(storedGzip({ leavesOut: false, isRaw: false }));
  const config = { bucket: "bucket", endpointUrl: "https://memory.s3.test", anonymous: true };
  assertEquals(await readings(createS3Source(config, { fetch })), READINGS);
  assertEquals(sent.filter((line) => line.endsWith("as stored")), []);
});

Deno.test("all reading agrees on the stored bytes of a gzip file behind a proxy that decodes", async () => {
  const stored = storedGzip({ leavesOut: true, isRaw: false });
  const { source } = open(async (response, request) => {
    const answer = await stored(response, request);
    if (!answer.headers.has("content-encoding")) return answer;
    // As nginx with `gunzip on`, which also tries to decode a part.
    const headers = new Headers(answer.headers);
    headers.delete("content-encoding");
    headers.delete("content-length");
    headers.set("etag", `W/${headers.get("etag")}`);
    return new Response(answer.body, { status: answer.status, headers });
  });
  const { info, body } = await source.stream("a");
  assertEquals([info.size, await new Response(body).text()], [750, STORED]);
  assertEquals([(await source.stat("a"))?.size, text(await source.read("a"))], [750, STORED]);
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
