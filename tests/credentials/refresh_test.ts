import { assertEquals, assertRejects } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import {
  BrokerError,
  ConfigError,
  createS3Source,
  CredentialsExpiredError,
  type S3Source,
  ServiceError,
} from "../../mod.ts";
import {
  brokerReply,
  hang,
  KEYS,
  s3Error,
  s3Object,
  type SentRequest,
  type StubFetch,
  stubFetch,
} from "../support/stub_fetch.ts";

const START = Date.parse("2030-01-01T00:00:00Z");
const MINUTE = 60_000;

/** A broker whose n-th reply has the key id `KEY-n` and lives for `lifeMs`. */
function lifetimes(lifeMs: number): (request: SentRequest) => Response {
  let count = 0;
  return () => {
    count++;
    return brokerReply({
      AccessKeyId: `KEY-${count}`,
      Expiration: new Date(Date.now() + lifeMs).toISOString(),
      S3Folder: `s3://bucket-${count}/folder-${count}/`,
    });
  };
}

function sourceOf({ fetch }: StubFetch): S3Source {
  return createS3Source({ credentialsUrl: "https://broker.test/", credentialsUrlSecret: "s" }, { fetch });
}

Deno.test("credentials() asks the broker once for 200 concurrent callers", async () => {
  using _time = new FakeTime(START);
  const broker = stubFetch(lifetimes(15 * MINUTE));
  const source = sourceOf(broker);
  const all = await Promise.all(Array.from({ length: 200 }, () => source.credentials()));
  assertEquals(broker.requests.length, 1);
  assertEquals(new Set(all.map(({ accessKeyId }) => accessKeyId)), new Set(["KEY-1"]));
});

Deno.test("credentials() rejects one caller's abort and serves the others with the same call", async () => {
  using _time = new FakeTime(START);
  const broker = stubFetch(lifetimes(15 * MINUTE));
  const source = sourceOf(broker);
  const controller = new AbortController();
  const aborted = assertRejects(() => source.credentials({ signal: controller.signal }), Error, "enough");
  const other = source.credentials();
  controller.abort(new Error("enough"));
  await aborted;
  assertEquals((await other).accessKeyId, "KEY-1");
  assertEquals(broker.requests.length, 1);
});

Deno.test("connect() after expiration has new keys, bucket and prefix", async () => {
  using time = new FakeTime(START);
  const source = sourceOf(stubFetch(lifetimes(15 * MINUTE)));
  const first = await source.connect();
  assertEquals([first.bucket, first.prefix], ["bucket-1", "folder-1/"]);
  time.tick(16 * MINUTE);
  const second = await source.connect();
  assertEquals([second.bucket, second.prefix], ["bucket-2", "folder-2/"]);
  assertEquals((await source.credentials()).accessKeyId, "KEY-2");
});

Deno.test("credentials() refreshes in the background in the last quarter of a life, without a wait", async () => {
  using time = new FakeTime(START);
  const broker = stubFetch(lifetimes(15 * MINUTE));
  const source = sourceOf(broker);
  await source.credentials();
  time.tick(11 * MINUTE);
  assertEquals((await source.credentials()).accessKeyId, "KEY-1");
  assertEquals(broker.requests.length, 1);
  time.tick(MINUTE);
  assertEquals((await source.credentials()).accessKeyId, "KEY-1");
  await time.tickAsync(0);
  assertEquals((await source.credentials()).accessKeyId, "KEY-2");
  assertEquals(broker.requests.length, 2);
});

Deno.test("credentials() waits for newer ones in the last minute", async () => {
  using time = new FakeTime(START);
  const source = sourceOf(stubFetch(lifetimes(15 * MINUTE)));
  await source.credentials();
  time.tick(14.5 * MINUTE);
  assertEquals((await source.credentials()).accessKeyId, "KEY-2");
});

Deno.test("credentials() keeps valid ones while the broker fails, with at most 6 calls a minute", async () => {
  using time = new FakeTime(START);
  const answer = lifetimes(60 * MINUTE);
  const broker = stubFetch(answer, new Response("", { status: 500 }));
  const source = sourceOf(broker);
  await source.credentials();
  time.tick(45 * MINUTE);
  const callsAt: number[] = [];
  for (let second = 0; second < 15 * 60 - 1; second++) {
    const before = broker.requests.length;
    assertEquals((await source.credentials()).accessKeyId, "KEY-1");
    await time.tickAsync(1000);
    for (let call = before; call < broker.requests.length; call++) callsAt.push(second);
  }
  const busiest = Math.max(...callsAt.map((from) => callsAt.filter((at) => at >= from && at < from + 60).length));
  assertEquals(callsAt.length > 10 && busiest <= 6, true, `${callsAt.length} calls, ${busiest} in the busiest minute`);
});

