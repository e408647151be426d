import { assert, assertEquals, assertRejects } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { createS3Source, InvalidArgumentError, type S3Source, TimeoutError } from "../../mod.ts";
import { openExchange } from "../../src/s3/exchange.ts";
import { createMemoryS3 } from "../../src/testing/mod.ts";
import { hang, stubFetch, stubSource } from "../support/stub_fetch.ts";

/** An endless body, with the number of chunks read and whether it was cancelled. */
function endlessBody() {
  const seen = { chunks: 0, isCancelled: false };
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      assert(++seen.chunks < 10_000, "nothing limits the reading");
      controller.enqueue(new Uint8Array(1_000).fill(seen.chunks));
    },
    cancel() {
      seen.isCancelled = true;
    },
  }, { highWaterMark: 0 });
  return { body, seen };
}

Deno.test("Exchange.bytes() returns one byte beyond the limit at most, and cancels the rest", async () => {
  const { body, seen } = endlessBody();
  const exchange = await exchangeOf(new Response(body));
  const bytes = await exchange.bytes(2_500);
  assertEquals([bytes.byteLength, bytes[0], bytes[2_500]], [2_501, 1, 3]);
  assertEquals(seen, { chunks: 3, isCancelled: true });
});

/** Opens an exchange whose response this is. */
function exchangeOf(response: Response, headers: Record<string, string> = {}) {
  return openExchange("https://store.test/", { method: "GET", headers }, {
    fetch: () => Promise.resolve(response),
    headersMs: 1_000,
    idleMs: 1_000,
    secrets: [],
  });
}

Deno.test("Exchange.bytes() limits a body that is longer than its Content-Length, as a decoded one may be", async () => {
  const { body, seen } = endlessBody();
  const headers = { "content-length": "20", "content-encoding": "gzip" };
  const exchange = await exchangeOf(new Response(body, { headers }));
  assertEquals((await exchange.bytes(2_500)).byteLength, 2_501);
  assertEquals(seen, { chunks: 3, isCancelled: true });
});

Deno.test("Exchange.bytes() allocates no memory on the word of Content-Length", async () => {
  const headers = { "content-length": String(Number.MAX_SAFE_INTEGER) };
  const exchange = await exchangeOf(new Response("hello", { headers }));
  assertEquals(new TextDecoder().decode(await exchange.bytes()), "hello");
});

Deno.test("Exchange.next() no longer listens to the caller's signal after the last chunk", async () => {
  const caller = new AbortController();
  let sent: AbortSignal | null | undefined;
  const exchange = await openExchange("https://store.test/", { method: "GET", headers: {} }, {
    fetch: (_, init) => {
      sent = init?.signal;
      return Promise.resolve(new Response("hello"));
    },
    headersMs: 1_000,
    idleMs: 1_000,
    signal: caller.signal,
    secrets: [],
  });
  while (await exchange.next() !== undefined);
  caller.abort();
  assertEquals(sent?.aborted, false);
});

Deno.test("openExchange() refuses a header value that runtimes would quote in their errors", async () => {
  const error = await assertRejects(
    () => exchangeOf(new Response("x"), { "x-amz-meta-a": "secret\n" }),
    InvalidArgumentError,
    "the header x-amz-meta-a has a character that headers cannot have",
  );
  assert(!Deno.inspect(error).includes("secret"));
});

Deno.test("an endless error response, listing or broker's reply is cancelled", async () => {
  for (const status of [200, 400]) {
    const { body, seen } = endlessBody();
    const source = stubSource(stubFetch(() => new Response(body, { status })), {}, { retry: { maxAttempts: 1 } });
    await source.list().then(() => assert(false), () => {});
    assertEquals(seen.isCancelled, true);
  }
  const { body, seen } = endlessBody();
  const broker = { credentialsUrl: "https://broker.test/", credentialsUrlSecret: "secret" };
  await createS3Source(broker, { fetch: () => Promise.resolve(new Response(body)) }).connect().then(
    () => assert(false),
    () => {},
  );
  assertEquals([seen.isCancelled, seen.chunks <= 66], [true, true]);
});

Deno.test("upload() in parts reads every response to its end, so that connections are reused", async () => {
  const s3 = createMemoryS3();
  const responses: Response[] = [];
  const fetch: typeof globalThis.fetch = async (url, init) => {
    const response = await s3.fetch(url, init);
    // The in-memory S3 sends no body for parts, other stores do.
    const received = response.body === null && response.ok && init?.method === "PUT"
      ? new Response(" ", { status: 200, headers: response.headers })
      : response;
    responses.push(received);
    return received;
  };
  await createS3Source(s3.config, { fetch }).upload("large", new Uint8Array(17 * 1024 ** 2));
  assertEquals(responses.length, 5);
  assertEquals(responses.filter(({ body, bodyUsed }) => body !== null && !bodyUsed).length, 0);
});

