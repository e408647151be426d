import { assert, assertEquals, assertRejects } from "@std/assert";
import { IntegrityError, InvalidArgumentError, type UploadBody } from "../../mod.ts";
import { stubFetch, stubSource } from "../support/stub_fetch.ts";

const MIB = 1024 ** 2;

/** A store that takes everything, and what it was sent. */
function takingAll(onRequest: () => void = () => {}, sendChecksums = true) {
  const begun = "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>";
  const store = stubFetch(({ url, method }) => {
    onRequest();
    if (url.includes("?uploads")) return new Response(begun);
    const completed = "<CompleteMultipartUploadResult><ETag>e</ETag></CompleteMultipartUploadResult>";
    return new Response(method === "POST" ? completed : "", { headers: { etag: '"e"' } });
  });
  return { source: stubSource(store, {}, { upload: { concurrency: 1, sendChecksums } }), ...store };
}

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
  Deno.test(`upload() refuses bytes that were ${name}, which would pass for none`, async () => {
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
    "is no function": { [Symbol.asyncIterator]: 5 } as unknown as UploadBody,
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

Deno.test("upload() of a body that never ends nor brings anything can be aborted, and holds up nobody", async () => {
  const nothing = (async function* () {
    for (let i = 0; i < 10_000_000; i++) yield new Uint8Array();
  })();
  const stop = new AbortController();
  setTimeout(() => stop.abort("enough"));
  const { source } = takingAll();
  assertEquals(await source.upload("a", nothing, { signal: stop.signal }).catch((reason) => reason), "enough");
});

Deno.test("upload() refuses metadata whose names differ in case only", async () => {
  const { source } = takingAll();
  const metadata = { Author: "one", author: "two" };
  await assertRejects(() => source.upload("a", "x", { metadata }), InvalidArgumentError, '"author" is there twice');
});

for (const sendChecksums of [true, false]) {
  for (const [name, body] of Object.entries({ "one request": "x", parts: new Uint8Array(9 * MIB) })) {
    const how = `${name}, ${sendChecksums ? "with" : "without"} checksums`;
    Deno.test(`upload() in ${how} stores no metadata sha256 that reading would refuse`, async () => {
      const { source, requests } = takingAll(() => {}, sendChecksums);
      const metadata = { sha256: "0".repeat(64) };
      const error = await assertRejects(() => source.upload("a", body, { metadata }), IntegrityError, '"sha256"');
      assertEquals(error.code, "BadDigest");
      assert(requests.every(({ url, method }) => method !== "POST" || url.includes("?uploads")), "it was completed");
      assert(!requests.some(({ url, method }) => method === "PUT" && !url.includes("?")), "it was stored");
      const { contentHash = "" } = await source.upload("a", body);
      await source.upload("a", body, { metadata: { sha256: contentHash.replace("sha256:", "") } });
      await source.upload("a", body, { metadata: { sha256: "of something else" } });
    });
  }
}