Deno.test("credentials() fails at once after expiry when the broker hangs, and recovers on its first good reply", async () => {
  using time = new FakeTime(START);
  const good = lifetimes(15 * MINUTE);
  let isUp = true;
  const broker = stubFetch((request) => isUp ? good(request) : hang(request));
  const source = sourceOf(broker);
  await source.credentials();
  isUp = false;
  time.tick(13 * MINUTE);
  await source.credentials();
  await time.tickAsync(11_000);
  time.tick(3 * MINUTE);
  const started = Date.now();
  const failed = assertRejects(() => source.credentials(), CredentialsExpiredError, "no newer ones");
  await time.tickAsync(1000);
  const error = await failed;
  assertEquals(error.cause instanceof BrokerError, true);
  assertEquals(Date.now() - started, 1000);
  isUp = true;
  await time.tickAsync(60_000);
  assertEquals((await source.credentials()).accessKeyId, "KEY-2");
});

Deno.test("credentials() does not ask at every call while the broker repeats a reply", async () => {
  using time = new FakeTime(START);
  const broker = stubFetch(brokerReply({ Expiration: "2030-01-01T01:00:00Z" }));
  const source = sourceOf(broker);
  await source.credentials();
  time.tick(55 * MINUTE);
  for (let second = 0; second < 60; second++) {
    assertEquals((await source.credentials()).accessKeyId, "AKIDBROKER");
    await time.tickAsync(1000);
  }
  assertEquals(broker.requests.length <= 7, true, `${broker.requests.length} calls`);
});

Deno.test("credentials() takes a time without a zone for UTC", async () => {
  using _time = new FakeTime(START);
  const source = sourceOf(stubFetch(brokerReply({ Expiration: "2030-01-01T00:15:00" })));
  assertEquals((await source.credentials()).expiration, new Date("2030-01-01T00:15:00Z"));
});

Deno.test("a provider's grant is used and cached like a broker's", async () => {
  using time = new FakeTime(START);
  let calls = 0;
  const source = createS3Source({ bucket: "configured", prefix: "own" }, {
    provider: ({ signal }) => {
      calls++;
      return Promise.resolve({
        credentials: { accessKeyId: `KEY-${calls}`, secretAccessKey: "s" },
        expiration: new Date(Date.now() + 15 * MINUTE),
        ...calls > 1 && { bucket: "provided", prefix: "theirs" },
        signal,
      });
    },
  });
  const first = await source.connect();
  assertEquals([first.bucket, first.prefix, calls], ["configured", "own/", 1]);
  time.tick(15 * MINUTE);
  const second = await source.connect();
  assertEquals([second.bucket, second.prefix, calls], ["provided", "theirs/", 2]);
});

Deno.test("a provider's failure becomes a typed error", async () => {
  const source = createS3Source({ bucket: "media" }, { provider: () => Promise.reject(new RangeError("no")) });
  const error = await assertRejects(() => source.connect(), BrokerError, "the provider failed");
  assertEquals(error.cause instanceof Error && error.cause.name, "RangeError");
});

for (
  const [name, grant, message] of [
    ["without keys", { credentials: {} }, "its secretAccessKey is missing"],
    ["with a prefix that leaves the bucket", { prefix: "../x" }, "its prefix cannot be used"],
    ["with a bucket no store has", { bucket: "A B" }, "is not a valid bucket name"],
    ["with an invalid date", { expiration: new Date(NaN) }, "its expiration is not a valid date"],
  ] as const
) {
  Deno.test(`a provider's grant ${name} is refused`, async () => {
    const credentials = { accessKeyId: "A", secretAccessKey: "S" };
    const source = createS3Source({ bucket: "media" }, {
      provider: () => Promise.resolve({ credentials, ...grant } as never),
    });
    await assertRejects(() => source.connect(), Error, message);
  });
}

