import { Readable } from "node:stream";
import { open } from "node:fs/promises";
import { createReadStream } from "node:fs";
import { assertEquals, assertRejects } from "@std/assert";
import { createS3Source, FileTooLargeError, IntegrityError, InvalidArgumentError, type UploadBody } from "../../mod.ts";
import { openBody } from "../../src/operations/open_body.ts";
import { createMemoryS3 } from "../../src/testing/memory_s3/memory_s3.ts";
import { stubFetch, stubSource } from "../support/stub_fetch.ts";
import { multipartStore, SHA256_OF_HELLO, stored, takingAll } from "../support/stub_uploads.ts";

const MIB = 1024 ** 2;

/** A body whose iterator is this. */
const iterating = (iterator: unknown) => ({ [Symbol.asyncIterator]: () => iterator }) as unknown as UploadBody;

function transferred(): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(10);
  bytes.buffer.transfer();
  return bytes;
}

/** Bytes whose buffer has been made smaller than they are. */
function shrunk(): Uint8Array<ArrayBuffer> {
  const buffer = new ArrayBuffer(10, { maxByteLength: 20 });
  const bytes = new Uint8Array(buffer, 0, 10);
  buffer.resize(5);
  return bytes;
}

for (const [name, gone] of Object.entries({ transferred, shrunk })) {
  Deno.test(`upload() refuses bytes that were ${name}, which would look empty`, async () => {
    const streamed = new ReadableStream({
      start(controller) {
        controller.enqueue(gone());
        controller.close();
      },
    });
    const generated = (async function* () {
      yield await Promise.resolve(gone());
    })();
    for (const body of [gone(), streamed, generated]) {
      const { source, requests } = takingAll();
      await assertRejects(() => source.upload("a", body), InvalidArgumentError, "transferred");
      assertEquals(requests.length, 0);
    }
  });
}

Deno.test("upload() of bytes that are transferred meanwhile leaves nothing behind", async () => {
  const bytes = new Uint8Array(20 * MIB);
  let count = 0;
  // With the answer to the first part; the first request begins the upload.
  const { source, requests } = takingAll(() => ++count === 2 && bytes.buffer.transfer());
  await assertRejects(() => source.upload("a", bytes), InvalidArgumentError, "transferred");
  assertEquals(requests.at(-1)?.method, "DELETE");
});

for (
  const [name, body] of Object.entries({
    "is not a function": { [Symbol.asyncIterator]: 5 } as unknown as UploadBody,
    "returns nothing": iterating(null),
    "returns what has no next()": iterating({}),
    "returns an iterator without results": iterating({ next: () => undefined }),
  })
) {
  Deno.test(`upload() refuses a body whose Symbol.asyncIterator ${name}`, async () => {
    const { source, requests } = takingAll();
    await assertRejects(() => source.upload("a", body), InvalidArgumentError, 'Cannot upload "a": the body');
    assertEquals(requests.length, 0);
  });
}

Deno.test("upload() of an endless body without bytes can be aborted, and does not block", async () => {
  const nothing = (async function* () {
    for (let i = 0; i < 10_000_000; i++) yield new Uint8Array();
  })();
  const stop = new AbortController();
  setTimeout(() => stop.abort("enough"));
  const { source } = takingAll();
  assertEquals(await source.upload("a", nothing, { signal: stop.signal }).catch((reason) => reason), "enough");
});

const bodies: Record<string, () => UploadBody> = {
  string: () => "hello",
  Uint8Array: () => new TextEncoder().encode("hello"),
  "a view into a larger buffer": () => new TextEncoder().encode("(hello)").subarray(1, 6),
  "shared memory": () => {
    const bytes = new Uint8Array(new SharedArrayBuffer(5));
    bytes.set(new TextEncoder().encode("hello"));
    return bytes;
  },
  ArrayBuffer: () => new TextEncoder().encode("hello").buffer,
  DataView: () => new DataView(new TextEncoder().encode("hello").buffer),
  "a stream of text": () => ReadableStream.from(["hel", "", "lo"]),
  "a stream of buffers": () => ReadableStream.from([new TextEncoder().encode("hello").buffer]),
  "a stream of Node's": () => Readable.from([new TextEncoder().encode("hello")]),
  "a stream of Node's with text": () => Readable.from(["hel", "lo"]),
  Blob: () => new Blob(["hel", "lo"]),
  ReadableStream: () => new Blob(["hello"]).stream(),
  AsyncIterable: async function* () {
    yield new TextEncoder().encode("hel");
    yield await Promise.resolve(new Uint8Array());
    yield new TextEncoder().encode("lo");
  },
};
for (const [name, body] of Object.entries(bodies)) {
  Deno.test(`upload() takes ${name}`, async () => {
    const store = stubFetch(stored());
    assertEquals((await stubSource(store).upload("a.txt", body())).contentHash, `sha256:${SHA256_OF_HELLO}`);
    assertEquals(store.requests.map((request) => request.body), ["hello"]);
  });
}

