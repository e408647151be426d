import { assertEquals, assertRejects } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { ConfigError, createS3Source, CredentialsError, TimeoutError } from "../../mod.ts";
import { KEYS, s3Object, stubFetch } from "../support/stub_fetch.ts";
import { MINUTE, START } from "./broker_world.ts";

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
  const error = await assertRejects(() => source.connect(), CredentialsError, "the provider failed");
  assertEquals(error.cause instanceof Error && error.cause.name, "RangeError");
});

for (
  const [name, cause, message] of [
    ["without a cause", undefined, "Cannot reach it"],
    ["whose cause is such an error", new TimeoutError("it hangs"), "Cannot reach it"],
    ["whose cause may quote keys", new Error("canary"), "Cannot get credentials: the provider failed"],
    ["whose inner cause may", new TimeoutError("", { cause: "canary" }), "Cannot get credentials: the provider failed"],
  ] as const
) {
  Deno.test(`a provider's own S3SourceError ${name} becomes: ${message}`, async () => {
    const source = createS3Source({ bucket: "media" }, {
      provider: () => Promise.reject(new CredentialsError("Cannot reach it", { cause })),
    });
    const error = await assertRejects(() => source.connect(), CredentialsError);
    assertEquals([error.message, Deno.inspect(error).includes("canary")], [message, false]);
  });
}

Deno.test("connect() fails after 30 seconds with a provider that hangs", async () => {
  using time = new FakeTime(START);
  const source = createS3Source({ bucket: "media" }, { provider: () => new Promise(() => {}) });
  const failed = assertRejects(() => source.connect(), TimeoutError, "none arrived within 30000 ms");
  await time.tickAsync(30_000);
  await failed;
});

for (
  const [name, grant, message] of [
    ["that is null", null, "it is not an object"],
    ["without credentials", { credentials: undefined }, "it has no credentials"],
    ["without keys", { credentials: {} }, "its secretAccessKey is missing"],
    ["with a line end in its key id", { credentials: { ...KEYS, accessKeyId: "A\n" } }, "its accessKeyId"],
    ["with a number for a token", { credentials: { ...KEYS, sessionToken: 5 } }, "its sessionToken"],
    ["with a prefix that leaves the bucket", { prefix: "../x" }, "its prefix cannot be used"],
    ["with an invalid bucket", { bucket: "A B" }, "is not a valid bucket name"],
    ["with a string for a date", { expiration: "2030-01-01" }, "its expiration is not a Date"],
    ["with an invalid date", { expiration: new Date(NaN) }, "its expiration is not a valid date"],
  ] as const
) {
  Deno.test(`a provider's grant ${name} is refused`, async () => {
    const provided = grant && { credentials: KEYS, ...grant };
    const source = createS3Source({ bucket: "media" }, { provider: () => Promise.resolve(provided as never) });
    await assertRejects(() => source.connect(), ConfigError, message);
  });
}

for (const absent of [null, undefined, ""]) {
  Deno.test(`a provider's token may be ${JSON.stringify(absent)}, and its expiration null`, async () => {
    const store = stubFetch(s3Object("x"));
    const source = createS3Source({ bucket: "media" }, {
      fetch: store.fetch,
      provider: () => Promise.resolve({ credentials: { ...KEYS, sessionToken: absent }, expiration: null } as never),
    });
    await source.read("a.txt");
    assertEquals(store.requests[0]?.headers.has("x-amz-security-token"), false);
    assertEquals((await source.connect()).expiration, null);
  });
}

Deno.test("a provider's grant without any bucket is refused", async () => {
  const source = createS3Source({}, { provider: () => Promise.resolve({ credentials: KEYS }) });
  await assertRejects(() => source.connect(), ConfigError, "neither it nor the configuration names a bucket");
});
