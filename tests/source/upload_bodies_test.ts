import { assertEquals, assertRejects } from "@std/assert";
import { IntegrityError, InvalidArgumentError, type UploadBody } from "../../mod.ts";
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
    await assertRejects(() => source.upload("a", body), InvalidArgumentError, "Cannot upload: the body");
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