Deno.test("upload() takes the type of a Blob unless another is given", async () => {
  const store = stubFetch(stored());
  const blob = new Blob(["x"], { type: "image/png" });
  await stubSource(store).upload("a", blob);
  await stubSource(store).upload("a", blob, { contentType: "text/plain" });
  await stubSource(store).upload("a", "x");
  assertEquals(store.requests.map(({ headers }) => headers.get("content-type")), [
    "image/png",
    "text/plain",
    "application/octet-stream",
  ]);
});

Deno.test("upload() refuses a stream that is locked to another reader", async () => {
  const stream = new Blob(["x"]).stream();
  stream.getReader();
  await assertRejects(() => stubSource(stubFetch(stored())).upload("a", stream), InvalidArgumentError, "locked");
});

for (
  const [name, body] of [
    ["never yields", async function* () {
      yield new Uint8Array(1);
      await new Promise(() => {});
    }],
    ["cannot be cancelled", () => new ReadableStream<Uint8Array>({ cancel: () => new Promise(() => {}) })],
  ] as const
) {
  Deno.test(`upload() of a source that ${name} ends when it is aborted`, async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const failed = assertRejects(
      () => stubSource(multipartStore()).upload("a", body(), { signal }),
      RangeError,
      "enough",
    );
    controller.abort(new RangeError("enough"));
    await failed;
  });
}

Deno.test("upload() leaves a stream alone when another argument is wrong", async () => {
  const stream = new Blob(["hello"]).stream();
  const source = stubSource(stubFetch(stored()));
  await assertRejects(() => source.upload("a", stream, { metadata: { "bad name": "x" } }), InvalidArgumentError);
  await assertRejects(() => source.upload("a", stream, { size: -1 }), InvalidArgumentError);
  await assertRejects(() => source.upload("../a", stream));
  assertEquals([stream.locked, await new Response(stream).text()], [false, "hello"]);
});

Deno.test("upload() refuses a Blob of which fewer bytes can be read than it has", async () => {
  class TruncatedBlob extends Blob {
    override get size(): number {
      return 10;
    }
    override slice(): Blob {
      return new Blob(["hello"]);
    }
  }
  const { source, requests } = takingAll();
  await assertRejects(() => source.upload("a", new TruncatedBlob()), IntegrityError, "only 5 can be read");
  assertEquals(requests.length, 0);
});

const EARTH = "🌍";

for (
  const [name, { chunks, text }] of Object.entries({
    "in two chunks": { chunks: ["a", EARTH.slice(0, 1), EARTH.slice(1), "b"], text: `a${EARTH}b` },
    "with bytes in between": { chunks: [EARTH.slice(0, 1), new TextEncoder().encode("x")], text: "\ufffdx" },
    "that ends too early": { chunks: [EARTH.slice(0, 1)], text: "\ufffd" },
  })
) {
  Deno.test(`upload() encodes a character ${name}`, async () => {
    const { source, requests } = takingAll();
    await source.upload("a", ReadableStream.from(chunks));
    assertEquals(requests[0]?.body, text);
  });
}

Deno.test("upload() takes a file as a stream of Node's", async () => {
  const { source, requests } = takingAll();
  const path = await Deno.makeTempFile();
  await Deno.writeTextFile(path, "hello");
  await source.upload("a", createReadStream(path));
  const file = await Deno.open(path);
  await source.upload("a", file.readable);
  assertEquals(requests.map(({ body }) => body), ["hello", "hello"]);
});

