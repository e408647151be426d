import { assert, assertEquals, assertRejects } from "@std/assert";
import { BrokerError, ConfigError, createS3Source, S3SourceError, ServiceError } from "../../mod.ts";
import { stubFetch, stubSource } from "../support/stub_fetch.ts";

const ONE_TRY = { retry: { maxAttempts: 1 } };

/** A server on loopback that answers any request with these headers and then sends a body for as long as it is read, up to 256 MiB. */
function endlessServer(headers: string) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const chunk = new Uint8Array(0x10000).fill(0x20);
  const seen = { bytes: 0 };

  async function send(connection: Deno.Conn, bytes: Uint8Array) {
    for (let sent = 0; sent < bytes.byteLength;) sent += await connection.write(bytes.subarray(sent));
  }

  async function answer(connection: Deno.Conn) {
    const text = (ascii: string) => new TextEncoder().encode(ascii);
    try {
      await connection.read(new Uint8Array(0x10000));
      await send(connection, text(`HTTP/1.1 200 OK\r\n${headers}\r\n\r\n`));
      for (; seen.bytes < 256 * 1024 ** 2; seen.bytes += chunk.byteLength) {
        await send(connection, text("10000\r\n"));
        await send(connection, chunk);
        await send(connection, text("\r\n"));
      }
      await send(connection, text("0\r\n\r\n"));
    } catch {
      // The client does not want the rest.
    } finally {
      connection.close();
    }
  }

  const answered: Promise<void>[] = [];
  const accepting = (async () => {
    for await (const connection of listener) answered.push(answer(connection));
  })();
  return {
    url: `http://127.0.0.1:${listener.addr.transport === "tcp" ? listener.addr.port : 0}`,
    seen,
    async [Symbol.asyncDispose]() {
      listener.close();
      await accepting;
      await Promise.all(answered);
    },
  };
}

/** RFC 9112 forbids both; Deno and Bun hand both on, and the body is as long as the chunks are. */
const BOTH_LENGTHS = "Content-Length: 20\r\nTransfer-Encoding: chunked";

Deno.test("a broker's reply is read up to its limit, whatever Content-Length it has beside Transfer-Encoding", async () => {
  await using server = endlessServer(BOTH_LENGTHS);
  const source = createS3Source({ credentialsUrl: server.url, credentialsUrlSecret: "broker-secret" }, ONE_TRY);
  await assertRejects(() => source.connect(), BrokerError, "larger than 64 KiB");
  assert(server.seen.bytes < 64 * 1024 ** 2, `${server.seen.bytes} bytes were sent`);
});

Deno.test("read() reads no more than the declared length, beside Transfer-Encoding as well", async () => {
  await using server = endlessServer(`${BOTH_LENGTHS}\r\nETag: "tag"`);
  const keys = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret-key-canary" };
  const source = createS3Source({ endpointUrl: server.url, bucket: "media", ...keys }, ONE_TRY);
  const error = await assertRejects(() => source.read("a"), S3SourceError, "bytes arrived of 20");
  assertEquals(error.code, "ShortBody");
  assert(server.seen.bytes < 64 * 1024 ** 2, `${server.seen.bytes} bytes were sent`);
});

/** What a `fetch` of somebody's own may return, which the compiler lets pass in many programs. */
function answering(answer: unknown) {
  const fetch = () => Promise.resolve(answer) as Promise<Response>;
  return stubSource({ fetch, requests: [] }, {}, ONE_TRY);
}

Deno.test("a fetch that returns a response without usable headers is a ConfigError", async () => {
  for (const headers of [{}, null, undefined, new Map().entries()]) {
    await assertRejects(() => answering({ status: 200, headers }).stat("a"), ConfigError, "must return a Response");
  }
});

Deno.test("a response whose body somebody else reads is a failed connection", async () => {
  const response = new Response("x".repeat(100_000), { headers: { "content-length": "100000" } });
  response.body?.getReader();
  await assertRejects(() => answering(response).read("a"), ServiceError, "the connection failed");
});

Deno.test("a body of other chunks than bytes is a failed connection", async () => {
  const stringy = () => {
    const body = new ReadableStream({ start: (controller) => controller.enqueue("text") });
    return new Response(body, { headers: { "content-length": "4" } });
  };
  await assertRejects(() => answering(stringy()).list(), ServiceError, "the connection failed");
  const { body } = await answering(stringy()).stream("a");
  await assertRejects(() => new Response(body).text(), ServiceError, "the connection failed");
});

Deno.test("a fetch that throws what cannot be looked at is a failed connection", async () => {
  const silent = new Error();
  Object.defineProperty(silent, "message", {
    get() {
      throw new Error("no message for you");
    },
  });
  const { proxy, revoke } = Proxy.revocable(new Error(), {});
  revoke();
  for (const thrown of [silent, proxy]) {
    const source = stubSource({ fetch: () => Promise.reject(thrown), requests: [] }, {}, ONE_TRY);
    const error = await assertRejects(() => source.list(), ServiceError, "the connection failed");
    assert(error.cause instanceof Error);
    assertEquals(error.cause.message, "an Error was thrown that cannot be read");
  }
});

/** A 206 with these bytes, which says that they are these. */
function partial(contentRange: string, body = "0123456789") {
  const headers = { "content-range": contentRange, "content-length": String(body.length), etag: '"tag"' };
  return stubSource(stubFetch(() => new Response(body, { status: 206, headers })), {}, ONE_TRY);
}

for (
  const [name, contentRange, options] of [
    ["ends early", "bytes 0-9/1000", { range: { offset: 0, length: 100 } }],
    ["ends early, where the limit is ours", "bytes 0-9/1000", { maxBytes: 100 }],
    ["ends early, with an open end", "bytes 0-9/1000", { range: { offset: 0 } }],
    ["ends early, counted from the end", "bytes 80-89/100", { range: { suffixLength: 20 } }],
    ["ends late", "bytes 0-9/1000", { range: { offset: 0, length: 5 } }],
    ["ends behind the file", "bytes 0-9/5", { range: { offset: 0, length: 10 } }],
    ["ends before it begins", "bytes 5-2/10", { range: { offset: 5, length: 3 } }],
    ["has numbers that are none", `bytes 0-9/${"9".repeat(400)}`, { range: { offset: 0, length: 10 } }],
  ] as const
) {
  Deno.test(`read() and stream() refuse a range that ${name}`, async () => {
    const error = await assertRejects(() => partial(contentRange).read("a", options), ServiceError);
    assertEquals(error.code, "InvalidResponse");
    if ("maxBytes" in options) return;
    await assertRejects(() => partial(contentRange).stream("a", options), ServiceError);
  });
}

for (
  const [contentRange, range] of [
    ["bytes 0-9/10", { offset: 0, length: 100 }],
    ["bytes 0-9/10", { suffixLength: 100 }],
    ["bytes 5-14/15", { offset: 5 }],
  ] as const
) {
  Deno.test(`read() takes ${contentRange} for ${JSON.stringify(range)}`, async () => {
    assertEquals((await partial(contentRange).read("a", { range })).byteLength, 10);
  });
}

for (const length of ["-5", "0x10", "1e3", "", "5.0", "Infinity"]) {
  Deno.test(`stat() refuses a Content-Length of "${length}"`, async () => {
    const headers = { get: () => length, has: () => true, forEach: () => {} };
    await assertRejects(
      () => answering({ status: 200, headers, body: null }).stat("a"),
      ServiceError,
      "no Content-Length",
    );
  });
}
