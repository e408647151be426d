import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import {
  AccessDeniedError,
  createS3Source,
  CredentialsExpiredError,
  PreconditionFailedError,
  type S3SourceEvent,
  ServiceError,
  TimeoutError,
} from "../../mod.ts";
import { brokerReply, hang, KEYS, s3Error, s3Object, stubFetch, stubSource } from "../support/stub_fetch.ts";

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

for (
  const [name, config, url] of [
    ["virtual-hosted on AWS", {}, "https://media.s3.us-east-1.amazonaws.com/team/a.txt"],
    ["in another region", { region: "eu-west-1" }, "https://media.s3.eu-west-1.amazonaws.com/team/a.txt"],
    ["in China", { region: "cn-north-1" }, "https://media.s3.cn-north-1.amazonaws.com.cn/team/a.txt"],
    ["path-style for a bucket with dots", { bucket: "a.b" }, "https://s3.us-east-1.amazonaws.com/a.b/team/a.txt"],
    ["below an endpoint's own path", { endpointUrl: "https://x.test/s3/" }, "https://x.test/s3/media/team/a.txt"],
    ["without a default port", { endpointUrl: "https://x.test:443" }, "https://x.test/media/team/a.txt"],
  ] as const
) {
  Deno.test(`read() addresses the bucket ${name}`, async () => {
    const store = stubFetch(s3Object("x"));
    const source = createS3Source({ bucket: "media", prefix: "team", ...KEYS, ...config }, { fetch: store.fetch });
    await source.read("a.txt");
    assertEquals(store.requests[0]?.url, url);
  });
}

for (
  const [name, answer] of [
    ["a broken connection", new TypeError("connection reset")],
    ["500", s3Error(500, "InternalError")],
    ["503", s3Error(503, "SlowDown")],
    ["429", new Response("", { status: 429 })],
    ["400 RequestTimeout", s3Error(400, "RequestTimeout")],
    ["a body that breaks off", () => new Response(brokenBody(), { headers: { "content-length": "5" } })],
    ["a body shorter than announced", () => new Response("hell", { headers: { "content-length": "5" } })],
  ] as const
) {
  Deno.test(`read() tries again after ${name}`, async () => {
    const store = stubFetch(answer, s3Object("hello"));
    assertEquals(await text(stubSource(store).read("a.txt")), "hello");
    assertEquals(store.requests.length, 2);
  });
}

function brokenBody(): ReadableStream<Uint8Array> {
  return new ReadableStream({
    pull(controller) {
      controller.error(new TypeError("connection reset"));
    },
  });
}

for (
  const [status, code, type] of [
    [403, "AccessDenied", AccessDeniedError],
    [412, "PreconditionFailed", PreconditionFailedError],
    [409, "ConditionalRequestConflict", PreconditionFailedError],
    [400, "InvalidRequest", ServiceError],
    [404, "NoSuchBucket", ServiceError],
    [501, "NotImplemented", ServiceError],
  ] as const
) {
  Deno.test(`read() does not try again after ${status} ${code}`, async () => {
    const store = stubFetch(s3Error(status, code, { message: "no &amp; never" }));
    const error = await assertRejects(() => stubSource(store).read("a.txt"), type, 'Cannot read "a.txt": ');
    assertEquals(store.requests.length, 1);
    assertEquals([error.status, error.path, error.requestId], [status, "a.txt", "R1"]);
  });
}

Deno.test("read() gives up after maxAttempts and reports the last failure", async () => {
  const store = stubFetch(s3Error(503, "SlowDown", { message: "Reduce your request rate" }));
  const source = stubSource(store, {}, { retry: { maxAttempts: 3, baseDelayMs: 0 } });
  const error = await assertRejects(() => source.read("a.txt"), ServiceError, "SlowDown: Reduce your request rate");
  assertEquals([store.requests.length, error.code, error.status], [3, "SlowDown", 503]);
});

