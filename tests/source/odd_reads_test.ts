import { assertEquals, assertRejects } from "@std/assert";
import { PreconditionFailedError, RangeNotSatisfiableError, ServiceError } from "../../mod.ts";
import { s3Error, s3Object, stubFetch, stubSource } from "../support/stub_fetch.ts";

/** The bytes 2 to 4 of ten, as rclone answers: with 200. */
const part = (contentRange = "bytes 2-4/10") =>
  new Response("234", { headers: { etag: '"t"', "content-length": "3", "content-range": contentRange } });

Deno.test("read() and stream() take a part with 200 if Content-Range says that it is the one asked for", async () => {
  const range = { offset: 2, length: 3 };
  assertEquals(new TextDecoder().decode(await stubSource(stubFetch(part())).read("a", { range })), "234");
  const { info, range: got, body } = await stubSource(stubFetch(part())).stream("a", { range });
  assertEquals([info.size, got, await new Response(body).text()], [10, range, "234"]);
});

Deno.test("read() and stream() refuse a part with 200 that is another one", async () => {
  for (const range of [{ offset: 1, length: 3 }, { offset: 2, length: 4 }, undefined]) {
    for (const method of ["read", "stream"] as const) {
      const source = stubSource(stubFetch(part()));
      await assertRejects(() => source[method]("a", { range }), ServiceError, "not those requested");
    }
  }
});

Deno.test("read() with maxBytes takes a whole file whose Content-Range says so with 200", async () => {
  const store = stubFetch(part("bytes 0-2/3"));
  assertEquals((await stubSource(store).read("a", { maxBytes: 5 })).byteLength, 3);
});

for (const contentRange of ["bytes 0-0/0", "bytes 0--1/0", "bytes */0"]) {
  Deno.test(`read() and stream() take a part with "${contentRange}", of bytes that never arrive, for an empty file`, async () => {
    const headers = { etag: '"t"', "content-length": "1", "content-range": contentRange };
    const nothing = () => new Response(new ReadableStream(), { status: 206, headers });
    const range = { suffixLength: 3 };
    assertEquals((await stubSource(stubFetch(nothing)).read("a", { maxBytes: 9 })).byteLength, 0);
    assertEquals((await stubSource(stubFetch(nothing, s3Object(""))).read("a", { range })).byteLength, 0);
    const { info, body } = await stubSource(stubFetch(nothing, s3Object(""))).stream("a", { range });
    assertEquals([info.size, await new Response(body).text()], [0, ""]);
    const first = () => stubSource(stubFetch(nothing)).read("a", { range: { offset: 0, length: 1 } });
    await assertRejects(first, RangeNotSatisfiableError);
  });
}

for (const tag of ['"old"', 'W/"old"']) {
  Deno.test(`read() and stream() with ifMatch ${tag} reject if the store ignores it and has another file`, async () => {
    for (const method of ["read", "stream"] as const) {
      const store = stubFetch(s3Object("hello", { etag: '"new"' }));
      const reading = () => stubSource(store)[method]("a", { ifMatch: tag });
      await assertRejects(reading, PreconditionFailedError, 'Cannot read "a": its ETag is not that of ifMatch');
      assertEquals(store.requests.length, 1);
    }
  });
}

for (
  const [ifMatch, etag] of [['"t"', '"t"'], ['"t"', 'W/"t"'], ['"t"', "t"], ["*", '"t"'], ['"s", "t"', '"t"']] as const
) {
  Deno.test(`read() with ifMatch ${ifMatch} takes the file with the ETag ${etag}`, async () => {
    const store = stubFetch(s3Object("hello", { etag }));
    assertEquals((await stubSource(store).read("a", { ifMatch })).byteLength, 5);
  });
}

Deno.test("read() and stream() take the whole file for more last bytes than it has, if the store refuses them", async () => {
  const refused = () => s3Error(416, "InvalidRange");
  const range = { suffixLength: 9 };
  const reading = stubFetch(refused, s3Object("hello"), s3Object("hello"));
  assertEquals(new TextDecoder().decode(await stubSource(reading).read("a", { range })), "hello");
  assertEquals(reading.requests.map(({ method, headers }) => [method, headers.get("range")]), [
    ["GET", "bytes=-9"],
    ["HEAD", null],
    ["GET", null],
  ]);
  const streaming = stubFetch(refused, s3Object("hello"));
  const { range: got, body } = await stubSource(streaming).stream("a", { range });
  assertEquals([got, await new Response(body).text()], [{ offset: 0, length: 5 }, "hello"]);
});

Deno.test("read() and stream() reject if the store refuses last bytes that the file has", async () => {
  for (const method of ["read", "stream"] as const) {
    const store = stubFetch(() => s3Error(416, "InvalidRange"), s3Object("hello"));
    const reading = () => stubSource(store)[method]("a", { range: { suffixLength: 4 } });
    await assertRejects(reading, RangeNotSatisfiableError);
    assertEquals(store.requests.length, 2);
  }
});
