import { assertEquals, assertRejects } from "@std/assert";
import { stub } from "@std/testing/mock";
import { FakeTime } from "@std/testing/time";
import {
  AccessDeniedError,
  PreconditionFailedError,
  type S3SourceError,
  type S3SourceEvent,
  ServiceError,
} from "../../mod.ts";
import { isTransient, parseRetryAfter, retryDelayMs } from "../../src/s3/retry.ts";
import { s3Error, s3Object, stubFetch, stubSource } from "../support/stub_fetch.ts";

const text = async (bytes: Promise<Uint8Array>) => new TextDecoder().decode(await bytes);

for (
  const [name, response] of [
    ["a broken connection", new TypeError("connection reset")],
    ["500", s3Error(500, "InternalError")],
    ["503", s3Error(503, "SlowDown")],
    ["429", new Response("", { status: 429 })],
    ["400 RequestTimeout", s3Error(400, "RequestTimeout")],
    ["a body that breaks off", () => new Response(brokenBody(), { headers: { "content-length": "5" } })],
    ["a body shorter than announced", () => new Response("hell", { headers: { "content-length": "5" } })],
  ] as const
) {
  Deno.test(`read() retries after ${name}`, async () => {
    const store = stubFetch(response, s3Object("hello"));
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
  const [name, status, code] of [
    ["a bad gateway", 502, "BadGateway"],
    ["an operation that another one stopped", 409, "OperationAborted"],
    ...[408, 425, 429, 500, 503, 504, 509, 520, 521, 522, 523, 524].map((status) =>
      [`${status}`, status, "Some"] as const
    ),
  ] as const
) {
  Deno.test(`read() retries after ${name} (${code})`, async () => {
    const store = stubFetch(s3Error(status, code), s3Object("hello"));
    const source = stubSource(store, {}, { retry: { baseDelayMs: 0 } });
    assertEquals(new TextDecoder().decode(await source.read("a.txt")), "hello");
    assertEquals(store.requests.length, 2);
  });
}

for (
  const [status, code, type] of [
    [403, "AccessDenied", AccessDeniedError],
    [412, "PreconditionFailed", PreconditionFailedError],
    [400, "InvalidRequest", ServiceError],
    [404, "NoSuchBucket", ServiceError],
    [501, "NotImplemented", ServiceError],
  ] as const
) {
  Deno.test(`read() does not retry after ${status} ${code}`, async () => {
    const store = stubFetch(s3Error(status, code, { message: "no &amp; never" }));
    const reading = () => stubSource(store).read("a.txt");
    const error = await assertRejects<S3SourceError>(reading, type, 'Cannot read "a.txt": ');
    assertEquals(store.requests.length, 1);
    assertEquals([error.status, error.path, error.requestId], [status, "a.txt", "R1"]);
  });
}

for (const code of ["ConditionalRequestConflict", "OperationAborted"]) {
  Deno.test(`upload() retries a condition after 409 ${code}`, async () => {
    const store = stubFetch(s3Error(409, code), new Response(null, { headers: { etag: '"new"' } }));
    assertEquals((await stubSource(store).upload("a.txt", "x", { ifMatch: '"old"' })).etag, '"new"');
    assertEquals(store.requests.map(({ headers }) => headers.get("if-match")), ['"old"', '"old"']);
  });
}

Deno.test("upload() reports a 409 that stays as a failed condition", async () => {
  const other = new Response(null, { headers: { etag: '"other"', "content-length": "5" } });
  const conflict = s3Error(409, "ConditionalRequestConflict");
  const store = stubFetch(({ method }) => (method === "HEAD" ? other : conflict).clone());
  const uploading = () => stubSource(store).upload("a.txt", "x", { ifNoneMatch: "*" });
  const error = await assertRejects(uploading, PreconditionFailedError, "ConditionalRequestConflict");
  assertEquals([error.code, store.requests.length], ["ConditionalRequestConflict", 6]);
});

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

Deno.test("parseRetryAfter() reads seconds and dates, and ignores anything else", () => {
  const nowMs = Date.UTC(2030, 0, 1);
  assertEquals(parseRetryAfter("2", nowMs), 2_000);
  assertEquals(parseRetryAfter("Tue, 01 Jan 2030 00:00:03 GMT", nowMs), 3_000);
  const others = ["Mon, 31 Dec 2029 23:59:59 GMT", "soon", "-1", "", null];
  assertEquals(others.map((value) => parseRetryAfter(value, nowMs)), [0, 0, 0, 0, 0]);
});

Deno.test("retryDelayMs() is random below a bound that doubles up to maxDelayMs", () => {
  const policy = { maxAttempts: 9, baseDelayMs: 100, maxDelayMs: 350 };
  const random = Math.random;
  try {
    Math.random = () => 1;
    assertEquals([1, 2, 3, 4].map((attempt) => retryDelayMs(attempt, policy)), [100, 200, 350, 350]);
    Math.random = () => 0.5;
    assertEquals(retryDelayMs(2, policy), 100);
    assertEquals([retryDelayMs(1, policy, 300), retryDelayMs(1, policy, 20)], [300, 50]);
    assertEquals(retryDelayMs(1, policy, 5_000), 350);
  } finally {
    Math.random = random;
  }
});

for (
  const [code, isRetried] of [
    ["NetworkError", true],
    ["InvalidResponse", true],
    ["ShortBody", true],
    ["SlowDown", true],
    ["RequestTimeout", true],
    ["InternalError", true],
    ["OperationAborted", true],
    ["ServiceUnavailable", true],
    ["BadDigest", true],
    ["XAmzContentSHA256Mismatch", true],
    ["InvalidDigest", false],
    ["ConditionalRequestConflict", true],
    ["AnswerTooLarge", false],
  ] as const
) {
  Deno.test(`isTransient() is ${isRetried} for ${code}`, () => {
    assertEquals(isTransient(new ServiceError("", { code })), isRetried);
    assertEquals(isTransient(new ServiceError("", { code, status: 400 })), isRetried);
  });
}

Deno.test("isTransient() is false for a refusal, even with a status that is otherwise retried", () => {
  assertEquals(isTransient(new ServiceError("", { code: "XMinioStorageFull", status: 500 })), false);
  assertEquals(isTransient(new TypeError()), false);
});

Deno.test("a retry is an event, with the code of the error", async () => {
  using _random = stub(Math, "random", () => 0);
  const events: S3SourceEvent[] = [];
  const failures = [s3Error(503, "SlowDown"), new TypeError("connection reset"), s3Object("hello")];
  const source = stubSource(stubFetch(...failures), {}, { onEvent: (event) => events.push(event) });
  await source.read("a.txt");
  const retry = { type: "retry", operation: "GetObject", path: "a.txt", delayMs: 0 } as const;
  assertEquals(events.filter(({ type }) => type === "retry"), [
    { ...retry, attempt: 1, code: "SlowDown" },
    { ...retry, attempt: 2, code: "NetworkError" },
  ]);
});
