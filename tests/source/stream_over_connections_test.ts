import { assert, assertEquals, assertRejects } from "@std/assert";
import { crc32 } from "node:zlib";
import { AccessDeniedError, createS3Source, IntegrityError, PreconditionFailedError } from "../../mod.ts";
import { startSlowNetwork } from "../../bench/slow_network.ts";
import { createMemoryS3 } from "../../src/testing/memory_s3/memory_s3.ts";
import { isSame, someBytes } from "../conformance/suite.ts";
import { BYTES, type Change, CHUNK, settle, SLICE, SLOW, slowStore } from "../support/slow_store.ts";
import { s3Error } from "../support/stub_fetch.ts";

const [SECOND, THIRD, FOURTH, LAST] = [1, 2, 3, 4].map((count) => {
  const begin = SLOW + count * SLICE;
  return `bytes=${begin}-${Math.min(begin + SLICE, BYTES.byteLength) - 1}`;
});

async function collect(body: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<Uint8Array> {
  return new Uint8Array(await new Response(body).arrayBuffer());
}

const tag = `"${await md5(BYTES)}"`;

async function md5(bytes: Uint8Array): Promise<string> {
  const { createHash } = await import("node:crypto");
  return createHash("md5").update(bytes).digest("hex");
}

Deno.test("stream() reads the rest of a slow body over several connections, pinned to the same content", async () => {
  using store = slowStore();
  assert(isSame(await collect(await store.stream()), BYTES));
  assertEquals(store.requests, [
    "undefined undefined",
    ...[SECOND, THIRD, FOURTH, LAST].map((range) => `${range} ${tag}`),
  ]);
  assertEquals(store.openBodies(), 0);
});

Deno.test("stream() reads a fast body over one connection", async () => {
  using store = slowStore({ chunkMs: 0 });
  assert(isSame(await collect(await store.stream()), BYTES));
  assertEquals(store.requests.length, 1);
});

Deno.test("stream() reads over one connection from a store close by, however slow", async () => {
  using store = slowStore({ firstByteMs: 9 });
  assert(isSame(await collect(await store.stream()), BYTES));
  assertEquals(store.requests.length, 1);
});

Deno.test("stream() does not take a slow reader for a slow connection", async () => {
  using store = slowStore({ chunkMs: 0 });
  let received = 0;
  for await (const chunk of await store.stream()) {
    received += chunk.byteLength;
    store.time.tick(50);
  }
  assertEquals([received, store.requests.length], [BYTES.byteLength, 1]);
});

Deno.test("stream() reads over one connection what two slices have room for", async () => {
  using store = slowStore();
  store.put(BYTES.slice(0, SLOW + 2 * SLICE));
  assert(isSame(await collect(await store.stream()), BYTES.subarray(0, SLOW + 2 * SLICE)));
  assertEquals(store.requests.length, 1);
});

Deno.test("stream() with concurrency 1 reads over one connection", async () => {
  using store = slowStore({ options: { download: { partSizeBytes: SLICE, concurrency: 1 } } });
  assert(isSame(await collect(await store.stream()), BYTES));
  assertEquals(store.requests.length, 1);
});

for (const etag of ["", 'W/"weak"']) {
  Deno.test(`stream() reads over one connection if nothing pins the content [${etag || "no etag"}]`, async () => {
    const change: Change = (response) => {
      response.headers.set("etag", etag);
      return response;
    };
    using store = slowStore({ change });
    assert(isSame(await collect(await store.stream()), BYTES));
    assertEquals(store.requests.length, 1);
  });
}

Deno.test("stream() holds as many slices as it may request, while its reader pauses", async () => {
  using store = slowStore();
  const reader = (await store.stream()).getReader();
  let received = 0;
  while (received <= SLOW) received += (await reader.read()).value?.byteLength ?? 0;
  await settle(store);
  assertEquals(store.sent() - received, 2 * SLICE);
  assertEquals(store.requests.length, 3);
  await reader.cancel();
  assertEquals(store.openBodies(), 0);
});

Deno.test("stream() that is cancelled closes all connections", async () => {
  using store = slowStore();
  const reader = (await store.stream()).getReader();
  for (let received = 0; received < SLOW + SLICE;) received += (await reader.read()).value?.byteLength ?? 0;
  await reader.cancel();
  await settle(store);
  assertEquals(store.openBodies(), 0);
});

Deno.test("stream() that is aborted closes all connections", async () => {
  using store = slowStore();
  const controller = new AbortController();
  const reader = (await store.stream(controller.signal)).getReader();
  for (let received = 0; received <= SLOW;) received += (await reader.read()).value?.byteLength ?? 0;
  controller.abort(new RangeError("enough"));
  await assertRejects(() => reader.read(), RangeError, "enough");
  await settle(store);
  assertEquals(store.openBodies(), 0);
});

Deno.test("stream() stays with its connection if the store refuses the second slice", async () => {
  const change: Change = (response, range) => range === undefined ? response : s3Error(403, "AccessDenied");
  using store = slowStore({ change });
  // Each chunk is moved away, as a byte stream does.
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  for await (const chunk of await store.stream()) chunks.push(structuredClone(chunk, { transfer: [chunk.buffer] }));
  assert(isSame(await collect(new Response(new Blob(chunks)).body ?? new ReadableStream()), BYTES));
  await settle(store);
  assertEquals(store.openBodies(), 0);
});

Deno.test("stream() stays with its connection if the store ignores ranges", async () => {
  const whole = (response: Response) =>
    new Response(BYTES, { headers: { etag: response.headers.get("etag") ?? "", "content-length": `${BYTES.length}` } });
  using store = slowStore({ change: (response, range) => range === undefined ? response : whole(response) });
  assert(isSame(await collect(await store.stream()), BYTES));
  await settle(store);
  assertEquals([store.requests.length, store.openBodies()], [3, 0]);
});

Deno.test("stream() stays with its connection if the second slice takes two seconds to begin", async () => {
  const change: Change = (response, range) =>
    range === undefined ? response : new Response(new ReadableStream(), response);
  using store = slowStore({ change });
  const reader = (await store.stream()).getReader();
  let received = 0;
  while (received < SLOW + SLICE) received += (await reader.read()).value?.byteLength ?? 0;
  const next = reader.read();
  await store.time.tickAsync(1999);
  assertEquals(store.sent() - received < CHUNK, true);
  await store.time.tickAsync(1);
  received += (await next).value?.byteLength ?? 0;
  while (received < BYTES.byteLength) received += (await reader.read()).value?.byteLength ?? 0;
  assertEquals([received, store.requests.length], [BYTES.byteLength, 3]);
});

Deno.test("stream() rejects with the failure of a later slice after the bytes before it", async () => {
  const change: Change = (response, range) => range === THIRD ? s3Error(403, "AccessDenied") : response;
  using store = slowStore({ change });
  let received = 0;
  const read = async () => {
    for await (const { byteLength } of await store.stream()) received += byteLength;
  };
  await assertRejects(read, AccessDeniedError, 'Cannot read "a"');
  assertEquals(received, SLOW + 2 * SLICE);
  await settle(store);
  assertEquals(store.openBodies(), 0);
});

Deno.test("stream() resumes a slice that breaks", async () => {
  let breaks = 1;
  const change: Change = (response, range) => {
    if (range !== THIRD || breaks-- === 0) return response;
    let isFirst = true;
    const body = new ReadableStream({
      pull(controller) {
        if (isFirst) controller.enqueue(BYTES.slice(SLOW + 2 * SLICE, SLOW + 2 * SLICE + 3));
        else controller.error(new TypeError("connection reset"));
        isFirst = false;
      },
    });
    return new Response(body, response);
  };
  using store = slowStore({ change });
  assert(isSame(await collect(await store.stream()), BYTES));
  const rest = `bytes=${SLOW + 2 * SLICE + 3}-${SLOW + 3 * SLICE - 1}`;
  assertEquals(store.requests.filter((line) => line === `${rest} ${tag}`).length, 1);
});

Deno.test("stream() requests a slice again whose connection is dead", async () => {
  let isDead = true;
  const change: Change = (response, range) => {
    if (range !== THIRD || !isDead) return response;
    isDead = false;
    return new Response(new ReadableStream(), response);
  };
  using store = slowStore({ change, options: { timeouts: { idleMs: 5000 } } });
  const reader = (await store.stream()).getReader();
  let received = 0;
  while (received < SLOW + 2 * SLICE) received += (await reader.read()).value?.byteLength ?? 0;
  const next = reader.read();
  await store.time.tickAsync(5000);
  received += (await next).value?.byteLength ?? 0;
  while (received < BYTES.byteLength) received += (await reader.read()).value?.byteLength ?? 0;
  assertEquals(received, BYTES.byteLength);
  assertEquals(store.requests.filter((line) => line === `${THIRD} ${tag}`).length, 2);
});

Deno.test("stream() never mixes slices of two contents", async () => {
  using store = slowStore();
  const reader = (await store.stream()).getReader();
  let received = 0;
  const read = async () => {
    const { value } = await reader.read();
    if (received <= SLOW + SLICE && received + (value?.byteLength ?? 0) > SLOW + SLICE) store.put(BYTES.slice(1));
    received += value?.byteLength ?? 0;
  };
  await assertRejects(
    async () => {
      while (received < BYTES.byteLength) await read();
    },
    PreconditionFailedError,
    'Cannot read "a"',
  );
  assert(received < BYTES.byteLength);
});

Deno.test("stream() verifies slices together, and keeps back the last chunk", async () => {
  const checksum = new DataView(new ArrayBuffer(4));
  checksum.setUint32(0, crc32(BYTES));
  const change: Change = (response) => {
    response.headers.set("x-amz-checksum-crc32", new Uint8Array(checksum.buffer).toBase64());
    response.headers.set("x-amz-checksum-type", "FULL_OBJECT");
    return response;
  };
  const ends = [0, 1, 2, 3, 4].map((count) => SLOW + count * SLICE);
  const others = Array.from({ length: 90 }, (_, index) => Math.floor((index + 0.5) * BYTES.byteLength / 90));
  const offsets = [...ends.flatMap((end) => [end - 1, end]), ...others];
  for (const flippedAt of offsets) {
    using store = slowStore({ flippedAt, change });
    let received = 0;
    const read = async () => {
      for await (const { byteLength } of await store.stream()) received += byteLength;
    };
    await assertRejects(read, IntegrityError, "the bytes do not match the stored checksum", `${flippedAt}`);
    assert(received < BYTES.byteLength);
    assertEquals(store.requests.length, 5);
  }
  assertEquals(offsets.length, 100);
});

Deno.test("stream() by default holds less than 32 MiB while its reader pauses", async () => {
  using store = slowStore({ options: { download: {} } });
  store.put(new Uint8Array(64 * 1024 ** 2));
  const reader = (await store.stream()).getReader();
  let received = 0;
  while (store.requests.length === 1) received += (await reader.read()).value?.byteLength ?? 0;
  await settle(store);
  assertEquals(store.requests.length, 8);
  assertEquals(store.sent() - received, 21 * 1024 ** 2);
  await reader.cancel();
});

Deno.test("stream() opens no more connections than there are blocks of 256 KiB in 24 MiB", async () => {
  using store = slowStore({ options: { download: { concurrency: 1000 } } });
  store.put(new Uint8Array(64 * 1024 ** 2));
  const reader = (await store.stream()).getReader();
  while (store.requests.length === 1) await reader.read();
  await settle(store);
  assertEquals(store.openBodies(), 1);
  assertEquals(store.requests.length, 96);
  await reader.cancel();
});

Deno.test("stream() opens several connections to a store on a slow network", async () => {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => s3.fetch(request));
  const network = startSlowNetwork(`http://127.0.0.1:${server.addr.port}`, { bytesPerSecond: 1e7, roundTripMs: 10 });
  const s3 = createMemoryS3({ endpointUrl: network.url });
  const content = someBytes(12 * 1024 ** 2);
  s3.putObject({ bucket: "bucket", key: "a", body: content });
  const client = Deno.createHttpClient({});
  const source = createS3Source(s3.config, {
    fetch: (input, init) => fetch(input, { ...init, client }),
    download: { partSizeBytes: 1024 ** 2, concurrency: 4 },
  });
  assert(isSame(await collect((await source.stream("a")).body), content));
  assert(network.connections >= 4, `${network.connections}`);
  client.close();
  await network[Symbol.asyncDispose]();
  await server.shutdown();
});
