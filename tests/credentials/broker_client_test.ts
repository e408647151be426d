import { assertEquals, assertInstanceOf, assertRejects, assertStringIncludes } from "@std/assert";
import { stub } from "@std/testing/mock";
import { FakeTime } from "@std/testing/time";
import { BrokerError, createS3Source, type S3Source, type S3SourceConfig } from "../../mod.ts";
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
      expiration: new Date("2030-01-01T00:15:00Z"),
    });
  });
}

const failures: [name: string, answer: Response, message: string, status?: number][] = [
  ["404", new Response("secret value", { status: 404 }), "it answered 404", 404],
  ["403", new Response("secret value", { status: 403 }), "it answered 403", 403],
  ["a redirect", new Response("", { status: 307, headers: { location: "https://evil.test/" } }), "it redirects", 307],
  ["HTML", new Response("<html>"), "it is not JSON"],
  ["truncated JSON", new Response('{"AccessKeyId": "AKID"'), "it is not JSON"],
  ["a missing field", brokerReply({ SessionToken: undefined }), '"SessionToken" of the broker\'s reply: it is missing'],
  ["a bad Expiration", brokerReply({ Expiration: "soon" }), '"Expiration"'],
  ["a bad S3Folder", brokerReply({ S3Folder: "s3://granted/../x/" }), "S3Folder"],
  ["more than 64 KiB", brokerReply({ padding: "x".repeat(64 * 1024) }), "its reply is larger than 64 KiB"],
  [
    "more than 64 KiB without Content-Length",
    new Response(new Blob(["{" + " ".repeat(1024 * 1024)]).stream()),
    "its reply is larger than 64 KiB",
  ],
];
for (const [name, answer, message, status] of failures) {
  Deno.test(`connect() refuses ${name} from a broker, and asks once`, async () => {
    const broker = stubFetch(() => answer);
    const error = await assertRejects(() => brokerSource(broker).connect(), BrokerError, message);
    assertEquals(broker.requests.length, 1);
    assertEquals(error.status, status);
    assertEquals(Deno.inspect(error).includes("secret value"), false);
  });
}

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
    await assertRejects(() => source.connect(), BrokerError, "it redirects, which is not followed");
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

Deno.test("connect() fails if the broker cannot be reached, without showing its URL", async () => {
  const broker = stubFetch(new TypeError(`error sending request for url (${BROKER}?token=canary)`));
  const error = await assertRejects(() => brokerSource(broker).connect(), BrokerError, "broker.test");
  assertInstanceOf(error.cause, Error);
  assertStringIncludes(error.cause.message, "error sending request for url (URL)");
  assertEquals(Deno.inspect(error).includes("canary"), false);
});

Deno.test("connect() fails after 10 seconds with a broker that hangs", async () => {
  using time = new FakeTime(NOW);
  const broker = stubFetch(hang);
  const source = createS3Source({ credentialsUrl: BROKER, credentialsUrlSecret: "s" }, { fetch: broker.fetch });
  const failed = assertRejects(() => source.connect(), BrokerError, "it did not answer within 5000 ms");
  await time.tickAsync(9_999);
  assertEquals(broker.requests.length, 2);
  await time.tickAsync(1);
  await failed;
});

Deno.test("a source works although the broker answers 404 at first", async () => {
  const store = stubFetch(
    new Response("", { status: 404 }),
    brokerReply(),
    new Response("hello", { headers: { "content-length": "5", etag: '"t"' } }),
  );
  const source = brokerSource(store);
  await assertRejects(() => source.connect(), BrokerError, "it answered 404");
  assertEquals(new TextDecoder().decode(await source.read("a.txt")), "hello");
  assertEquals(store.requests[2]?.url, "https://granted.s3.us-east-1.amazonaws.com/folder/a.txt");
  assertEquals(store.requests[2]?.headers.get("x-amz-security-token"), "broker-session-token");
});
