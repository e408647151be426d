import { assertEquals, assertFalse, assertMatch } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { createS3Source } from "../../mod.ts";
import { createSecret, sessionPolicy } from "../../src/broker/mod.ts";
import {
  askAs,
  NOW,
  OTHER_SECRET,
  post,
  SECRET,
  sha256Of,
  stubBroker,
  TEAM,
  tickUntil,
} from "../support/stub_broker.ts";
import { stubFetch } from "../support/stub_fetch.ts";
import { withAwsSettings } from "../support/aws_settings.ts";
import { stsError, stsReply } from "../support/stub_sts.ts";

Deno.test("createBroker() returns the five fields", async () => {
  const { broker } = stubBroker(stubFetch(stsReply()));
  const response = await broker(askAs(SECRET));
  assertEquals(response.status, 200);
  assertEquals(response.headers.get("content-type"), "application/json");
  assertEquals(await response.json(), {
    AccessKeyId: "ASIAMINTED",
    SecretAccessKey: "minted-key-canary",
    SessionToken: "minted-token-canary",
    Expiration: "2030-01-01T00:15:00.000Z",
    S3Folder: "s3://media/team/",
  });
});

Deno.test("createBroker() gets keys from STS that are limited to the tenant's folder", async () => {
  const sts = stubFetch(() => stsReply());
  const { broker } = stubBroker(sts);
  await broker(askAs(OTHER_SECRET));
  const form = new URLSearchParams(sts.requests[0]?.body);
  assertEquals(form.get("Policy"), sessionPolicy({ bucket: "media", prefix: "other/", allow: ["read"] }));
  assertEquals([form.get("RoleSessionName"), form.get("DurationSeconds")], ["other", "3600"]);
  assertEquals(form.get("RoleArn"), "arn:aws:iam::123456789012:role/files");
  assertEquals(sts.requests[0]?.url, "https://sts.us-east-1.amazonaws.com/");
  assertMatch(sts.requests[0]?.headers.get("authorization") ?? "", /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\//);
});

/** The SDK opens the shared ini files and does not wait for them. */
const LAX = { sanitizeResources: false, sanitizeOps: false };

const ROLE = { roleArn: "arn:aws:iam::123456789012:role/files" };

Deno.test("createBroker() signs with the default AWS chain's keys when it is given none", LAX, async () => {
  const keys = { AWS_ACCESS_KEY_ID: "AKIDENV", AWS_SECRET_ACCESS_KEY: "secret", AWS_SESSION_TOKEN: "env-token" };
  await withAwsSettings(keys, async () => {
    const sts = stubFetch(stsReply());
    const { broker } = stubBroker(sts, { sts: ROLE });
    assertEquals((await broker(askAs(SECRET))).status, 200);
    assertMatch(sts.requests[0]?.headers.get("authorization") ?? "", /Credential=AKIDENV\//);
    assertEquals(sts.requests[0]?.headers.get("x-amz-security-token"), "env-token");
  });
});

Deno.test(
  "createBroker() logs that the default AWS chain has no keys, without the chain's own message",
  LAX,
  async () => {
    await withAwsSettings({}, async () => {
      const { broker, log } = stubBroker(stubFetch(), { sts: ROLE });
      assertEquals((await broker(askAs(SECRET))).status, 502);
      assertMatch(log[0]?.reason ?? "", /^Cannot get credentials from the default AWS chain; [\w, ]+$/);
    });
  },
);

Deno.test("createBroker() is a broker for createS3Source()", async () => {
  const { broker } = stubBroker(stubFetch(stsReply()));
  const source = createS3Source(
    { credentialsUrl: "https://broker.test/credentials", credentialsUrlSecret: SECRET },
    { fetch: (url, init) => broker(new Request(url, init)), now: () => NOW },
  );
  assertEquals(await source.connect(), {
    bucket: "media",
    prefix: "team/",
    region: "us-east-1",
    endpoint: "https://s3.us-east-1.amazonaws.com",
    expiresAt: new Date("2030-01-01T00:15:00Z"),
  });
});

Deno.test("createBroker() grants a whole bucket as its root", async () => {
  const { prefix: _, ...rest } = TEAM;
  const { broker } = stubBroker(stubFetch(stsReply()), { tenants: { team: { ...rest, wholeBucket: true } } });
  assertEquals((await (await broker(askAs(SECRET))).json()).S3Folder, "s3://media/");
});

Deno.test("createBroker() accepts a charset in the content type", async () => {
  const { broker } = stubBroker(stubFetch(stsReply()));
  const type = "Application/X-WWW-Form-Urlencoded; charset=UTF-8";
  assertEquals((await broker(post(`secret=${SECRET}`, { type }))).status, 200);
});

Deno.test("createBroker() decodes the form", async () => {
  const secret = "a b&ü+%";
  const tenants = { team: { ...TEAM, secretSha256: await sha256Of(secret) } };
  const { broker } = stubBroker(stubFetch(stsReply()), { tenants });
  assertEquals((await broker(post("secret=a+b%26%C3%BC%2B%25"))).status, 200);
});

Deno.test("createBroker() shares one call to STS among all callers who wait", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const sts = stubFetch(async () => {
    await promise;
    return stsReply();
  });
  const { broker } = stubBroker(sts);
  const asked = Array.from({ length: 50 }, () => broker(askAs(SECRET)));
  resolve();
  const replies = await Promise.all(asked);
  assertEquals(new Set(replies.map(({ status }) => status)), new Set([200]));
  assertEquals(sts.requests.length, 1);
});

Deno.test("createBroker() keeps the keys of tenants apart", async () => {
  const sts = stubFetch(stsReply({ accessKeyId: "ASIATEAM" }), stsReply({ accessKeyId: "ASIAOTHER" }));
  const { broker } = stubBroker(sts);
  const ask = async (secret: string) => {
    const { AccessKeyId, S3Folder } = await (await broker(askAs(secret))).json();
    return [AccessKeyId, S3Folder];
  };
  assertEquals(await ask(SECRET), ["ASIATEAM", "s3://media/team/"]);
  assertEquals(await ask(OTHER_SECRET), ["ASIAOTHER", "s3://media/other/"]);
  assertEquals(await ask(SECRET), ["ASIATEAM", "s3://media/team/"]);
  assertEquals(sts.requests.length, 2);
});

Deno.test("createBroker() answers 502 when STS fails, and only its log has STS's message", async () => {
  const { broker, log } = stubBroker(stubFetch(stsError(403, "AccessDenied", "not authorized to assume")));
  const response = await broker(askAs(SECRET));
  assertEquals(response.headers.get("retry-after"), "2");
  assertEquals([response.status, await response.json()], [502, {
    error: "No credentials are available at the moment",
  }]);
  assertEquals(log, [{
    type: "failed",
    tenant: "team",
    reason: "Cannot get keys from STS: it answered 403 (AccessDenied: not authorized to assume)",
  }]);
});

Deno.test("createBroker() logs why STS cannot be reached", async () => {
  using time = new FakeTime(NOW);
  const { broker, log } = stubBroker(stubFetch(new TypeError("connection refused")));
  const answered = broker(askAs(SECRET));
  await tickUntil(time, () => log.length > 0, 50);
  assertEquals((await answered).status, 502);
  assertEquals(
    log[0]?.reason,
    "Cannot get keys from STS: the connection failed: connection refused (sts.us-east-1.amazonaws.com:443)",
  );
});

Deno.test("createBroker() calls STS again after a failure", async () => {
  const { broker } = stubBroker(stubFetch(stsError(403, "AccessDenied"), stsReply()));
  assertEquals((await broker(askAs(SECRET))).status, 502);
  assertEquals((await broker(askAs(SECRET))).status, 200);
});

Deno.test("createSecret() makes 256 random bits and their hash", async () => {
  const { secret, sha256 } = await createSecret();
  assertMatch(secret, /^[A-Za-z0-9_-]{43}$/);
  assertEquals(sha256, await sha256Of(secret));
  assertFalse(secret === (await createSecret()).secret);
});
