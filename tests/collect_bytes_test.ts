import { assertEquals, assertThrows } from "@std/assert";
import { collectBytes, createByteBuffer, openChunks } from "../src/collect_bytes.ts";
import { FileTooLargeError } from "../mod.ts";

function chunksOf(...chunks: number[][]): { next: () => Promise<Uint8Array | undefined>; left: Uint8Array[] } {
  // Each is a view into a far larger buffer.
  const left = chunks.map((bytes) => {
    const view = new Uint8Array(64 * 1024).subarray(100, 100 + bytes.length);
    view.set(bytes);
    return view;
  });
  return { next: () => Promise.resolve(left.shift()), left };
}

Deno.test("collectBytes() copies all bytes, and keeps no larger buffer", async () => {
  const { next } = chunksOf([1, 2], [], [3], [4, 5, 6]);
  const bytes = await collectBytes(next, { limitBytes: Infinity });
  assertEquals(bytes, new Uint8Array([1, 2, 3, 4, 5, 6]));
  assertEquals(bytes.buffer.byteLength, 6);
});

Deno.test("collectBytes() stops at the limit", async () => {
  const { next, left } = chunksOf([1, 2], [3, 4], [5]);
  assertEquals(await collectBytes(next, { limitBytes: 3 }), new Uint8Array([1, 2, 3]));
  assertEquals(left.length, 1);
  assertEquals(await collectBytes(next, { limitBytes: 0 }), new Uint8Array());
  assertEquals(left.length, 1);
});

Deno.test("collectBytes() takes an expected length for a hint", async () => {
  for (const expectedBytes of [0, 1, 5, 6, 7, 1e6]) {
    const { next } = chunksOf([1, 2], [3], [4, 5, 6]);
    assertEquals(await collectBytes(next, { limitBytes: 1e9, expectedBytes }), new Uint8Array([1, 2, 3, 4, 5, 6]));
  }
});

Deno.test("createByteBuffer() grows to an expected length exactly", () => {
  const expectedBytes = 40 * 1024 ** 2 + 1;
  const buffer = createByteBuffer({ limitBytes: Infinity, expectedBytes });
  const chunk = new Uint8Array(1024 ** 2).fill(7);
  for (let i = 0; i < 40; i++) assertEquals(buffer.append(chunk), chunk.byteLength);
  buffer.append(chunk.subarray(0, 1));
  const bytes = buffer.bytes();
  assertEquals([bytes.byteLength, bytes.buffer.byteLength], [expectedBytes, expectedBytes]);
  assertEquals(bytes.every((byte) => byte === 7), true);
});

Deno.test("createByteBuffer() has an error of our own where memory ends", () => {
  const buffer = createByteBuffer({ limitBytes: Infinity });
  const endless = new Proxy(new Uint8Array(1), { get: (_, name) => name === "byteLength" ? 2 ** 60 : undefined });
  assertThrows(() => buffer.append(endless), FileTooLargeError, "more than memory can hold");
});

for (const [kind, stream] of Object.entries({ bytes: streamOfBytes, "anything": plainStream })) {
  Deno.test(`openChunks() reads a stream of ${kind} to its end`, async () => {
    const reader = openChunks(stream([[1, 2], [3]]));
    const bytes = await collectBytes(async () => (await reader.read()).value, { limitBytes: 100 });
    assertEquals(bytes, new Uint8Array([1, 2, 3]));
  });

  Deno.test(`openChunks() ends a stream of ${kind} that is cancelled during a read`, async () => {
    const reader = openChunks(stream([], { isOpen: true }));
    const reading = reader.read();
    await reader.cancel();
    assertEquals((await reading).value, undefined);
  });
}

function streamOfBytes(chunks: number[][], { isOpen = false } = {}): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    type: "bytes",
    pull(controller) {
      const chunk = chunks.shift();
      if (chunk !== undefined) return controller.enqueue(new Uint8Array(chunk));
      if (isOpen) return;
      controller.close();
      controller.byobRequest?.respond(0);
    },
  });
}

function plainStream(chunks: number[][], { isOpen = false } = {}): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    pull(controller) {
      const chunk = chunks.shift();
      if (chunk !== undefined) controller.enqueue(new Uint8Array(chunk));
      else if (!isOpen) controller.close();
    },
  });
}

Deno.test("collectBytes() gives others a turn among many small chunks that are there already", async () => {
  let turns = 0;
  const timer = setInterval(() => turns++);
  let left = 10_000;
  const bytes = await collectBytes(() => Promise.resolve(left-- > 0 ? new Uint8Array(1) : undefined), {
    limitBytes: Infinity,
  });
  clearInterval(timer);
  assertEquals([bytes.byteLength, turns > 10], [10_000, true]);
});
