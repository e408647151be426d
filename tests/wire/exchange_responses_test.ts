import { assert, assertEquals, assertRejects } from "@std/assert";
import { ConfigError, createS3Source, CredentialsError, S3SourceError, ServiceError } from "../../mod.ts";
import { stubSource } from "../support/stub_fetch.ts";

const ONE_TRY = { retry: { maxAttempts: 1 } };

/**
 * A server on loopback that responds with these headers and a body of 256 MiB, which it sends as fast as it is read.
 */
function endlessServer(headers: string) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const chunk = new Uint8Array(0x10000).fill(0x20);
  const seen = { bytes: 0 };

  async function send(connection: Deno.Conn, bytes: Uint8Array) {
    for (let sent = 0; sent < bytes.byteLength;) sent += await connection.write(bytes.subarray(sent));
  }

  async function respond(connection: Deno.Conn) {
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

  const responses: Promise<void>[] = [];
  const accepting = (async () => {
    for await (const connection of listener) responses.push(respond(connection));
  })();
  return {
    url: `http://127.0.0.1:${listener.addr.transport === "tcp" ? listener.addr.port : 0}`,
    seen,
    async [Symbol.asyncDispose]() {
      listener.close();
      await accepting;
      await Promise.all(responses);
    },
  };
}

/** RFC 9112 forbids both together; Deno and Bun pass both on, and the body is that of the chunks. */
const BOTH_LENGTHS = "Content-Length: 20\r\nTransfer-Encoding: chunked";

Deno.test("a broker's reply is limited even with both Content-Length and Transfer-Encoding", async () => {
  await using server = endlessServer(BOTH_LENGTHS);
  const source = createS3Source({ credentialsUrl: server.url, credentialsUrlSecret: "broker-secret" }, ONE_TRY);
  await assertRejects(() => source.connect(), CredentialsError, "larger than 64 KiB");
  assert(server.seen.bytes < 64 * 1024 ** 2, `${server.seen.bytes} bytes were sent`);
});

Deno.test("read() reads only the declared length, even with Transfer-Encoding", async () => {
  await using server = endlessServer(`${BOTH_LENGTHS}\r\nETag: "tag"`);
  const keys = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret-key-canary" };
  const source = createS3Source({ endpointUrl: server.url, bucket: "media", ...keys }, ONE_TRY);
  const error = await assertRejects(() => source.read("a"), S3SourceError, "bytes arrived of 20");
  assertEquals(error.code, "ShortBody");
  assert(server.seen.bytes < 64 * 1024 ** 2, `${server.seen.bytes} bytes were sent`);
});

/** A source whose custom `fetch` returns this value. */
function sourceOn(response: unknown) {
  const fetch = () => Promise.resolve(response) as Promise<Response>;
  return stubSource({ fetch, requests: [] }, {}, ONE_TRY);
}

Deno.test("a fetch that returns a response without usable headers is a ConfigError", async () => {
  for (const headers of [{}, null, undefined, new Map().entries()]) {
    await assertRejects(() => sourceOn({ status: 200, headers }).stat("a"), ConfigError, "must return a Response");
  }
});

Deno.test("a response whose body is locked to another reader is a failed connection", async () => {
  const response = new Response("x".repeat(100_000), { headers: { "content-length": "100000" } });
  response.body?.getReader();
  await assertRejects(() => sourceOn(response).read("a"), ServiceError, "the connection failed");
});

Deno.test("a body with chunks other than bytes is a failed connection", async () => {
  const stringy = () => {
    const body = new ReadableStream({ start: (controller) => controller.enqueue("text") });
    return new Response(body, { headers: { "content-length": "4" } });
  };
  await assertRejects(() => sourceOn(stringy()).list(), ServiceError, "the connection failed");
  const { body } = await sourceOn(stringy()).stream("a");
  await assertRejects(() => new Response(body).text(), ServiceError, "the connection failed");
});

Deno.test("a fetch that throws synchronously is a failed connection, and the URL is hidden", async () => {
  const fetch = (url: unknown): never => {
    throw new TypeError(`cannot fetch ${url}?secret`);
  };
  const source = stubSource({ fetch, requests: [] }, {}, { retry: { maxAttempts: 1 } });
  const error = await assertRejects(() => source.read("a.txt"), ServiceError, "the connection failed");
  assertEquals(Deno.inspect(error).includes("secret"), false);
});

Deno.test("a fetch that throws an unreadable error is a failed connection", async () => {
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
    assertEquals(error.cause.message, "an unreadable Error was thrown");
  }
});
