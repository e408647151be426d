import { assertEquals, assertThrows } from "@std/assert";
import { ConfigError } from "../../mod.ts";
import { askAs, get, OTHER_SECRET, SECRET, stubBroker, TEAM } from "../support/stub_broker.ts";
import { KEYS, stubFetch } from "../support/stub_fetch.ts";
import { stsReply } from "../support/stub_sts.ts";
import { openTestIssuer } from "../support/test_issuer.ts";

const STS = { roleArn: "arn:aws:iam::123456789012:role/files", ...KEYS };
const CONFIG = { sts: STS, tenants: { team: TEAM } };

/** STS that numbers its keys. */
function countingSts() {
  let count = 0;
  return stubFetch(() => stsReply({ accessKeyId: `ASIA${++count}` }));
}

Deno.test("reconfigure() takes new tenants up and drops removed ones, at once", async () => {
  const { broker, core } = stubBroker(countingSts());
  core.reconfigure({ sts: STS, tenants: { team: { ...TEAM, prefix: "moved" } } });
  assertEquals((await (await broker(askAs(SECRET))).json()).S3Folder, "s3://media/moved/");
  assertEquals((await broker(askAs(OTHER_SECRET))).status, 403);
});

Deno.test("reconfigure() keeps the keys of what has not changed", async () => {
  const sts = countingSts();
  const { broker, core } = stubBroker(sts);
  const idOf = async (secret: string) => (await (await broker(get(secret))).json()).AccessKeyId;
  assertEquals([await idOf(SECRET), await idOf(OTHER_SECRET)], ["ASIA1", "ASIA2"]);
  core.reconfigure({
    sts: STS,
    tenants: { team: TEAM, other: { ...TEAM, secretSha256: "a".repeat(64), prefix: "x" } },
  });
  assertEquals(await idOf(SECRET), "ASIA1");
  core.reconfigure({ sts: STS, tenants: { team: { ...TEAM, allow: ["read"] } } });
  assertEquals(await idOf(SECRET), "ASIA3");
  core.reconfigure({ sts: { ...STS, accessKeyId: "AKIDOTHER" }, tenants: { team: TEAM } });
  assertEquals(await idOf(SECRET), "ASIA4");
});

Deno.test("reconfigure() refuses what cannot be used, and changes nothing", async () => {
  const { broker, core } = stubBroker(countingSts(), { addressOf: () => "127.0.0.1" });
  for (
    const bad of [{}, { sts: STS }, { ...CONFIG, issuer: {} }, { sts: STS, tenants: { team: { ...TEAM, allow: [] } } }]
  ) {
    assertThrows(() => core.reconfigure(bad), ConfigError);
  }
  const url = "https://issuer.test";
  const issuers = { one: { url, audiences: ["a"] }, two: { url, audiences: ["b"] } };
  assertThrows(() => core.reconfigure({ ...CONFIG, issuers }), ConfigError);
  for (const secret of [SECRET, OTHER_SECRET]) assertEquals((await broker(askAs(secret))).status, 200);
});

Deno.test("reconfigure() drops no request that is running", async () => {
  const called = Promise.withResolvers<void>();
  const answered = Promise.withResolvers<void>();
  const { broker, core } = stubBroker(stubFetch(async () => {
    called.resolve();
    await answered.promise;
    return stsReply();
  }));
  const running = broker(askAs(OTHER_SECRET));
  await called.promise;
  core.reconfigure(CONFIG);
  answered.resolve();
  const response = await running;
  assertEquals([response.status, (await response.json()).S3Folder], [200, "s3://media/other/"]);
});

Deno.test("reconfigure() keeps counting failures, unless their limit changes", async () => {
  const { broker, core } = stubBroker(stubFetch(), { addressOf: () => "192.0.2.1", maxFailuresPerMinute: 2 });
  const fail = async () => (await broker(askAs("wrong"))).status;
  assertEquals([await fail(), await fail(), await fail()], [403, 403, 429]);
  core.reconfigure({ ...CONFIG, maxFailuresPerMinute: 2 });
  assertEquals(await fail(), 429);
  core.reconfigure({ ...CONFIG, maxFailuresPerMinute: 3 });
  assertEquals([await fail(), await fail(), await fail(), await fail()], [403, 403, 403, 429]);
});

Deno.test("reconfigure() keeps the keys of an issuer that stays", async () => {
  await using issuer = await openTestIssuer();
  const { secretSha256: _, ...folder } = TEAM;
  const config = (subject: string) => ({
    sts: STS,
    issuers: { cluster: { url: issuer.url, audiences: ["s3-broker"], fetch } },
    tenants: { team: { ...folder, identities: { one: { issuer: "cluster", subject } } } },
  });
  const sts = stubFetch(stsReply({ expiration: "2999-01-01T00:00:00Z" }));
  const { broker, core } = stubBroker(sts, { ...config("alice"), now: Date.now });
  const statusOf = async (sub: string) => (await broker(get(await issuer.issue({ sub })))).status;
  assertEquals([await statusOf("alice"), await statusOf("bob")], [200, 403]);
  core.reconfigure(config("bob"));
  assertEquals([await statusOf("alice"), await statusOf("bob")], [403, 200]);
  assertEquals(issuer.requests.jwks, 1);
});

Deno.test("reconfigure() tells the metrics whether it succeeded", async () => {
  const { broker, core } = stubBroker(stubFetch(), { addressOf: () => "127.0.0.1" });
  const gauge = async () => {
    const text = await (await broker(new Request("https://broker.test/metrics"))).text();
    return /last_reload_successful (\d)/.exec(text)?.[1];
  };
  assertEquals(await gauge(), "1");
  assertThrows(() => core.reconfigure({}));
  assertEquals(await gauge(), "0");
  core.reconfigure(CONFIG);
  assertEquals(await gauge(), "1");
  core.metrics.onReload({ result: "failed" });
  assertEquals(await gauge(), "0");
});