Deno.test("read() rejects with a TimeoutError when there is no response", async () => {
  using time = new FakeTime();
  const store = stubFetch(hang);
  const source = stubSource(store, {}, { retry: { maxAttempts: 2, baseDelayMs: 0 }, timeouts: { headersMs: 1_000 } });
  const failed = assertRejects(() => source.read("a.txt"), TimeoutError, 'Cannot read "a.txt": no response');
  await time.runAllAsync();
  assertEquals((await failed).code, "Timeout");
  assertEquals(store.requests.length, 2);
});

Deno.test("read() rejects with a TimeoutError when the body stalls", async () => {
  using time = new FakeTime();
  const store = stubFetch(() => new Response(new ReadableStream(), { headers: { "content-length": "5" } }));
  const source = stubSource(store, {}, { retry: { maxAttempts: 1 }, timeouts: { idleMs: 1_000 } });
  const failed = assertRejects(() => source.read("a.txt"), TimeoutError, "the body stalled");
  await time.tickAsync(1_000);
  await failed;
});

Deno.test("read() gives a body that it reads at once a second more for each 64 KiB", async () => {
  using time = new FakeTime();
  const store = stubFetch(() => new Response(new ReadableStream(), { headers: { "content-length": "131072" } }));
  const source = stubSource(store, {}, { retry: { maxAttempts: 1 }, timeouts: { idleMs: 1_000 } });
  let isSettled = false;
  const failed = assertRejects(() => source.read("a.txt"), TimeoutError, "the body stalled for 3000 ms");
  failed.finally(() => isSettled = true);
  await time.tickAsync(2_999);
  assertEquals(isSettled, false);
  await time.tickAsync(1);
  await failed;
});

/** A response with a byte every 20 seconds, and whether it was cancelled. */
function trickling(status: number, beginning: string) {
  const seen = { isCancelled: false };
  const bytes = new TextEncoder().encode(beginning + " ".repeat(1_000));
  let sent = 0;
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      await new Promise((resolve) => setTimeout(resolve, 20_000));
      controller.enqueue(bytes.slice(sent, ++sent));
    },
    cancel() {
      seen.isCancelled = true;
    },
  }, { highWaterMark: 0 });
  return { seen, respond: () => new Response(body, { status, headers: { etag: '"tag"' } }) };
}

for (
  const [name, status, withinMs, operate] of [
    ["a listing", 200, 180_000, (source) => source.list()],
    ["an error response", 403, 60_000, (source) => source.list()],
    ["a discarded body", 200, 60_000, (source) => source.upload("a", "x")],
  ] satisfies [string, number, number, (source: S3Source) => Promise<unknown>][]
) {
  Deno.test(`${name} that arrives byte by byte is abandoned`, async () => {
    using time = new FakeTime();
    const { seen, respond } = trickling(status, "<ListBucketResult>");
    let isSettled = false;
    const end = () => isSettled = true;
    const source = stubSource(stubFetch(respond), {}, { retry: { maxAttempts: 1 } });
    operate(source).then(end, end);
    for (let ms = 0; ms < withinMs; ms += 10_000) await time.tickAsync(10_000);
    assert(isSettled, "it is still being read");
    assert(seen.isCancelled, "the connection is still open");
  });
}

Deno.test("copy() waits for a store that sends spaces while it copies", async () => {
  using time = new FakeTime();
  const GIB = 1024 ** 3;
  const head = () => new Response(null, { headers: { "content-length": String(GIB), etag: '"tag"' } });
  let isCancelled = false;
  let left = 30;
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      await new Promise((resolve) => setTimeout(resolve, 20_000));
      if (--left > 0) return controller.enqueue(new TextEncoder().encode(" "));
      controller.enqueue(new TextEncoder().encode("<CopyObjectResult><ETag>e</ETag></CopyObjectResult>"));
      controller.close();
    },
    cancel() {
      isCancelled = true;
    },
  }, { highWaterMark: 0 });
  const source = stubSource(stubFetch(head, () => new Response(body)), {}, { retry: { maxAttempts: 1 } });
  let etag: string | null = null;
  source.copy("a", "b").then((info) => etag = info.etag, () => {});
  for (let ms = 0; ms < 700_000; ms += 10_000) await time.tickAsync(10_000);
  assertEquals([etag, isCancelled], ['"e"', false]);
});
