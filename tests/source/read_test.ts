import { assertEquals, assertRejects } from "@std/assert";
import { IntegrityError, InvalidArgumentError, RangeNotSatisfiableError, ServiceError } from "../../mod.ts";
import { s3Error, s3Object, stubFetch, stubSource } from "../support/stub_fetch.ts";

Deno.test("read() refuses a negative maxBytes", async () => {
  await assertRejects(() => stubSource(stubFetch()).read("a", { maxBytes: -1 }), InvalidArgumentError, '"maxBytes"');
});

Deno.test("read() verifies the checksum that the store keeps, and tries again when it differs", async () => {
  const checksum = "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=";
  const headers = { "x-amz-checksum-sha256": checksum };
  const store = stubFetch(s3Object("hellO", headers), s3Object("hello", headers));
  assertEquals(new TextDecoder().decode(await stubSource(store).read("a.txt")), "hello");
  assertEquals(store.requests[0]?.headers.get("x-amz-checksum-mode"), "ENABLED");
});

Deno.test("read() refuses bytes that never match their checksum", async () => {
  const headers = { "x-amz-checksum-sha256": "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=" };
  const source = stubSource(stubFetch(s3Object("hellO", headers)), {}, { retry: { maxAttempts: 2, baseDelayMs: 0 } });
  await assertRejects(() => source.read("a.txt"), IntegrityError, "the bytes do not match the stored checksum");
});

Deno.test("read() with maxBytes asks for one byte more", async () => {
  const range = { "content-range": "bytes 0-4/5" };
  const store = stubFetch(() => new Response("hello", { status: 206, headers: { "content-length": "5", ...range } }));
  assertEquals((await stubSource(store).read("a.txt", { maxBytes: 9 })).byteLength, 5);
  assertEquals(store.requests[0]?.headers.get("range"), "bytes=0-9");
});

Deno.test("read() that is refused closes the connection", async () => {
  let cancelled = false;
  const body = new ReadableStream({ cancel: () => void (cancelled = true) });
  const headers = { "content-length": "100", "content-range": "bytes 0-99/100" };
  const store = stubFetch(() => new Response(body, { status: 206, headers }));
  const reading = stubSource(store).read("a.txt", { range: { suffixLength: 100 }, maxBytes: 9 });
  await assertRejects(() => reading, Error, "it has more than 9 bytes");
  assertEquals(cancelled, true);
});

Deno.test("read() with maxBytes verifies a whole file too", async () => {
  const headers = {
    "content-length": "5",
    "content-range": "bytes 0-4/5",
    "x-amz-checksum-sha256": "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=",
  };
  const source = stubSource(stubFetch(() => new Response("hellO", { status: 206, headers })), {}, {
    retry: { maxAttempts: 1 },
  });
  await assertRejects(
    () => source.read("a", { maxBytes: 9 }),
    IntegrityError,
    "the bytes do not match the stored checksum",
  );
});

Deno.test("read() does not take a status of 400 without a code for a redirect", async () => {
  const source = stubSource(stubFetch(() => new Response("", { status: 400 })), {}, { retry: { maxAttempts: 1 } });
  const error = await assertRejects(() => source.read("a"), ServiceError);
  assertEquals([error.status, error.code], [400, "UnexpectedStatus"]);
});

Deno.test("read() refuses a range that is not an object", async () => {
  const range = JSON.parse('"0-3"');
  await assertRejects(() => stubSource(stubFetch()).read("a", { range }), InvalidArgumentError, "{ offset, length }");
});

Deno.test("read() of everything from byte 0 sends no Range, which an empty file would not have", async () => {
  const store = stubFetch(s3Object(""));
  assertEquals((await stubSource(store).read("a", { range: { offset: 0 } })).byteLength, 0);
  assertEquals(store.requests[0]?.headers.get("range"), null);
});

Deno.test("read() rejects with the store's error if it refuses keys that cannot be renewed", async () => {
  const store = stubFetch(s3Error(403, "InvalidAccessKeyId"));
  const error = await assertRejects(() => stubSource(store).read("a"), ServiceError);
  assertEquals([error.code, store.requests.length], ["InvalidAccessKeyId", 1]);
});

for (const status of [200, 206]) {
  Deno.test(`read() takes an empty ${status} for a range that an empty file does not have`, async () => {
    const store = stubFetch(() => new Response("", { status, headers: { "content-length": "0" } }));
    const error = await assertRejects(
      () => stubSource(store).read("a", { range: { offset: 0, length: 9 } }),
      RangeNotSatisfiableError,
      'Cannot read "a": the range starts beyond the end of the file',
    );
    assertEquals([error.code, error.status, error.path], ["RangeNotSatisfiable", 416, "a"]);
    assertEquals(store.requests.length, 1);
  });
}
