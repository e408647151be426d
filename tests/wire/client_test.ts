import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { createS3Source, type S3SourceEvent, ServiceError, TimeoutError } from "../../mod.ts";
import { hang, KEYS, s3Error, s3Object, stubContext, stubFetch, stubSource } from "../support/stub_fetch.ts";

const text = async (bytes: Promise<Uint8Array>) => new TextDecoder().decode(await bytes);

Deno.test("read() sends one signed request to the path-style address", async () => {
  const store = stubFetch(s3Object("hello"));
  assertEquals(await text(stubSource(store).read("a b/ü.txt")), "hello");
  const [request] = store.requests;
  assertEquals(store.requests.length, 1);
  assertEquals(request?.url, "http://store.test:8333/media/team/a%20b/%C3%BC.txt");
  assertEquals(request?.method, "GET");
  assertEquals(request?.init.redirect, "manual");
  const authorization = request?.headers.get("authorization") ?? "";
  assertStringIncludes(authorization, "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/");
  assertStringIncludes(authorization, "SignedHeaders=host;x-amz-checksum-mode;x-amz-content-sha256;x-amz-date, ");
});

Deno.test("read() keeps to totalMs over all tries", async () => {
  using time = new FakeTime();
  const store = stubFetch(hang);
  const source = stubSource(store, {}, { timeouts: { headersMs: 1_000, totalMs: 2_500 }, retry: { maxAttempts: 100 } });
  const started = Date.now();
  const failed = assertRejects(() => source.read("a.txt"), TimeoutError);
  await time.runAllAsync();
  await failed;
  assertEquals(Date.now() - started <= 2_500, true);
});

for (
  const [storeBytes, limitMs] of [
    [0, 30_000],
    [64 * 1024 ** 2, 30_000 + 1_024_000],
    [1024 ** 4, 30_000 + 3_600_000],
  ] as const
) {
  Deno.test(`send() waits ${limitMs} ms for a store that has to copy ${storeBytes} bytes`, async () => {
    using time = new FakeTime();
    const { client, grants } = stubContext(stubFetch(hang));
    const grant = await grants.get();
    const sending = client.send(
      { operation: "CopyObject", action: "copy", method: "PUT", grant, key: "a", storeBytes },
      () => Promise.resolve(),
    );
    const failed = assertRejects(() => sending, TimeoutError, `no response for ${limitMs} ms`);
    await time.runAllAsync();
    await failed;
  });
}

Deno.test("send() cancels a response whose reader fails", async () => {
  let isCancelled = false;
  const body = new ReadableStream({ cancel: () => void (isCancelled = true) });
  const { client, grants } = stubContext(stubFetch(() => new Response(body)));
  const request = {
    operation: "GetObject",
    action: "read",
    method: "GET",
    grant: await grants.get(),
    key: "a",
  } as const;
  await assertRejects(
    () => client.send(request, () => Promise.reject(new RangeError("not this one"))),
    RangeError,
    "not this one",
  );
  assertEquals(isCancelled, true);
});

Deno.test("read() rejects with the caller's reason when it is aborted", async () => {
  const controller = new AbortController();
  const store = stubFetch((request) => {
    controller.abort(new RangeError("no longer wanted"));
    return hang(request);
  });
  await assertRejects(
    () => stubSource(store).read("a.txt", { signal: controller.signal }),
    RangeError,
    "no longer wanted",
  );
  assertEquals(store.requests.length, 1);
});

Deno.test("read() sends nothing when it is aborted beforehand", async () => {
  const store = stubFetch(s3Object("x"));
  const signal = AbortSignal.abort(new RangeError("never wanted"));
  await assertRejects(() => stubSource(store).read("a.txt", { signal }), RangeError, "never wanted");
  assertEquals(store.requests.length, 0);
});

Deno.test("read() signs again for the region a 301 names, and remembers it", async () => {
  const moved = s3Error(301, "PermanentRedirect", { headers: { "x-amz-bucket-region": "eu-west-1" } });
  const store = stubFetch(moved, s3Object("hello"), s3Object("again"));
  const source = createS3Source({ bucket: "media", ...KEYS }, { fetch: store.fetch });
  assertEquals(await text(source.read("a.txt")), "hello");
  assertEquals(await text(source.read("b.txt")), "again");
  assertEquals(store.requests.map(({ url }) => url), [
    "https://media.s3.us-east-1.amazonaws.com/a.txt",
    "https://media.s3.eu-west-1.amazonaws.com/a.txt",
    "https://media.s3.eu-west-1.amazonaws.com/b.txt",
  ]);
  assertStringIncludes(store.requests[1]?.headers.get("authorization") ?? "", "/eu-west-1/s3/aws4_request");
});

Deno.test("read() signs again for the region that AuthorizationHeaderMalformed names", async () => {
  const store = stubFetch(
    s3Error(400, "AuthorizationHeaderMalformed", { extra: "<Region>eu-west-1</Region>" }),
    s3Object("x"),
  );
  await stubSource(store).read("a.txt");
  assertStringIncludes(store.requests[1]?.headers.get("authorization") ?? "", "/eu-west-1/s3/aws4_request");
  assertEquals(store.requests[1]?.url, "http://store.test:8333/media/team/a.txt");
});

Deno.test("read() does not sign again for the region that it has signed for", async () => {
  const store = stubFetch(s3Error(400, "AuthorizationHeaderMalformed", { extra: "<Region>us-east-1</Region>" }));
  await assertRejects(() => stubSource(store).read("a.txt"), ServiceError, "AuthorizationHeaderMalformed");
  assertEquals(store.requests.length, 1);
});

