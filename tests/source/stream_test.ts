import { assert, assertEquals, assertRejects } from "@std/assert";
import { stub } from "@std/testing/mock";
import { FakeTime } from "@std/testing/time";
import { AccessDeniedError, IntegrityError, PreconditionFailedError, ServiceError } from "../../mod.ts";
import { s3Error, s3Object, type SentRequest, stubFetch, stubSource } from "../support/stub_fetch.ts";

const HELLO = "hello, wide world";

/** A store that has {@link HELLO} and honours `Range`; each body breaks off after so many bytes. */
function breakingStore(breaksAfter: number, headers: Record<string, string> = {}) {
  return stubFetch(({ headers: sent }: SentRequest) => {
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(sent.get("range") ?? "") ?? [];
    const offset = Number(first ?? 0);
    const rest = HELLO.slice(offset, last === undefined ? undefined : Number(last) + 1);
    const answer = { "content-length": String(rest.length), etag: '"tag"', ...headers };
    const range = { "content-range": `bytes ${offset}-${offset + rest.length - 1}/${HELLO.length}` };
    return new Response(bodyThatBreaks(rest, breaksAfter), {
      status: first === undefined ? 200 : 206,
      headers: first === undefined ? answer : { ...answer, ...range },
    });
  });
}

function bodyThatBreaks(text: string, breaksAfter: number): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  let given = false;
  return new ReadableStream({
    pull(controller) {
      if (!given) controller.enqueue(bytes.subarray(0, breaksAfter));
      else if (bytes.byteLength <= breaksAfter) controller.close();
      else controller.error(new TypeError("connection reset"));
      given = true;
    },
  }, { highWaterMark: 0 });
}

Deno.test("stream() resumes after the last byte, pinned to the same content", async () => {
  const store = breakingStore(5);
  const { body, info, range } = await stubSource(store).stream("a.txt");
  assertEquals(await new Response(body).text(), HELLO);
  assertEquals([info.size, info.etag, range], [17, '"tag"', { offset: 0, length: 17 }]);
  assertEquals(store.requests.map(({ headers }) => [headers.get("range"), headers.get("if-match")]), [
    [null, null],
    ["bytes=5-16", '"tag"'],
    ["bytes=10-16", '"tag"'],
    ["bytes=15-16", '"tag"'],
  ]);
});

Deno.test("stream() resumes within the requested range", async () => {
  const store = breakingStore(4);
  const { body, info, range } = await stubSource(store).stream("a.txt", { range: { offset: 7, length: 6 } });
  assertEquals(await new Response(body).text(), "wide w");
  assertEquals([info.size, range], [17, { offset: 7, length: 6 }]);
  assertEquals(store.requests.map(({ headers }) => headers.get("range")), ["bytes=7-12", "bytes=11-12"]);
});

Deno.test("stream() never mixes two versions of a file", async () => {
  const first = breakingStore(5);
  const store = stubFetch((request) => first.fetch(request.url, request.init), s3Error(412, "PreconditionFailed"));
  const { body } = await stubSource(store).stream("a.txt");
  await assertRejects(() => new Response(body).text(), PreconditionFailedError, 'Cannot read "a.txt"');
});

Deno.test("stream() does not resume without an etag", async () => {
  const store = breakingStore(5, { etag: "" });
  const { body } = await stubSource(store).stream("a.txt");
  await assertRejects(() => new Response(body).text(), ServiceError, 'Cannot read "a.txt": the connection failed');
  assertEquals(store.requests.length, 1);
});

Deno.test("stream() reports a body that ends short without an error", async () => {
  const short = () => new Response("hell", { headers: { "content-length": "5" } });
  const { body } = await stubSource(stubFetch(short)).stream("a.txt");
  await assertRejects(() => new Response(body).text(), IntegrityError, "4 bytes arrived of 5");
});

Deno.test("stream() reports a body that is longer than announced", async () => {
  const long = () => new Response("hello!", { headers: { "content-length": "5", etag: '"tag"' } });
  const { body } = await stubSource(stubFetch(long)).stream("a.txt");
  await assertRejects(() => new Response(body).text(), IntegrityError, "6 bytes arrived of 5");
});

Deno.test("stream() counts only the tries without progress", async () => {
  const store = breakingStore(5);
  const { body } = await stubSource(store, {}, { retry: { maxAttempts: 2, baseDelayMs: 0 } }).stream("a.txt");
  assertEquals(await new Response(body).text(), HELLO);
  assertEquals(store.requests.length, 4);
});

Deno.test("stream() gives up when no try makes progress", async () => {
  const store = breakingStore(0);
  const { body } = await stubSource(store, {}, { retry: { maxAttempts: 3, baseDelayMs: 0 } }).stream("a.txt");
  await assertRejects(() => new Response(body).text(), ServiceError, "the connection failed");
  assertEquals(store.requests.length, 3);
});

