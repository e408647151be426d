import { assertEquals, assertRejects } from "@std/assert";
import { FileTooLargeError, InvalidArgumentError, RangeNotSatisfiableError, ServiceError } from "../../mod.ts";
import { s3Error, s3Object, stubFetch, stubSource } from "../support/stub_fetch.ts";

for (
  const range of [
    { offset: -1 },
    { offset: 0.5 },
    { offset: 0, length: 0 },
    { offset: 0, length: -1 },
    { offset: NaN },
    { suffixLength: 0 },
    { suffixLength: -5 },
  ]
) {
  Deno.test(`read() and stream() refuse the range ${JSON.stringify(range)} and send nothing`, async () => {
    const store = stubFetch();
    await assertRejects(() => stubSource(store).read("a", { range }), InvalidArgumentError, "Cannot use the range");
    await assertRejects(() => stubSource(store).stream("a", { range }), InvalidArgumentError, "Cannot use the range");
    assertEquals(store.requests.length, 0);
  });
}

/** A store that has gzip bytes stored as such; `fetch` decodes them where the answer says what they are. */
function encodedStore({ overrides = true } = {}) {
  return stubFetch(({ url, headers }) => {
    const isPlain = overrides && new URL(url).searchParams.get("response-content-encoding") === "identity";
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(headers.get("range") ?? "") ?? [];
    const stored = first === undefined ? "stored" : "stored".slice(Number(first), Number(last) + 1);
    return new Response(isPlain ? stored : "decoded by the runtime", {
      status: first === undefined ? 200 : 206,
      headers: {
        etag: '"t"',
        "content-length": String(stored.length),
        ...first !== undefined && { "content-range": `bytes ${first}-${Number(first) + stored.length - 1}/6` },
        ...!isPlain && { "content-encoding": "gzip" },
      },
    });
  });
}

Deno.test("read() and stream() return the stored bytes of an object with a Content-Encoding", async () => {
  const store = encodedStore();
  const source = stubSource(store);
  const text = async (bytes: Promise<Uint8Array>) => new TextDecoder().decode(await bytes);
  assertEquals(await text(source.read("a")), "stored");
  assertEquals(await text(source.read("a", { range: { offset: 1, length: 3 } })), "tor");
  assertEquals(await text(source.read("a", { maxBytes: 6 })), "stored");
  const { body, range } = await source.stream("a");
  assertEquals([await new Response(body).text(), range], ["stored", { offset: 0, length: 6 }]);
  assertEquals(store.requests.length, 8);
});

Deno.test("read() and stream() close the connection of a response that the runtime would decode", async () => {
  let cancelled = 0;
  const headers = { etag: '"t"', "content-length": "6" };
  const store = stubFetch(({ url }) =>
    url.includes("response-content-encoding")
      ? new Response("stored", { headers })
      : new Response(new ReadableStream({ cancel: () => void cancelled++ }), {
        headers: { ...headers, "content-encoding": "gzip" },
      })
  );
  assertEquals((await stubSource(store).read("a")).byteLength, 6);
  await (await stubSource(store).stream("a")).body.cancel();
  assertEquals(cancelled, 2);
});

Deno.test("stream() passes on what the runtime has decoded where the store does not override the header", async () => {
  const { body } = await stubSource(encodedStore({ overrides: false })).stream("a");
  assertEquals(await new Response(body).text(), "decoded by the runtime");
});

Deno.test("read() with maxBytes limits what the runtime has decoded", async () => {
  const source = stubSource(encodedStore({ overrides: false }));
  assertEquals((await source.read("a", { maxBytes: 22 })).byteLength, 22);
  await assertRejects(() => source.read("a", { maxBytes: 21 }), FileTooLargeError, "more than 21 bytes");
});

for (const operation of ["read", "stream"] as const) {
  Deno.test(`${operation}() rejects with a RangeNotSatisfiableError for a range after the end`, async () => {
    const source = stubSource(stubFetch(s3Error(416, "InvalidRange")));
    const range = { offset: 10 };
    await assertRejects(() => source[operation]("a", { range }), RangeNotSatisfiableError, 'Cannot read "a"');
  });
}

