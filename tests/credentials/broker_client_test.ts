import { assertEquals, assertInstanceOf, assertRejects, assertStringIncludes } from "@std/assert";
import { stub } from "@std/testing/mock";
import { FakeTime } from "@std/testing/time";
import {
  createS3Source,
  CredentialsError,
  type S3Source,
  type S3SourceConfig,
  type S3SourceEvent,
  TimeoutError,
} from "../../mod.ts";
import { createBrokerClient } from "../../src/credentials/broker_client.ts";
import { createClock } from "../../src/s3/clock.ts";
import { printFigures } from "../support/figures.ts";
import { brokerReply, hang, type StubFetch, stubFetch } from "../support/stub_fetch.ts";

const BROKER = "https://broker.test/credentials";
const NOW = Date.parse("2030-01-01T00:00:00Z");

function brokerSource(broker: StubFetch, config: S3SourceConfig = {}): S3Source {
  return createS3Source(
    { credentialsUrl: BROKER, credentialsUrlSecret: "secret value", ...config },
    { fetch: broker.fetch, now: () => NOW },
  );
}

Deno.test("createS3Source() posts the secret as a form", async () => {
  const broker = stubFetch(brokerReply());
  await brokerSource(broker).connect();
  const [request] = broker.requests;
  assertEquals(request?.method, "POST");
  assertEquals(request?.url, BROKER);
  assertEquals(request?.body, "secret=secret+value");
  assertEquals(request?.headers.get("content-type"), "application/x-www-form-urlencoded");
  assertEquals(request?.headers.get("accept"), "application/json");
  assertEquals(request?.init.redirect, "manual");
});

Deno.test("createS3Source() encodes every character of a secret", async () => {
  const broker = stubFetch(brokerReply());
  await brokerSource(broker, { credentialsUrlSecret: "a&b=c+ü%\n" }).connect();
  assertEquals(broker.requests[0]?.body, "secret=a%26b%3Dc%2B%C3%BC%25%0A");
});

Deno.test("createS3Source() uses the global fetch by default", async () => {
  using fetched = stub(globalThis, "fetch", () => Promise.resolve(brokerReply()));
  const source = createS3Source({ credentialsUrl: BROKER, credentialsUrlSecret: "s" }, { now: () => NOW });
  assertEquals((await source.connect()).bucket, "granted");
  assertEquals(fetched.calls.length, 1);
});

for (
  const [folder, bucket, prefix] of [
    ["s3://granted/folder/", "granted", "folder/"],
    ["s3://granted/folder", "granted", "folder/"],
    ["s3://granted", "granted", ""],
    ["s3://granted/a/b/c/", "granted", "a/b/c/"],
  ] as const
) {
  Deno.test(`connect() takes bucket and prefix from the S3Folder ${folder}, not from the configuration`, async () => {
    const broker = stubFetch(brokerReply({ S3Folder: folder }));
    const connection = await brokerSource(broker, { bucket: "configured", prefix: "elsewhere" }).connect();
    assertEquals(connection, {
      bucket,
      prefix,
      region: "us-east-1",
      endpoint: "https://s3.us-east-1.amazonaws.com",
      expiresAt: new Date("2030-01-01T00:15:00Z"),
    });
  });
}

const redirect = new Response("", { status: 307, headers: { location: "https://evil.test/" } });
const failures: [name: string, answer: Response, message: string, code: string, status?: number][] = [
  ["404", new Response("secret value", { status: 404 }), "it answered 404", "BrokerFailed", 404],
  [
    "403",
    new Response("secret value", { status: 403 }),
    "it refuses the secret with 403; is credentialsUrlSecret correct?",
    "BrokerRefused",
    403,
  ],
  ["201", new Response(brokerReply().body, { status: 201 }), "it answered 201", "BrokerFailed", 201],
  ["a redirect", redirect, "it redirects", "BrokerFailed", 307],
  ["HTML", new Response("<html>"), "it is not JSON, but text/plain", "InvalidReply"],
  ["truncated JSON", new Response('{"AccessKeyId": "AKID"'), "it is not JSON", "InvalidReply"],
  [
    "a missing field",
    brokerReply({ SessionToken: undefined }),
    '"SessionToken" of the broker\'s reply',
    "InvalidReply",
  ],
  ["a bad Expiration", brokerReply({ Expiration: "soon" }), '"Expiration"', "InvalidReply"],
  ["a bad S3Folder", brokerReply({ S3Folder: "s3://granted/../x/" }), "S3Folder", "InvalidReply"],
  ["more than 64 KiB", brokerReply({ padding: "x".repeat(64 * 1024) }), "larger than 64 KiB", "InvalidReply"],
  [
    "more than 64 KiB without Content-Length",
    new Response(new Blob(["{" + " ".repeat(1024 * 1024)]).stream()),
    "its reply is larger than 64 KiB",
    "InvalidReply",
  ],
];
for (const [name, answer, message, code, status] of failures) {
  Deno.test(`connect() refuses ${name} from a broker, and asks once`, async () => {
    const broker = stubFetch(() => answer);
    const error = await assertRejects(() => brokerSource(broker).connect(), CredentialsError, message);
    assertEquals(broker.requests.length, 1);
    assertEquals([error.code, error.status], [code, status]);
    assertEquals(Deno.inspect(error).includes("secret value"), false);
  });
}