const notBodies: Record<string, { body: () => unknown; message: string }> = {
  "a Response": { body: () => new Response("x"), message: 'the body is a Response; pass its "body"' },
  "a Request": { body: () => new Request("http://x/"), message: 'the body is a Request; pass its "body"' },
  "a promise": { body: () => Promise.resolve("x"), message: "the body is a promise; await it" },
  "a stream of compression": {
    body: () => new CompressionStream("gzip"),
    message: 'the body has a stream; pass its "readable"',
  },
  "null": { body: () => null, message: 'the body is null; for an empty file, pass ""' },
  "a number": { body: () => 5, message: "the body is a number; pass it as text, with String()" },
  "a function": { body: () => () => "x", message: "the body is a function; call it, and pass what it returns" },
  "an object": {
    body: () => ({ a: 1 }),
    message: "the body is a plain object; pass it as text, with JSON.stringify()",
  },
  "an array": {
    body: () => ["x"],
    message: "the body is an array; pass it as text, with JSON.stringify(), or its items as one file, with new Blob()",
  },
  "a form": {
    body: () => new FormData(),
    message: "the body is a FormData; it must be a Blob, string, view, ArrayBuffer, ReadableStream or AsyncIterable",
  },
  "a stream of objects": {
    body: () => Readable.from([{ a: 1 }]),
    message:
      "a chunk of the body is an object, not text, a view or an ArrayBuffer; encode it, e.g. with JSON.stringify()",
  },
  "a stream of numbers": {
    body: () => Readable.from([104, 105]),
    message:
      "a chunk of the body is 104, not text, a view or an ArrayBuffer; pass the bytes themselves, or chunks of them",
  },
  "a Blob of unknown size": {
    body: () => Object.defineProperty(new Blob(["x"]), "size", { value: Infinity }),
    message: "the size of the Blob is unknown; pass its stream()",
  },
  "a file that is missing": {
    body: () => {
      const error = Object.assign(new Error("ENOENT: no such file"), { code: "ENOENT" });
      return Object.assign(new Blob([]), { arrayBuffer: () => Promise.reject(error) });
    },
    message: "the body is a file that does not exist",
  },
};

for (const [name, { body, message }] of Object.entries(notBodies)) {
  Deno.test(`upload() says what to pass in place of ${name}`, async () => {
    const { source, requests } = takingAll();
    const error = await assertRejects(() => source.upload("a", body() as UploadBody), InvalidArgumentError);
    assertEquals([error.message, error.path, requests.length], [`Cannot upload "a": ${message}`, "a", 0]);
  });
}

Deno.test("upload() says what to pass in place of an open file", async () => {
  const path = await Deno.makeTempFile();
  const { source } = takingAll();
  using file = await Deno.open(path);
  await assertRejects(() => source.upload("a", file as never), InvalidArgumentError, 'pass its "readable"');
  const handle = await open(path);
  await assertRejects(() => source.upload("a", handle as never), InvalidArgumentError, "createReadStream()");
  await handle.close();
});

Deno.test("upload() refuses a stream of Node's that has been read, which would look empty", async () => {
  const { source, requests } = takingAll();
  const stream = Readable.from(["x"]);
  await Array.fromAsync(stream);
  await assertRejects(() => source.upload("a", stream), InvalidArgumentError, "the stream has already been read");
  assertEquals(requests.length, 0);
});

Deno.test("upload() with maxBytes stops one chunk after them, and stores nothing", async () => {
  let chunks = 0;
  let isCancelled = false;
  const endless = (async function* () {
    try {
      for (;; chunks++) yield await Promise.resolve(new Uint8Array(MIB));
    } finally {
      isCancelled = true;
    }
  })();
  const { source, requests } = takingAll();
  const error = await assertRejects(() => source.upload("a", endless, { maxBytes: 3 * MIB }), FileTooLargeError);
  assertEquals(error.message, `Cannot upload "a": it has more than ${3 * MIB} bytes`);
  assertEquals([chunks, isCancelled, requests.length], [3, true, 0]);
});