Deno.test("stream() reads nothing before it is asked to, and closes the connection when it is cancelled", async () => {
  let pulls = 0;
  let cancelled = false;
  const body = new ReadableStream({
    pull(controller) {
      pulls++;
      controller.enqueue(new Uint8Array(1));
    },
    cancel: () => void (cancelled = true),
  }, { highWaterMark: 0 });
  const store = stubFetch(() => new Response(body, { headers: { "content-length": "9", etag: '"t"' } }));
  const streamed = await stubSource(store).stream("a.txt");
  assertEquals(pulls, 0);
  const reader = streamed.body.getReader();
  await reader.read();
  await reader.cancel();
  assertEquals([pulls, cancelled], [1, true]);
});

Deno.test("stream() ends with the caller's reason when it is aborted in the middle", async () => {
  const controller = new AbortController();
  const store = stubFetch(() =>
    new Response(new ReadableStream(), { headers: { "content-length": "9", etag: '"t"' } })
  );
  const { body } = await stubSource(store).stream("a.txt", { signal: controller.signal });
  const failed = assertRejects(() => new Response(body).text(), RangeError, "enough");
  controller.abort(new RangeError("enough"));
  await failed;
});

Deno.test("stream() refuses a response that ignores the range, at once", async () => {
  const fetch = stubFetch(s3Object(HELLO));
  const error = await assertRejects(() => stubSource(fetch).stream("a.txt", { range: { offset: 3 } }), ServiceError);
  assertEquals(error.message, 'Cannot read "a.txt": the store ignores the range, and sent the whole file');
  assertEquals(error.code, "RangeIgnored");
});

Deno.test("stream() that is cancelled while it waits to resume opens no other connection", async () => {
  using time = new FakeTime();
  using _random = stub(Math, "random", () => 0.5);
  const store = breakingStore(5);
  const source = stubSource(store, {}, { retry: { baseDelayMs: 1_000 } });
  const reader = (await source.stream("a.txt")).body.getReader();
  await reader.read();
  const pending = reader.read();
  await time.tickAsync(499);
  await reader.cancel();
  await pending;
  await time.runAllAsync();
  assertEquals(store.requests.length, 1);
});

Deno.test("stream() does not resume with another content from a store that ignores If-Match", async () => {
  const first = breakingStore(5);
  const other = breakingStore(99, { etag: '"other"' });
  let count = 0;
  const store = stubFetch((request) => (count++ === 0 ? first : other).fetch(request.url, request.init));
  const { body } = await stubSource(store).stream("a.txt");
  await assertRejects(() => new Response(body).text(), PreconditionFailedError, "it has changed meanwhile");
});

Deno.test("stream() rejects with what the store refused", async () => {
  await assertRejects(() => stubSource(stubFetch(s3Error(403, "AccessDenied"))).stream("a.txt"), AccessDeniedError);
});

Deno.test("stream() ends in an IntegrityError when the whole file does not match its checksum", async () => {
  const headers = { "x-amz-checksum-sha256": "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=" };
  const streamed = async (content: string) =>
    await new Response((await stubSource(stubFetch(s3Object(content, headers))).stream("a.txt")).body).text();
  assertEquals(await streamed("hello"), "hello");
  await assertRejects(() => streamed("hellO"), IntegrityError, "the bytes do not match the stored checksum");
});

Deno.test("stream() that is aborted in the pause before it resumes rejects at once, and asks for nothing", async () => {
  using time = new FakeTime();
  using _random = stub(Math, "random", () => 1);
  const store = breakingStore(5);
  const controller = new AbortController();
  const source = stubSource(store, {}, { retry: { baseDelayMs: 10_000, maxDelayMs: 10_000 } });
  const { body } = await source.stream("a.txt", { signal: controller.signal });
  const reader = body.getReader();
  await reader.read();
  const next = assertRejects(() => reader.read(), Error, "enough");
  await time.tickAsync(5_000);
  controller.abort(new Error("enough"));
  // Without the time that is left of the pause.
  await time.tickAsync(0);
  await next;
  assertEquals(store.requests.length, 1);
});

const MOD = new URL("../../mod.ts", import.meta.url).href;

/** Reads nothing, or the first chunk, of a stream, and leaves it. */
const CHILD = `
  import { createS3Source } from "${MOD}";
  const [endpointUrl, chunks] = Deno.args;
  const source = createS3Source({ endpointUrl, bucket: "media", accessKeyId: "a", secretAccessKey: "b" });
  const { info, body } = await source.stream("large.bin");
  const reader = body.getReader();
  for (let count = 0; count < Number(chunks); count++) await reader.read();
  console.log(info.size);
`;

for (const chunks of [0, 1]) {
  Deno.test(`stream() does not keep a process alive that leaves it after ${chunks} chunks`, async () => {
    const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => {
      const body = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(65_536)) });
      return new Response(body, { headers: { "content-length": String(1024 ** 3), etag: '"1"' } });
    });
    const began = performance.now();
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", "--quiet", "--no-lock", CHILD, `http://127.0.0.1:${server.addr.port}`, String(chunks)],
    }).output();
    // The time limits are 30 seconds each.
    assert(performance.now() - began < 20_000);
    assertEquals([code, new TextDecoder().decode(stdout)], [0, "1073741824\n"]);
    await server.shutdown();
  });
}
