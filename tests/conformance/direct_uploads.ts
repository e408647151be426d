import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { IntegrityError, type MultipartUpload, PreconditionFailedError, type S3Source } from "../../mod.ts";
import { outcomeOf, REFUSED, send, sendForm, sendPart } from "./plain_requests.ts";
import { type ConformanceTest, isSame, PART_BYTES, someBytes, toText, type Workbench } from "./suite.ts";

/** Files that a client without credentials sends to the store, as a browser does. */
export function testDirectUploads(test: ConformanceTest): void {
  for (const method of ["PUT", "POST"] as const) {
    for (const path of ["a b/ü+%$&'\"(1).txt", "a"]) {
      test(`prepareUpload() with ${method} stores "${path}" by plain fetch`, async ({ source, store }) => {
        const facts = { contentType: "text/x-test", metadata: { Colour: "$blue  green", two_words: "grün" } };
        const prepared = await source.prepareUpload(path, { method, size: 5, ...facts });
        assertEquals(await send(store, prepared, "hello"), "stored");
        assertEquals(toText(await source.read(path)), "hello");
        const info = await source.stat(path);
        assertEquals([info?.contentType, info?.metadata], [
          "text/x-test",
          { colour: "$blue  green", two_words: "grün" },
        ]);
      });
    }

    test(`prepareUpload() with ${method} takes an empty file`, async ({ source, store }) => {
      assertEquals(await send(store, await source.prepareUpload("a", { method, size: 0 }), ""), "stored");
      assertEquals((await source.stat("a"))?.size, 0);
    });

    test(`prepareUpload() with ${method} is refused for another size`, async ({ source, store }) => {
      await source.upload("a", "before");
      const prepared = await source.prepareUpload("a", { method, size: 5 });
      const outcomes = { larger: await send(store, prepared, "hello!"), smaller: await send(store, prepared, "hell") };
      for (const outcome of Object.values(outcomes)) assertMatch(outcome, REFUSED);
      assertEquals(toText(await source.read("a")), "before");
    });

    test(`prepareUpload() with ${method} is refused after expiresAt`, async ({ prefix, open, store }) => {
      const source = open(prefix, { now: () => Date.now() - 120_000 });
      const prepared = await source.prepareUpload("a", { method, size: 5, expiresInSeconds: 60 });
      assertMatch(await send(store, prepared, "hello"), REFUSED);
    });
  }

  test("prepareUpload() with PUT is refused for another type", async ({ source, store }) => {
    const prepared = await source.prepareUpload("a", { method: "PUT", size: 5, contentType: "image/png" });
    const altered = { ...prepared, headers: { "content-type": "text/html" } };
    assertMatch(await send(store, altered, "hello"), REFUSED);
  });

  test("prepareUpload() with ifNoneMatch is refused for a file that exists by then", async ({ source, store }) => {
    const prepared = await source.prepareUpload("a", { method: "PUT", size: 5, ifNoneMatch: "*" });
    assertMatch(await send(store, { ...prepared, headers: {} }, "hello"), REFUSED);
    assertEquals(await source.stat("a"), null);
    assertEquals(await send(store, prepared, "first"), "stored");
    assertEquals(await send(store, prepared, "other"), "412 PreconditionFailed");
    assertEquals(toText(await source.read("a")), "first");
  });

  test("complete() with ifNoneMatch keeps the file that exists by then, and the parts", async ({ source, store }) => {
    const bytes = someBytes(PART_BYTES + 1);
    const upload = await source.prepareMultipartUpload("a", sizesOf(bytes));
    for (const partNumber of [1, 2]) await sendPart(store, upload, partNumber, bytes);
    await source.upload("a", "first");
    await assertRejects(() => upload.complete({ ifNoneMatch: "*" }), PreconditionFailedError);
    assertEquals(toText(await source.read("a")), "first");
    const etag = (await source.stat("a"))?.etag ?? "";
    await assertRejects(
      () => upload.complete({ ifMatch: '"0123456789abcdef0123456789abcdef"' }),
      PreconditionFailedError,
    );
    await upload.complete({ ifMatch: etag });
    assert(isSame(await source.read("a"), bytes));
  });

  test("uploadPart() sends parts from here", async ({ prefix, open, source }) => {
    const bytes = someBytes(2 * PART_BYTES + 3);
    const { state } = await source.prepareMultipartUpload("a", sizesOf(bytes));
    const upload = open(prefix).resumeMultipartUpload(JSON.parse(JSON.stringify(state)));
    for (const partNumber of [3, 1, 2]) {
      const offset = (partNumber - 1) * PART_BYTES;
      await upload.uploadPart(partNumber, new Blob([bytes.slice(offset, offset + PART_BYTES)]));
    }
    await assertRejects(() => upload.uploadPart(3, someBytes(4)), IntegrityError, "part 3 has 3 bytes, not 4");
    assertEquals((await upload.complete({ ifNoneMatch: "*" })).size, bytes.byteLength);
    assert(isSame(await source.read("a"), bytes));
  });

  test("uploadPart() stores no part that was altered on its way", async ({ prefix, open, source, store }) => {
    const altering: typeof fetch = async (input, init) => {
      const request = new Request(input, init);
      if (request.method !== "PUT") return await store.fetch(request);
      const body = await request.bytes();
      body[0] = (body[0] ?? 0) ^ 1;
      return await store.fetch(request.url, { method: "PUT", headers: request.headers, body });
    };
    const { state } = await source.prepareMultipartUpload("a", { size: 5 });
    const upload = open(prefix, { fetch: altering, retry: { maxAttempts: 1 } }).resumeMultipartUpload(state);
    await assertRejects(() => upload.uploadPart(1, new TextEncoder().encode("hello")));
    assertEquals(await storedParts(upload), []);
    await upload.abort();
  });

  test("prepareUpload() with POST takes up to maxBytes", async ({ source, store }) => {
    const prepared = await source.prepareUpload("a", { method: "POST", maxBytes: 5 });
    assertMatch(await send(store, prepared, "hello!"), REFUSED);
    assertEquals(await source.stat("a"), null);
    for (const text of ["", "hello"]) assertEquals(await send(store, prepared, text), "stored");
  });

  test("prepareUpload() with POST takes a form that ends without a line end", async ({ source, store }) => {
    const prepared = await source.prepareUpload("a", { method: "POST", size: 5 });
    assertEquals(await sendForm(store, prepared, { text: "hello", end: "" }), "stored");
  });

  test("prepareUpload() with POST is refused when altered", async ({ prefix, source, store }) => {
    const prepared = await source.prepareUpload("a", { method: "POST", maxBytes: 5, metadata: { colour: "blue" } });
    const alterations = {
      key: `${prefix}b`,
      "Content-Type": "text/html",
      "x-amz-meta-colour": "red",
      "x-amz-meta-more": "1",
      policy: btoa(JSON.stringify({ expiration: "2100-01-01T00:00:00Z", conditions: [] })),
    };
    for (const [name, value] of Object.entries(alterations)) {
      const altered = { ...prepared, fields: { ...prepared.fields, [name]: value } };
      assertMatch(await send(store, altered, "hello"), REFUSED, name);
    }
  });

  test("prepareMultipartUpload() makes a file of parts sent by plain fetch", async ({ source, store }) => {
    const bytes = someBytes(2 * PART_BYTES + 3);
    const facts = { contentType: "video/x-test", metadata: { colour: "blue" } };
    const upload = await source.prepareMultipartUpload("ü/b +.bin", sizesOf(bytes, facts));
    for (const partNumber of [3, 1, 2]) assertEquals(await sendPart(store, upload, partNumber, bytes), "stored");
    const info = await upload.complete();
    assertEquals(info, await source.stat("ü/b +.bin"));
    assertEquals({ contentType: info.contentType, metadata: info.metadata }, facts);
    assertEquals([info.path, info.size], ["ü/b +.bin", bytes.byteLength]);
    assert(isSame(await source.read("ü/b +.bin"), bytes));
  });

  test("partUrl() is refused for a larger part", async ({ prefix, source, store }) => {
    const bytes = someBytes(PART_BYTES + 2);
    const upload = await source.prepareMultipartUpload("a", sizesOf(bytes));
    const { url } = await upload.partUrl(2);
    assertMatch(await outcomeOf(await store.fetch(url, { method: "PUT", body: "123" })), REFUSED);
    assertEquals(await storedParts(upload), []);
    await upload.abort();
    assertEquals(await store.listUploads(prefix), []);
  });

  test("resumeMultipartUpload() goes on after a reload", async ({ prefix, open, source, store }) => {
    const bytes = someBytes(2 * PART_BYTES + 3);
    const upload = await source.prepareMultipartUpload("a", sizesOf(bytes));
    await sendPart(store, upload, 2, bytes);
    const resumed = open(prefix).resumeMultipartUpload(JSON.parse(JSON.stringify(upload.state)));
    assertEquals(await storedParts(resumed), [2]);
    for (const partNumber of [1, 3]) await sendPart(store, resumed, partNumber, bytes);
    await resumed.complete();
    assert(isSame(await source.read("a"), bytes));
  });

  test("complete() with a missing part stores nothing, and can be repeated", async ({ prefix, source, store }) => {
    const bytes = someBytes(2 * PART_BYTES + 3);
    const upload = await source.prepareMultipartUpload("a", sizesOf(bytes));
    await assertRejects(() => upload.complete(), IntegrityError, "these are missing or have another size: 1-3");
    for (const partNumber of [1, 3]) await sendPart(store, upload, partNumber, bytes);
    await assertRejects(() => upload.complete(), IntegrityError, "these are missing or have another size: 2");
    assertEquals(await source.stat("a"), null);
    await sendPart(store, upload, 2, bytes);
    assertEquals((await upload.complete()).size, bytes.byteLength);
    assertEquals(await store.listUploads(prefix), []);
  });

  test("abort() leaves nothing, and may be repeated", async ({ prefix, source, store }) => {
    const bytes = someBytes(PART_BYTES + 1);
    const upload = await source.prepareMultipartUpload("a", sizesOf(bytes));
    await sendPart(store, upload, 1, bytes);
    await upload.abort();
    await upload.abort();
    assertEquals(await store.listUploads(prefix), []);
    assertEquals((await sendPart(store, upload, 1, bytes)).slice(0, 3), "404");
  });

  test("resumeMultipartUpload() of another file's upload reaches nothing", async ({ source, store }) => {
    const bytes = someBytes(PART_BYTES + 1);
    const upload = await source.prepareMultipartUpload("mine", sizesOf(bytes));
    const tampered = source.resumeMultipartUpload({ ...upload.state, path: "theirs" });
    assertEquals((await sendPart(store, tampered, 1, bytes)).slice(0, 3), "404");
    await assertRejects(() => tampered.parts(), Error, "NoSuchUpload");
    await tampered.abort();
    assertEquals(await storedParts(upload), []);
    await upload.abort();
  });

  test("abortStaleUploads() removes old uploads in its own folder only", async ({ prefix, open, store }) => {
    const [source, later] = [open(`${prefix}team`), open(`${prefix}team`, { now: () => Date.now() + 600_000 })];
    const neighbour = open(`${prefix}team-2`);
    const theirs = await neighbour.prepareMultipartUpload("a", { size: 1 });
    const paths = ["a b+ü", "a b+ü", "sub/%41&<.txt"];
    for (const path of paths) await source.prepareMultipartUpload(path, { size: 1 });
    assertEquals(await source.abortStaleUploads({ olderThanSeconds: 300 }), []);
    assertEquals((await store.listUploads(prefix)).length, 4);
    const removed = await later.abortStaleUploads({ olderThanSeconds: 300 });
    assertEquals(removed.map(({ path }) => path).toSorted(), paths);
    assertEquals(new Set(removed.map(({ uploadId }) => uploadId)).size, 3);
    for (const { startedAt } of removed) assert(Math.abs(startedAt.getTime() - Date.now()) < 60_000);
    assertEquals(await store.listUploads(prefix), [`${prefix}team-2/a`]);
    await theirs.abort();
  });

  test("abortStaleUploads() removes an upload whose first answer was lost", async (bench) => {
    const source = losingFirstAnswer(bench);
    await source.upload("a", someBytes(PART_BYTES + 1));
    assertEquals(await bench.store.listUploads(bench.prefix), [`${bench.prefix}a`]);
    const removed = await bench.source.abortStaleUploads({ olderThanSeconds: 0 });
    assertEquals(removed.map(({ path }) => path), ["a"]);
    assertEquals(await bench.store.listUploads(bench.prefix), []);
    assertEquals((await source.stat("a"))?.size, PART_BYTES + 1);
  });
}

function sizesOf<Facts extends object>(bytes: Uint8Array, facts?: Facts) {
  return { size: bytes.byteLength, partSizeBytes: PART_BYTES, ...facts };
}

/** A source that loses the response to its first CreateMultipartUpload, and so creates another upload. */
function losingFirstAnswer({ open, prefix, store }: Workbench): S3Source {
  let isLost = false;
  const losing: typeof fetch = async (input, init) => {
    const response = await store.fetch(input, init);
    if (isLost || !String(input).endsWith("?uploads=")) return response;
    isLost = true;
    await response.body?.cancel();
    throw new TypeError("error sending request");
  };
  return open(prefix, { fetch: losing, retry: { baseDelayMs: 1 }, upload: { partSizeBytes: PART_BYTES } });
}

async function storedParts(upload: MultipartUpload): Promise<number[]> {
  return (await upload.parts()).filter(({ isStored }) => isStored).map(({ partNumber }) => partNumber);
}
