import { assertEquals, assertRejects } from "@std/assert";
import { collectBytes, createTurnCounter, openChunks, resized } from "../../src/async/collect_bytes.ts";

/** A function that returns these chunks, one by one, and counts its calls. */
function chunksOf(...chunks: number[][]) {
  const seen = { calls: 0 };
  const next = () => {
    const chunk = chunks[seen.calls++];
    return Promise.resolve(chunk && Uint8Array.from(chunk));
  };
  return { next, seen };
}

Deno.test("collectBytes() joins chunks, whatever size is expected", async () => {
  for (const expectedBytes of [0, 1, 5, 100]) {
    const bytes = await collectBytes(chunksOf([1, 2], [], [3, 4, 5]).next, { expectedBytes });
    assertEquals([bytes, bytes.buffer.byteLength], [Uint8Array.of(1, 2, 3, 4, 5), 5]);
  }
});

Deno.test("collectBytes() stops one byte beyond maxBytes", async () => {
  const { next, seen } = chunksOf([1, 2], [3, 4, 5], [6]);
  assertEquals(await collectBytes(next, { maxBytes: 3 }), Uint8Array.of(1, 2, 3, 4));
  assertEquals(seen.calls, 2);
  assertEquals(await collectBytes(chunksOf([1, 2], [3]).next, { maxBytes: 3 }), Uint8Array.of(1, 2, 3));
});

Deno.test("openChunks() returns chunks in buffers of their own, not much larger than the chunks", async () => {
  const body = new ReadableStream({
    type: "bytes",
    start(controller) {
      for (const length of [1, 2, 60]) controller.enqueue(new Uint8Array(length).fill(length));
      controller.close();
    },
  });
  const { next } = openChunks(body, 64);
  const chunks = [];
  for (let chunk = await next(); chunk !== undefined; chunk = await next()) chunks.push(chunk);
  assertEquals(chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0), 63);
  assertEquals([...new Set(chunks.flatMap((chunk) => [...chunk]))], [1, 2, 60]);
  for (const chunk of chunks) assertEquals(chunk.buffer.byteLength <= Math.max(64, chunk.byteLength), true);
  assertEquals(new Set(chunks.map(({ buffer }) => buffer)).size, chunks.length);
});

Deno.test("openChunks() copies small chunks out of the shared buffer", async () => {
  const queue = [1, 2, 3];
  const body = new ReadableStream({
    type: "bytes",
    pull(controller) {
      const byte = queue.shift();
      if (byte !== undefined) return controller.enqueue(Uint8Array.of(byte));
      controller.close();
      controller.byobRequest?.respond(0);
    },
  }, { highWaterMark: 0 });
  const { next } = openChunks(body, 64);
  const [first, second, third, end] = [await next(), await next(), await next(), await next()];
  assertEquals([first, second, third, end], [Uint8Array.of(1), Uint8Array.of(2), Uint8Array.of(3), undefined]);
  assertEquals(first?.buffer.byteLength, 1);
});

Deno.test("openChunks() reads into a larger buffer as soon as the sender has filled one", async () => {
  const sizes: number[] = [];
  const lengths = [63, 64, 512, 512, 100, 129];
  const body = new ReadableStream({
    type: "bytes",
    pull({ byobRequest }) {
      sizes.push(byobRequest?.view?.byteLength ?? 0);
      byobRequest?.respond(lengths.shift() ?? 0);
    },
  }, { highWaterMark: 0 });
  const { next } = openChunks(body, 64);
  for (const length of [63, 64, 512, 512, 100, 129]) assertEquals((await next())?.byteLength, length);
  assertEquals(sizes, [64, 64, 512, 512, 512, 512]);
});

Deno.test("openChunks() refuses chunks other than bytes", async () => {
  const body = new ReadableStream({ start: (controller) => controller.enqueue("text") });
  await assertRejects(() => openChunks(body).next(), TypeError, "not bytes");
});

Deno.test("openChunks() of nothing has no chunks", async () => {
  const { next, cancel } = openChunks(null);
  assertEquals(await next(), undefined);
  await cancel();
});

Deno.test("createTurnCounter() counts chunks below 1 KiB only, and asks for a turn after 128 of them", () => {
  const isTurnDue = createTurnCounter();
  const due = Array.from({ length: 300 }, (_, index) => isTurnDue(1023) ? index + 1 : 0).filter((count) => count > 0);
  assertEquals(due, [128, 256]);
  const ofLarge = createTurnCounter();
  assertEquals(Array.from({ length: 300 }, () => ofLarge(1024)).includes(true), false);
});

Deno.test("resized() keeps the bytes that fit", () => {
  assertEquals(resized(Uint8Array.of(1, 2, 3), 2), Uint8Array.of(1, 2));
  assertEquals(resized(Uint8Array.of(1, 2), 4), Uint8Array.of(1, 2, 0, 0));
});
