import { fromEnv, fromNodeProviderChain } from "@aws-sdk/credential-providers";
import { S3Client } from "@aws-sdk/client-s3";
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { ConfigError, createS3Source, CredentialsError, TimeoutError } from "../../mod.ts";
import { brokerReply, KEYS, s3Object, stubFetch } from "../support/stub_fetch.ts";
import { withAwsSettings } from "../support/aws_settings.ts";
import { MINUTE, START } from "./broker_world.ts";

Deno.test("a provider's grant is used and cached like a broker's", async () => {
  using time = new FakeTime(START);
  let calls = 0;
  const source = createS3Source({ bucket: "configured", prefix: "own" }, {
    credentials: ({ signal }) => {
      calls++;
      return Promise.resolve({
        accessKeyId: `KEY-${calls}`,
        secretAccessKey: "s",
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
  const source = createS3Source({ bucket: "media" }, { credentials: () => Promise.reject(new RangeError("no")) });
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
      credentials: () => Promise.reject(new CredentialsError("Cannot reach it", { cause })),
    });
    const error = await assertRejects(() => source.connect(), CredentialsError);
    assertEquals([error.message, Deno.inspect(error).includes("canary")], [message, false]);
  });
}

Deno.test("connect() fails after 30 seconds with a provider that hangs", async () => {
  using time = new FakeTime(START);
  const source = createS3Source({ bucket: "media" }, { credentials: () => new Promise<never>(() => {}) });
  const failed = assertRejects(() => source.connect(), TimeoutError, "none arrived within 30000 ms");
  await time.tickAsync(30_000);
  await failed;
});

const SHAPE =
  "a provider returns { accessKeyId, secretAccessKey } and, where they apply, sessionToken, expiration, bucket, prefix";

for (
  const [name, grant, message] of [
    ["that is null", null, "it is not an object"],
    ["without a key id", { accessKeyId: undefined }, `it has no accessKeyId; ${SHAPE}`],
    ["without a secret key", { secretAccessKey: "" }, `it has no secretAccessKey; ${SHAPE}`],
    ["with a line end in its key id", { accessKeyId: "A\n" }, "its accessKeyId must be printable ASCII"],
    ["with a number for a token", { sessionToken: 5 }, "its sessionToken must be printable ASCII"],
    ["with a prefix that leaves the bucket", { prefix: "../x" }, "its prefix cannot be used"],
    ["with an invalid bucket", { bucket: "A B" }, "is not a valid bucket name"],
    [
      "with a secret key that has a line end",
      { secretAccessKey: "s\n" },
      "its secretAccessKey must be a string without",
    ],
    ["with a string for a date", { expiration: "2030-01-01" }, "its expiration is not a Date"],
    ["with an invalid date", { expiration: new Date(NaN) }, "its expiration is not a valid date"],
  ] as const
) {
  Deno.test(`a provider's grant ${name} is refused`, async () => {
    const provided = grant && { ...KEYS, ...grant };
    const source = createS3Source({ bucket: "media" }, { credentials: () => Promise.resolve(provided as never) });
    await assertRejects(() => source.connect(), ConfigError, message);
  });
}

for (const absent of [null, undefined, ""]) {
  Deno.test(`a provider's token may be ${JSON.stringify(absent)}, and its expiration null`, async () => {
    const store = stubFetch(s3Object("x"));
    const source = createS3Source({ bucket: "media" }, {
      fetch: store.fetch,
      credentials: () => Promise.resolve({ ...KEYS, sessionToken: absent, expiration: null } as never),
    });
    await source.read("a.txt");
    assertEquals(store.requests[0]?.headers.has("x-amz-security-token"), false);
    assertEquals((await source.connect()).expiresAt, null);
  });
}

Deno.test("a provider's grant without any bucket is refused", async () => {
  const source = createS3Source({}, { credentials: () => Promise.resolve({ ...KEYS }) });
  await assertRejects(() => source.connect(), ConfigError, "neither it nor the configuration names a bucket");
});

/** The AWS SDK's type. */
type AwsCredentialIdentity = Awaited<ReturnType<ReturnType<typeof fromEnv>>>;

const AWS_SETTINGS = { AWS_ACCESS_KEY_ID: "AKIDENV", AWS_SECRET_ACCESS_KEY: "secret", AWS_SESSION_TOKEN: "token" };

for (
  const [name, credentials] of [
    ["fromNodeProviderChain()", fromNodeProviderChain()],
    ["fromEnv()", fromEnv()],
    ["the credentials of a client", new S3Client({ region: "us-east-1" }).config.credentials],
    [
      "a function that returns an AwsCredentialIdentity",
      (): Promise<AwsCredentialIdentity> =>
        Promise.resolve({
          accessKeyId: "AKIDENV",
          secretAccessKey: "secret",
          sessionToken: "token",
          accountId: "123456789012",
          credentialScope: "us-east-1",
        }),
    ],
  ] as const
) {
  // The SDK opens the shared ini files and does not wait for them.
  Deno.test(
    `${name} of the AWS SDK can be passed as it is`,
    { sanitizeOps: false, sanitizeResources: false },
    async () => {
      await withAwsSettings(AWS_SETTINGS, async () => {
        const source = createS3Source({ bucket: "media" }, { credentials });
        const keys = { accessKeyId: "AKIDENV", secretAccessKey: "secret", sessionToken: "token" };
        assertEquals(await source.credentials(), keys);
      });
    },
  );
}

Deno.test("the credentials of another source can be passed as they are, without its folder", async () => {
  const store = stubFetch(s3Object("x"));
  const expiration = new Date("2999-01-01T00:00:00Z");
  const other = createS3Source({ bucket: "theirs" }, {
    credentials: () => Promise.resolve({ ...KEYS, expiration, prefix: "granted" }),
  });
  const source = createS3Source({ bucket: "media", prefix: "own" }, {
    fetch: store.fetch,
    credentials: other.credentials,
  });
  await source.read("a.txt");
  assertEquals(store.requests.map(({ url }) => url), ["https://media.s3.us-east-1.amazonaws.com/own/a.txt"]);
  assertEquals(await source.credentials(), { ...KEYS, expiration });
});

Deno.test("keys in place of a function that returns them are refused", () => {
  assertThrows(
    () => createS3Source({ bucket: "media" }, { credentials: KEYS as never }),
    ConfigError,
    'Cannot use the option "credentials": it must be a function that returns credentials, not a mapping',
  );
});

for (const origin of ["a broker", "a provider"]) {
  Deno.test(`an endpointUrl with the bucket that ${origin} names in it is refused`, async () => {
    const endpointUrl = "https://granted.fra1.example.com/";
    const fetch = () => Promise.resolve(brokerReply({ Expiration: "2099-01-01T00:00:00Z" }));
    const source = origin === "a broker"
      ? createS3Source({ endpointUrl, ...BROKER }, { fetch })
      : createS3Source({ endpointUrl }, { credentials: () => Promise.resolve({ ...KEYS, bucket: "granted" }) });
    await assertRejects(
      () => source.connect(),
      ConfigError,
      'Cannot use the provided credentials: the "endpointUrl" does not fit their bucket: it has the bucket in it; ' +
        'write "https://fra1.example.com", or set "store.addressing" to "path"',
    );
    const own = createS3Source({ endpointUrl, ...BROKER, store: { addressing: "path" } }, { fetch });
    assertEquals((await own.connect()).bucket, "granted");
  });
}

const BROKER = { credentialsUrl: "https://broker.test/", credentialsUrlSecret: "secret" };