Deno.test("upload() with maxBytes removes the parts of a larger file", async () => {
  const store = multipartStore();
  const body = ReadableStream.from([new Uint8Array(9 * MIB), new Uint8Array(9 * MIB)]);
  await assertRejects(() => stubSource(store).upload("a", body, { maxBytes: 17 * MIB }), FileTooLargeError);
  assertEquals(store.requests.map(({ method }) => method).filter((method) => method !== "PUT"), ["POST", "DELETE"]);
});

for (const [name, body] of Object.entries({ "bytes": "hello", "a declared size": ReadableStream.from(["hello"]) })) {
  Deno.test(`upload() with maxBytes refuses ${name} beforehand`, async () => {
    const { source, requests } = takingAll();
    const size = typeof body === "string" ? undefined : 5;
    await assertRejects(() => source.upload("a", body, { maxBytes: 4, size }), FileTooLargeError, "more than 4 bytes");
    assertEquals(requests.length, 0);
  });
}

Deno.test("upload() takes just maxBytes", async () => {
  const { source, requests } = takingAll();
  await source.upload("a", ReadableStream.from(["hel", "lo"]), { maxBytes: 5 });
  assertEquals(requests[0]?.body, "hello");
});

Deno.test("upload() without contentHash returns none, and still sends the parts' checksums", async () => {
  const store = multipartStore();
  const metadata = { sha256: "0".repeat(64) };
  const info = await stubSource(store).upload("a", new Uint8Array(9 * MIB), { contentHash: false, metadata });
  const sums = store.requests.map(({ headers }) => headers.has("x-amz-checksum-crc32"));
  assertEquals([info.contentHash, sums], [null, [false, true, true, false]]);
  const small = await stubSource(stubFetch(stored())).upload("a", "hello", { contentHash: false });
  assertEquals(small.contentHash, null);
});

Deno.test("upload() without contentHash reads a Blob once where the store takes no checksums", async () => {
  let bytesRead = 0;
  class CountingBlob extends Blob {
    override slice(start?: number, end?: number): Blob {
      const slice = super.slice(start, end);
      bytesRead += slice.size;
      return slice;
    }
  }
  const { source, requests } = takingAll(undefined, false);
  await source.upload("a", new CountingBlob([new Uint8Array(9 * MIB)]), { contentHash: false });
  assertEquals([bytesRead, requests[0]?.headers.has("x-amz-meta-sha256")], [9 * MIB, false]);
});

Deno.test("a stream fills the buffers of parts that have been sent again, and lets go of them at its end", async () => {
  const chunks = [1, 2, 3, 4].map((value) => new Uint8Array(100).fill(value));
  const source = openBody(ReadableStream.from(chunks), { action: 'upload "a"', path: "a" });
  const first = await source.take(100);
  const second = await source.take(100);
  source.release?.(first.bytes);
  source.release?.(second.bytes);
  const third = await source.take(100);
  assertEquals([third.bytes, third.bytes.buffer === second.bytes.buffer], [chunks[2], true]);
  const last = await source.take(150);
  assertEquals([last.bytes, last.isLast], [chunks[3], true]);
  source.release?.(third.bytes);
  source.release?.(last.bytes);
  assertEquals([first, second, third, last].map(({ bytes }) => bytes.buffer.byteLength), [0, 0, 0, 0]);
});

Deno.test("upload() of a stream leaves the bytes of a request that failed early as they are", async () => {
  const s3 = createMemoryS3();
  let failed: ReadableStream<Uint8Array> | undefined;
  const source = createS3Source(s3.config, {
    async fetch(input, init) {
      if (failed !== undefined || !String(input).includes("partNumber=1")) return await s3.fetch(input, init);
      // Has not been read yet, as where a proxy answers before it has received everything.
      if (init?.body instanceof Blob) failed = init.body.stream();
      return new Response(null, { status: 503 });
    },
    upload: { partSizeBytes: 5 * MIB, concurrency: 1 },
    retry: { baseDelayMs: 0 },
  });
  const body = ReadableStream.from([1, 2, 3, 4].map((value) => new Uint8Array(5 * MIB).fill(value)));
  await source.upload("a", body);
  const sent = await new Response(failed).bytes();
  assertEquals([sent.byteLength, sent.every((byte) => byte === 1)], [5 * MIB, true]);
});