Deno.test("connect() accepts a reply of exactly 64 KiB", async () => {
  const { length } = await brokerReply({ padding: "" }).text();
  const broker = stubFetch(brokerReply({ padding: "x".repeat(64 * 1024 - length) }));
  assertEquals((await brokerSource(broker).connect()).bucket, "granted");
});

Deno.test("connect() names the redirect that a browser hides", async () => {
  const hidden = Object.defineProperty(new Response(null), "status", { value: 0 });
  const error = await assertRejects(
    () => brokerSource(stubFetch(() => hidden)).connect(),
    CredentialsError,
    "it redirects",
  );
  assertEquals(error.code, "BrokerFailed");
});

Deno.test("a broker's redirect sends nothing to its target", async () => {
  let targetBytes = 0;
  const target = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepting = (async () => {
    for await (const connection of target) {
      targetBytes += await connection.read(new Uint8Array(1024)) ?? 0;
      connection.close();
    }
  })();
  const location = `http://127.0.0.1:${(target.addr as Deno.NetAddr).port}/`;
  for (const status of [301, 302, 303, 307, 308]) {
    const broker = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      () => new Response(null, { status, headers: { location } }),
    );
    const credentialsUrl = `http://127.0.0.1:${broker.addr.port}/`;
    const source = createS3Source({ credentialsUrl, credentialsUrlSecret: "s" });
    await assertRejects(() => source.connect(), CredentialsError, "it redirects, which is not followed");
    await broker.shutdown();
  }
  target.close();
  await accepting;
  printFigures("Redirects of the broker", { tried: 5, "bytes the target received": targetBytes });
  assertEquals(targetBytes, 0);
});

Deno.test("connect() refuses credentials that have expired when they arrive", async () => {
  const broker = stubFetch(brokerReply({ Expiration: "2029-12-31T23:59:59Z" }));
  const error = await assertRejects(
    () => brokerSource(broker).connect(),
    Error,
    "they had already expired when they arrived",
  );
  assertEquals(Reflect.get(error, "code"), "CredentialsExpired");
});

Deno.test("connect() retries once after a 503 while the caller waits", async () => {
  const broker = stubFetch(new Response("", { status: 503 }), brokerReply());
  assertEquals((await brokerSource(broker).connect()).bucket, "granted");
  assertEquals(broker.requests.length, 2);
});

for (const [takenMs, expected] of [[4_000, 5_000], [8_000, 2_000], [10_000, undefined]] as const) {
  Deno.test(`connect() gives its retry ${expected ?? "no"} ms after a first try of ${takenMs} ms`, async () => {
    using time = new FakeTime(NOW);
    let aheadMs = 0;
    const broker = stubFetch(() => {
      aheadMs += takenMs;
      return new Response("", { status: 503 });
    }, hang);
    const source = createS3Source(
      { credentialsUrl: BROKER, credentialsUrlSecret: "s" },
      { fetch: broker.fetch, now: () => Date.now() + aheadMs },
    );
    const message = expected === undefined ? "it answered 503" : `it did not answer within ${expected} ms`;
    const failed = assertRejects(() => source.connect(), CredentialsError, message);
    await time.tickAsync(5_000);
    await failed;
    assertEquals(broker.requests.length, expected === undefined ? 1 : 2);
  });
}