Deno.test("read() with maxBytes takes a range that cannot be satisfied for an empty file", async () => {
  assertEquals((await stubSource(stubFetch(s3Error(416, "InvalidRange"))).read("a", { maxBytes: 5 })).byteLength, 0);
});

Deno.test("read() and stream() refuse another range than was asked for", async () => {
  const headers = { "content-length": "10", "content-range": "bytes 0-9/100", etag: '"t"' };
  const source = stubSource(stubFetch(() => new Response("0123456789", { status: 206, headers })), {}, {
    retry: { maxAttempts: 1 },
  });
  const range = { offset: 50, length: 10 };
  await assertRejects(() => source.read("a", { range }), ServiceError, "not those requested");
  await assertRejects(() => source.stream("a", { range }), ServiceError, "not those requested");
});

Deno.test("read() and stream() send ifMatch", async () => {
  const store = stubFetch(s3Object("x"));
  await stubSource(store).read("a", { ifMatch: '"tag"' });
  await (await stubSource(store).stream("a", { ifMatch: '"tag"' })).body.cancel();
  assertEquals(store.requests.map(({ headers }) => headers.get("if-match")), ['"tag"', '"tag"']);
});

Deno.test("read() and stream() refuse an ifMatch that cannot be sent", async () => {
  const store = stubFetch(s3Object("x"));
  for (const operation of ["read", "stream"] as const) {
    const reading = () => stubSource(store)[operation]("a", { ifMatch: "ü" });
    await assertRejects(reading, InvalidArgumentError, "must be printable ASCII");
  }
  assertEquals(store.requests.length, 0);
});

const empty = (status: number) => new Response("", { status, headers: { "content-length": "0", etag: '"t"' } });

for (
  const [name, ...answers] of [
    ["200", empty(200)],
    ["206", empty(206)],
    ["416", s3Error(416, "InvalidRange"), empty(200)],
  ] as const
) {
  Deno.test(`read() and stream() take a ${name} for the last bytes of an empty file`, async () => {
    const range = { suffixLength: 100 };
    assertEquals(await stubSource(stubFetch(...answers)).read("a", { range }), new Uint8Array());
    const { info, range: got, body } = await stubSource(stubFetch(...answers)).stream("a", { range });
    assertEquals([info.size, got, await new Response(body).text()], [0, { offset: 0, length: 0 }, ""]);
  });
}

for (const range of [{ offset: 0, length: 5 }, { offset: 0, length: 9 }, { suffixLength: 5 }, { suffixLength: 9 }]) {
  Deno.test(`read() and stream() take the whole file for ${JSON.stringify(range)} of 5 bytes`, async () => {
    const store = stubFetch(s3Object("hello"));
    assertEquals((await stubSource(store).read("a", { range })).byteLength, 5);
    const streamed = await stubSource(store).stream("a", { range });
    await streamed.body.cancel();
    assertEquals(streamed.range, { offset: 0, length: 5 });
  });
}

Deno.test("read() with maxBytes takes the whole file from a store that ignores Range, or refuses it at once", async () => {
  const store = stubFetch(s3Object("hello"));
  const source = stubSource(store);
  for (const maxBytes of [5, 10]) assertEquals((await source.read("a", { maxBytes })).byteLength, 5);
  for (const maxBytes of [0, 2, 4]) {
    await assertRejects(() => source.read("a", { maxBytes }), FileTooLargeError, `more than ${maxBytes} bytes`);
  }
  assertEquals(store.requests.map(({ headers }) => headers.get("range")), [5, 10, 0, 2, 4].map((n) => `bytes=0-${n}`));
});

Deno.test("serveFile() answers the last bytes of an empty file, from a store that says 200, without a range", async () => {
  const request = new Request("http://app.test/a", { headers: { range: "bytes=-5" } });
  const response = await stubSource(stubFetch(empty(200))).serveFile(request, "a");
  assertEquals([response.status, response.headers.get("content-range"), await response.text()], [200, null, ""]);
});