Deno.test("read() waits as long as Retry-After asks, but no longer than maxDelayMs", async () => {
  using time = new FakeTime();
  const slow = (seconds: string) => s3Error(503, "SlowDown", { headers: { "retry-after": seconds } });
  const store = stubFetch(slow("2"), slow("3600"), s3Object("hello"));
  const read = stubSource(store).read("a.txt");
  await time.tickAsync(1_999);
  assertEquals(store.requests.length, 1);
  await time.tickAsync(1);
  assertEquals(store.requests.length, 2);
  await time.tickAsync(4_999);
  assertEquals(store.requests.length, 2);
  await time.tickAsync(1);
  assertEquals(await text(read), "hello");
});

Deno.test("read() ends in a TimeoutError when no answer comes", async () => {
  using time = new FakeTime();
  const store = stubFetch(hang);
  const source = stubSource(store, {}, { retry: { maxAttempts: 2, baseDelayMs: 0 }, timeouts: { headersMs: 1_000 } });
  const failed = assertRejects(() => source.read("a.txt"), TimeoutError, 'Cannot read "a.txt": there was no answer');
  await time.runAllAsync();
  assertEquals((await failed).code, "Timeout");
  assertEquals(store.requests.length, 2);
});

Deno.test("read() ends in a TimeoutError when the body stalls", async () => {
  using time = new FakeTime();
  const store = stubFetch(() => new Response(new ReadableStream(), { headers: { "content-length": "5" } }));
  const source = stubSource(store, {}, { retry: { maxAttempts: 1 }, timeouts: { idleMs: 1_000 } });
  const failed = assertRejects(() => source.read("a.txt"), TimeoutError, "the body stalled");
  await time.tickAsync(1_000);
  await failed;
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

Deno.test("read() does not run in circles between regions", async () => {
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
  const error = await assertRejects(() => stubSource(store).read("a.txt"), ServiceError, "the store answered 307");
  assertEquals([error.code, store.requests.length], ["Redirect", 1]);
});

Deno.test("read() does not let a region name lead to another host", async () => {
  const headers = { "x-amz-bucket-region": "evil.test/" };
  const store = stubFetch(s3Error(301, "PermanentRedirect", { headers }));
  await assertRejects(() => stubSource(store).read("a.txt"), ServiceError);
  assertEquals(store.requests.length, 1);
});

Deno.test("read() takes over the store's time when the clock is wrong", async () => {
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

Deno.test("a listener that fails, at once or later, changes nothing", async () => {
  const onEvent = async () => {
    await Promise.resolve();
    throw new Error("the listener failed");
  };
  const source = stubSource(stubFetch(s3Object("hello")), {}, { onEvent });
  assertEquals(await text(source.read("a.txt")), "hello");
});

Deno.test("upload() is not failed by an onProgress that throws", async () => {
  const source = stubSource(stubFetch(new Response("")));
  const onProgress = () => {
    throw new Error("the listener failed");
  };
  assertEquals((await source.upload("a.txt", "hello", { onProgress })).size, 5);
});

Deno.test("a fetch that throws at once is an error of the connection, without the URL", async () => {
  const fetch = (url: unknown): never => {
    throw new TypeError(`cannot fetch ${url}?secret`);
  };
  const source = stubSource({ fetch, requests: [] }, {}, { retry: { maxAttempts: 1 } });
  const error = await assertRejects(() => source.read("a.txt"), ServiceError, "the connection failed");
  assertEquals(Deno.inspect(error).includes("secret"), false);
});

Deno.test("a 404 that is not S3's does not look like a missing file", async () => {
  const source = stubSource(stubFetch(new Response("<html>Not here", { status: 404 })));
  await assertRejects(() => source.upload("a.txt", "x"), ServiceError, "the store answered 404");
  await assertRejects(() => source.list(), ServiceError, "the store answered 404");
  await assertRejects(() => source.delete("a.txt"), ServiceError, "the store answered 404");
});

Deno.test("a store's odd codes and ids are not shown", async () => {
  const odd = "\u001b[31mAuthorization: AWS4".repeat(99);
  const headers = { "x-amz-request-id": "id with spaces" };
  const source = stubSource(stubFetch(s3Error(403, odd, { headers })));
  const error = await assertRejects(() => source.read("a.txt"), ServiceError);
  assertEquals([error.code, error.requestId], ["UnexpectedStatus", "R1"]);
  assertEquals(Deno.inspect(error).includes("AWS4"), false);
});

Deno.test("stat() learns why HEAD was refused from a GET of one byte", async () => {
  const store = stubFetch(new Response(null, { status: 403 }), s3Error(403, "SignatureDoesNotMatch"));
  const error = await assertRejects(() => stubSource(store).stat("a.txt"), ServiceError, "SignatureDoesNotMatch");
  assertEquals(error.code, "SignatureDoesNotMatch");
  assertEquals(store.requests.map(({ method, headers }) => [method, headers.get("range")]), [
    ["HEAD", null],
    ["GET", "bytes=0-0"],
  ]);
});

for (const [kind, answer] of [["a file", s3Object("x")], ["an empty file", s3Error(416, "InvalidRange")]] as const) {
  Deno.test(`stat() of ${kind} tries again when HEAD was refused, but not a GET of one byte`, async () => {
    const head = new Response(null, { headers: { "content-length": "0" } });
    const store = stubFetch(new Response(null, { status: 403 }), answer, head);
    assertEquals((await stubSource(store).stat("a.txt"))?.size, 0);
    assertEquals(store.requests.map(({ method }) => method), ["HEAD", "GET", "HEAD"]);
  });
}

Deno.test("read() refreshes rejected credentials once and repeats with the new grant", async () => {
  let grants = 0;
  const store = stubFetch((request) => {
    if (request.url === "https://broker.test/") {
      grants++;
      return brokerReply({ AccessKeyId: `KEY-${grants}`, S3Folder: `s3://bucket-${grants}/folder/` });
    }
    return request.url.includes("bucket-1") ? s3Error(400, "ExpiredToken") : s3Object("hello");
  });
  const source = createS3Source({ credentialsUrl: "https://broker.test/", credentialsUrlSecret: "s" }, {
    fetch: store.fetch,
  });
  assertEquals(await Promise.all([1, 2, 3].map(() => text(source.read("a.txt")))), ["hello", "hello", "hello"]);
  assertEquals(grants, 2);
});

Deno.test("read() ends in CredentialsExpiredError when refreshed credentials are rejected too", async () => {
  const store = stubFetch((request) =>
    request.url === "https://broker.test/"
      ? brokerReply({ SessionToken: crypto.randomUUID() })
      : s3Error(400, "ExpiredToken")
  );
  const source = createS3Source({ credentialsUrl: "https://broker.test/", credentialsUrlSecret: "s" }, {
    fetch: store.fetch,
  });
  await assertRejects(
    () => source.read("a.txt"),
    CredentialsExpiredError,
    'Cannot read "a.txt": the credentials have expired',
  );
  assertEquals(store.requests.length, 4);
});

Deno.test("read() does not refresh after AccessDenied", async () => {
  const store = stubFetch(brokerReply(), s3Error(403, "AccessDenied"));
  const source = createS3Source({ credentialsUrl: "https://broker.test/", credentialsUrlSecret: "s" }, {
    fetch: store.fetch,
  });
  await assertRejects(() => source.read("a.txt"), AccessDeniedError);
  assertEquals(store.requests.length, 2);
});

Deno.test("errors and events carry neither keys nor what the store repeats of the request", async () => {
  const extra = "<CanonicalRequest>x-amz-security-token:token-canary</CanonicalRequest>";
  const message = "token-canary and secret-key-canary";
  const events: S3SourceEvent[] = [];
  const store = stubFetch(
    new TypeError("failed: https://store.test/?X-Amz-Signature=query-canary"),
    s3Error(403, "SignatureDoesNotMatch", { message, extra }),
  );
  const source = stubSource(store, { sessionToken: "token-canary" }, { onEvent: (event) => events.push(event) });
  const error = await assertRejects(() => source.read("a.txt"), ServiceError);
  assertEquals(`${Deno.inspect(error)} ${JSON.stringify(events)} ${Deno.inspect(source)}`.match(/\S*canary/g), null);
});