Deno.test("createBrokerClient() stops as soon as the signal aborts, and does not retry", async () => {
  const { promise: sent, resolve: onSent } = Promise.withResolvers<void>();
  const broker = stubFetch((request) => {
    onSent();
    return hang(request);
  });
  const client = createBrokerClient({
    url: BROKER,
    secret: "s",
    fetch: broker.fetch,
    clock: createClock(() => NOW),
    emit: undefined,
  });
  const controller = new AbortController();
  const failed = assertRejects(() => client({ signal: controller.signal, isUrgent: true }), CredentialsError, "enough");
  await sent;
  controller.abort(new TimeoutError("enough"));
  await failed;
  assertEquals(broker.requests.length, 1);
});

Deno.test("connect() adopts the time of a broker that is behind this machine, with a warning", async () => {
  const reply = brokerReply({ Expiration: "2030-01-01T00:00:00Z" });
  reply.headers.set("date", "Mon, 31 Dec 2029 23:45:00 GMT");
  const events: S3SourceEvent[] = [];
  const source = createS3Source(
    { credentialsUrl: BROKER, credentialsUrlSecret: "s" },
    { fetch: stubFetch(reply).fetch, now: () => NOW, onEvent: (event) => events.push(event) },
  );
  assertEquals((await source.connect()).expiresAt, new Date("2030-01-01T00:00:00Z"));
  assertEquals(events[0], {
    type: "warning",
    code: "ClockSkew",
    message: "The clock is 900 s ahead of the broker's, whose time is used from now on",
  });
});

for (
  const [name, body, said] of [
    ["JSON", '{"code":"Busy","message":"no keys before 12:00"}', " (no keys before 12:00)"],
    ["a page", "<html><title>502 Bad Gateway</title>", " (502 Bad Gateway)"],
    ["nothing", "", ""],
    ["its secret, percent-encoded", "we saw canary%2Bsecret%20x", " (we saw [secret])"],
    ["its secret in Base64", `we saw ${btoa("canary+secret x")}`, " (we saw [secret])"],
    ["its secret in JSON", '{"message":"we saw \\"canary+secret x\\""}', ' (we saw "[secret]")'],
  ] as const
) {
  Deno.test(`connect() has what a failing broker says in ${name}`, async () => {
    const { fetch } = stubFetch(new Response(body, { status: 500 }));
    const source = createS3Source({ credentialsUrl: BROKER, credentialsUrlSecret: "canary+secret x" }, { fetch });
    const { message } = await assertRejects(() => source.connect(), CredentialsError);
    assertEquals(message, `Cannot get credentials from the broker at broker.test: it answered 500${said}`);
  });
}

Deno.test("connect() fails if the broker cannot be reached, without showing its URL", async () => {
  const broker = stubFetch(new TypeError(`error sending request for url (${BROKER}?token=canary)`));
  const error = await assertRejects(() => brokerSource(broker).connect(), CredentialsError, "broker.test");
  assertEquals(error.code, "BrokerUnreachable");
  assertInstanceOf(error.cause, Error);
  assertStringIncludes(error.cause.message, "error sending request for url (https://broker.test/…)");
  assertEquals(Deno.inspect(error).includes("canary"), false);
});

Deno.test("connect() fails after 10 seconds with a broker that hangs", async () => {
  using time = new FakeTime(NOW);
  const broker = stubFetch(hang);
  const source = createS3Source({ credentialsUrl: BROKER, credentialsUrlSecret: "s" }, { fetch: broker.fetch });
  const failed = assertRejects(() => source.connect(), CredentialsError, "it did not answer within 5000 ms");
  await time.tickAsync(9_999);
  assertEquals(broker.requests.length, 2);
  await time.tickAsync(1);
  assertEquals((await failed).code, "BrokerUnreachable");
});

Deno.test("a source works although the broker answers 404 at first", async () => {
  const store = stubFetch(
    new Response("", { status: 404 }),
    brokerReply(),
    new Response("hello", { headers: { "content-length": "5", etag: '"t"' } }),
  );
  const source = brokerSource(store);
  await assertRejects(() => source.connect(), CredentialsError, "it answered 404");
  assertEquals(new TextDecoder().decode(await source.read("a.txt")), "hello");
  assertEquals(store.requests[2]?.url, "https://granted.s3.us-east-1.amazonaws.com/folder/a.txt");
  assertEquals(store.requests[2]?.headers.get("x-amz-security-token"), "broker-session-token");
});