Deno.test("read() does not go back and forth between regions", async () => {
  let count = 0;
  const store = stubFetch(() => {
    const region = ["eu-west-1", "eu-west-2"][count++ % 2] ?? "";
    return s3Error(301, "PermanentRedirect", { headers: { "x-amz-bucket-region": region } });
  });
  await assertRejects(() => stubSource(store).read("a.txt"), ServiceError, "PermanentRedirect");
  assertEquals(store.requests.length, 2);
});

Deno.test("read() does not follow a redirect to elsewhere", async () => {
  const store = stubFetch(new Response("", { status: 307, headers: { location: "https://evil.test/" } }));
  const error = await assertRejects(
    () => stubSource(store).read("a.txt"),
    ServiceError,
    "the store redirects with 307, which is not followed (https://evil.test)",
  );
  assertEquals([error.code, store.requests.length], ["Redirect", 1]);
});

Deno.test("read() does not let a region name lead to another host", async () => {
  const headers = { "x-amz-bucket-region": "evil.test/" };
  const store = stubFetch(s3Error(301, "PermanentRedirect", { headers }));
  await assertRejects(() => stubSource(store).read("a.txt"), ServiceError);
  assertEquals(store.requests.length, 1);
});

Deno.test("read() adopts the store's time when the clock is wrong", async () => {
  const date = "Tue, 01 Jan 2030 12:00:00 GMT";
  const events: S3SourceEvent[] = [];
  const store = stubFetch(s3Error(403, "RequestTimeTooSkewed", { headers: { date } }), s3Object("hello"));
  const source = stubSource(store, {}, {
    now: () => Date.parse("2030-01-01T11:00:00Z"),
    onEvent: (event) => events.push(event),
  });
  assertEquals(await text(source.read("a.txt")), "hello");
  assertEquals(store.requests.map(({ headers }) => headers.get("x-amz-date")), [
    "20300101T110000Z",
    "20300101T120000Z",
  ]);
  assertEquals(events.filter(({ type }) => type === "warning").length, 1);
});

Deno.test("read() with totalMs is not cut short by a correction of the clock", async () => {
  const date = new Date(Date.now() + 3_600_000).toUTCString();
  const store = stubFetch(s3Error(403, "RequestTimeTooSkewed", { headers: { date } }), s3Object("hello"));
  assertEquals(await text(stubSource(store, {}, { timeouts: { totalMs: 5_000 } }).read("a.txt")), "hello");
});

for (const status of [400, 403]) {
  Deno.test(`stat() gets the reason for a HEAD refused with ${status} from a GET of one byte`, async () => {
    const store = stubFetch(new Response(null, { status }), s3Error(status, "SignatureDoesNotMatch"));
    const error = await assertRejects(() => stubSource(store).stat("a.txt"), ServiceError, "SignatureDoesNotMatch");
    assertEquals(error.code, "SignatureDoesNotMatch");
    assertEquals(store.requests.map(({ method, headers }) => [method, headers.get("range")]), [
      ["HEAD", null],
      ["GET", "bytes=0-0"],
    ]);
  });
}

Deno.test("stat() in a bucket that does not exist is an error, found out by a GET of one byte", async () => {
  const store = stubFetch(new Response(null, { status: 404 }), s3Error(404, "NoSuchBucket"));
  const error = await assertRejects(
    () => stubSource(store).stat("a.txt"),
    ServiceError,
    "the store has no such bucket",
  );
  assertEquals([error.code, error.status], ["NoSuchBucket", 404]);
  assertEquals(store.requests.map(({ method }) => method), ["HEAD", "GET"]);
});

Deno.test("stat() of a missing file asks for its bucket once, in folders of the source too", async () => {
  const missing = () => new Response(null, { status: 404 });
  const store = stubFetch(missing, s3Error(404, "NoSuchKey"), missing, missing);
  const source = stubSource(store);
  assertEquals([await source.stat("a"), await source.stat("b"), await source.folder("c").stat("d")], [
    null,
    null,
    null,
  ]);
  assertEquals(store.requests.map(({ method }) => method), ["HEAD", "GET", "HEAD", "HEAD"]);
});

Deno.test("stat() of a missing file does not ask for a bucket that has responded before", async () => {
  const store = stubFetch(s3Object("hello"), new Response(null, { status: 404 }));
  const source = stubSource(store);
  await source.read("a");
  assertEquals(await source.stat("b"), null);
  assertEquals(store.requests.map(({ method }) => method), ["GET", "HEAD"]);
});

for (const [kind, response] of [["a file", s3Object("x")], ["an empty file", s3Error(416, "InvalidRange")]] as const) {
  Deno.test(`stat() of ${kind} retries when HEAD was refused, but not a GET of one byte`, async () => {
    const head = new Response(null, { headers: { "content-length": "0" } });
    const store = stubFetch(new Response(null, { status: 403 }), response, head);
    assertEquals((await stubSource(store).stat("a.txt"))?.size, 0);
    assertEquals(store.requests.map(({ method }) => method), ["HEAD", "GET", "HEAD"]);
  });
}

Deno.test("a listener that rejects changes nothing", async () => {
  const onEvent = async () => {
    await Promise.resolve();
    throw new Error("the listener failed");
  };
  const source = stubSource(stubFetch(s3Object("hello")), {}, { onEvent });
  assertEquals(await text(source.read("a.txt")), "hello");
});

Deno.test("upload() ignores errors of onProgress", async () => {
  const source = stubSource(stubFetch(new Response(null, { headers: { etag: '"t"' } })));
  const onProgress = () => {
    throw new Error("the listener failed");
  };
  assertEquals((await source.upload("a.txt", "hello", { onProgress })).size, 5);
});