Deno.test("a source whose keys cannot change goes on with them after the store has refused them once", async () => {
  using _time = new FakeTime(START);
  let provided = 0;
  const store = stubFetch(s3Error(403, "InvalidAccessKeyId"), s3Object("hello"));
  const source = createS3Source({ bucket: "media" }, {
    fetch: store.fetch,
    provider() {
      provided++;
      return Promise.resolve({ credentials: { accessKeyId: "KEY", secretAccessKey: "s" } });
    },
  });
  await assertRejects(() => source.read("a.txt"), ServiceError, "InvalidAccessKeyId");
  assertEquals((await source.read("a.txt")).byteLength, 5);
  assertEquals([provided, store.requests.length], [2, 2]);
});

Deno.test("a store that accepts none of the keys does not make each operation ask for others", async () => {
  using _time = new FakeTime(START);
  let provided = 0;
  const { fetch } = stubFetch(s3Error(403, "InvalidAccessKeyId"));
  const source = createS3Source({ bucket: "media" }, {
    fetch,
    provider: () =>
      Promise.resolve({
        credentials: { accessKeyId: `KEY-${++provided}`, secretAccessKey: "s" },
        expiration: new Date(Date.now() + 15 * MINUTE),
      }),
  });
  for (let operation = 0; operation < 50; operation++) {
    await assertRejects(() => source.read("a.txt"), ServiceError, "the store does not know the access key");
  }
  assertEquals(provided, 7);
});

Deno.test("credentials() never fails with a broker that repeats each reply until its keys are over", async () => {
  using time = new FakeTime(START);
  const broker = stubFetch(() => {
    const period = Math.floor((Date.now() - START) / (15 * MINUTE));
    return brokerReply({
      AccessKeyId: `KEY-${period}`,
      Expiration: new Date(START + (period + 1) * 15 * MINUTE).toISOString(),
    });
  });
  const source = sourceOf(broker);
  for (let second = 0; second < 45 * 60; second++) {
    const period = Math.floor((Date.now() - START) / (15 * MINUTE));
    assertEquals((await source.credentials()).accessKeyId, `KEY-${period}`);
    await time.tickAsync(1000);
  }
});

Deno.test("connect() takes over another folder for the same keys", async () => {
  using time = new FakeTime(START);
  let folder = "one";
  const broker = stubFetch(() => brokerReply({ S3Folder: `s3://granted/${folder}/` }));
  const source = sourceOf(broker);
  await source.connect();
  folder = "two";
  time.tick(14.5 * MINUTE);
  assertEquals((await source.connect()).prefix, "two/");
});

Deno.test("credentials() waits for a broker that is slow, but was not hanging", async () => {
  using time = new FakeTime(START);
  const good = lifetimes(15 * MINUTE);
  const broker = stubFetch(good, new Response("", { status: 500 }), async (request) => {
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    return good(request);
  });
  const source = sourceOf(broker);
  await source.credentials();
  time.tick(14 * MINUTE);
  await source.credentials();
  await time.tickAsync(5 * MINUTE);
  const waiting = source.credentials();
  await time.tickAsync(3_000);
  assertEquals((await waiting).accessKeyId, "KEY-2");
});

for (
  const [name, grant, message] of [
    ["that is null", null, "it is not an object"],
    ["without credentials", {}, "it has no credentials"],
    ["whose key id has a line end", { credentials: { accessKeyId: "A\n", secretAccessKey: "s" } }, "its accessKeyId"],
    [
      "whose token is a number",
      { credentials: { accessKeyId: "A", secretAccessKey: "s", sessionToken: 5 } },
      "its sessionToken",
    ],
    ["with a text for a date", { credentials: KEYS, expiration: "2030-01-01" }, "its expiration is not a Date"],
  ] as const
) {
  Deno.test(`what a provider returns ${name} is refused`, async () => {
    const source = createS3Source({ bucket: "media" }, { provider: () => Promise.resolve(grant as never) });
    await assertRejects(() => source.connect(), ConfigError, message);
  });
}

Deno.test("a provider's null for a token is no token", async () => {
  const store = stubFetch(s3Object("x"));
  const credentials = { ...KEYS, sessionToken: null } as never;
  const source = createS3Source({ bucket: "media" }, {
    fetch: store.fetch,
    provider: () => Promise.resolve({ credentials }),
  });
  await source.read("a.txt");
  assertEquals(store.requests[0]?.headers.has("x-amz-security-token"), false);
});
