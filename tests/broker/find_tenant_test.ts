import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { ConfigError, TimeoutError } from "../../mod.ts";
import type { BrokerOptions, FoundTenant, UnknownCaller } from "../../src/broker/mod.ts";
import { createFoundTenants } from "../../src/broker/found_tenants.ts";
import { askIn, get, NOW, PROTOCOLS, SECRET, sha256Of, stubBroker, tickUntil } from "../support/stub_broker.ts";
import { KEYS, stubFetch } from "../support/stub_fetch.ts";
import { stsReply } from "../support/stub_sts.ts";
import { openTestIssuer } from "../support/test_issuer.ts";

const FOUND: FoundTenant = { name: "found", bucket: "media", prefix: "found", allow: ["read"] };

/** A broker that finds tenants elsewhere, and whom it asked for. */
function finding(answer: (caller: UnknownCaller) => unknown, options: Partial<BrokerOptions> = {}) {
  const asked: UnknownCaller[] = [];
  const findTenant = (caller: UnknownCaller) => {
    asked.push(caller);
    return answer(caller) as Promise<FoundTenant | undefined>;
  };
  const { now = () => NOW } = options;
  const sts = stubFetch(() => stsReply({ expiration: new Date(now() + 3_600_000).toISOString() }));
  return { ...stubBroker(sts, { findTenant, ...options }), asked, sts };
}

Deno.test("createBroker() finds a tenant by the hash of a secret that it does not know", async () => {
  const { broker, asked, audit, sts } = finding(() => Promise.resolve(FOUND));
  for (const protocol of PROTOCOLS) {
    assertEquals((await broker(askIn("unknown-secret-canary")(protocol))).status, 200);
  }
  assertEquals(asked, [{ secretSha256: await sha256Of("unknown-secret-canary") }]);
  assertEquals(audit[0]?.folder, "s3://media/found/");
  assertEquals(audit[0]?.tenant, "found");
  const form = new URLSearchParams(sts.requests[0]?.body);
  assertEquals([form.get("RoleSessionName"), form.get("RoleArn")], ["found", "arn:aws:iam::123456789012:role/files"]);
});

Deno.test("createBroker() does not look for tenants that it knows", async () => {
  const { broker, asked } = finding(() => Promise.resolve(FOUND));
  assertEquals((await broker(get(SECRET))).status, 200);
  assertEquals(asked, []);
});

Deno.test("createBroker() finds a tenant by a verified JWT", async () => {
  await using issuer = await openTestIssuer();
  const { broker, asked, audit } = finding(() => Promise.resolve(FOUND), {
    issuers: { cluster: { url: issuer.url, audiences: ["s3-broker"], fetch } },
    now: Date.now,
  });
  const token = await issuer.issue({ sub: "alice", team: "blue" });
  assertEquals((await broker(get(token))).status, 200);
  const [caller] = asked;
  if (caller === undefined || !("claims" in caller)) throw new Error("it was not asked for a token");
  const { claims, ...rest } = caller;
  assertEquals(rest, { issuer: "cluster", subject: "alice", audiences: ["s3-broker"], issuerUrl: issuer.url });
  assertEquals([claims.team, JSON.stringify(asked).includes(token)], ["blue", false]);
  assertEquals([audit[0]?.tenant, audit[0]?.issuer, audit[0]?.subject], ["found", "cluster", "alice"]);
  const forged = `${token.slice(0, -8)}AAAAAAAA`;
  assertEquals((await broker(get(forged))).status, 403);
  assertEquals(asked.length, 1);
});

Deno.test("createBroker() refuses whom findTenant does not find", async () => {
  const { broker, log } = finding(() => Promise.resolve(undefined));
  const response = await broker(get("unknown"));
  assertEquals([response.status, (await response.json()).message], [403, "the secret is wrong"]);
  assertEquals(log, [{ type: "refused", reason: "a wrong secret" }]);
});

for (
  const [name, answer, reason] of [
    ["rejects", () => Promise.reject(new Error("no database")), "no database"],
    ["throws", () => {
      throw new Error("no database");
    }, "no database"],
    ["returns no tenant", () => "found", 'it must be a tenant with a "name"'],
    ["returns a nameless one", () => ({ ...FOUND, name: undefined }), 'it must be a tenant with a "name"'],
  ] as const
) {
  Deno.test(`createBroker() answers 502 if findTenant ${name}, and its log says why`, async () => {
    const { broker, log } = finding(answer);
    const response = await broker(get("unknown"));
    const { message } = await response.json();
    assertEquals([response.status, response.headers.get("retry-after")], [502, "2"]);
    assertEquals(message, "no credentials available: the tenant cannot be looked up");
    assertEquals(log, [{ type: "failed", reason: `Cannot look the tenant up: ${reason}` }]);
  });
}

for (
  const changed of [{ prefix: "" }, { prefix: undefined }, { allow: [] }, { bucket: "*" }, { name: "" }, {
    roleArn: "x",
  }]
) {
  Deno.test(`createBroker() checks a found tenant with ${JSON.stringify(changed)} like the configuration's`, async () => {
    const { broker, log, sts } = finding(() => Promise.resolve({ ...FOUND, ...changed }));
    assertEquals((await broker(get("unknown"))).status, 502);
    assertEquals(log[0]?.reason?.startsWith("Cannot look the tenant up: "), true);
    assertEquals(sts.requests.length, 0);
  });
}

Deno.test("createBroker() gives findTenant 5 s", async () => {
  using time = new FakeTime(NOW);
  const { broker, log } = finding(() => new Promise(() => {}));
  let status: number | undefined;
  broker(get("unknown")).then((response) => status = response.status);
  await time.tickAsync(4_999);
  assertEquals(status, undefined);
  await time.tickAsync(1);
  await tickUntil(time, () => status !== undefined);
  assertEquals([status, log[0]?.reason], [
    502,
    'Cannot look the tenant up: "findTenant" did not answer within 5000 ms',
  ]);
});

Deno.test("createBroker() keeps what findTenant says for a minute", async () => {
  let nowMs = NOW;
  const { broker, asked } = finding(
    (caller) => Promise.resolve("secretSha256" in caller && asked.length > 1 ? FOUND : undefined),
    { now: () => nowMs },
  );
  const statusAfter = async (ms: number) => {
    nowMs = NOW + ms;
    return (await broker(get("unknown"))).status;
  };
  assertEquals([await statusAfter(0), await statusAfter(59_999), asked.length], [403, 403, 1]);
  assertEquals([await statusAfter(60_000), asked.length], [200, 2]);
});

Deno.test("createBroker() looks each caller up once at a time", async () => {
  const { promise, resolve } = Promise.withResolvers<FoundTenant>();
  const { broker, asked } = finding(() => promise);
  const responses = Array.from({ length: 20 }, () => broker(get("unknown")));
  resolve(FOUND);
  assertEquals(new Set((await Promise.all(responses)).map(({ status }) => status)), new Set([200]));
  assertEquals(asked.length, 1);
});

Deno.test("createBroker() does not look up for an address that has failed too often", async () => {
  const options = { addressOf: () => "192.0.2.1", maxFailuresPerMinute: 3 };
  const { broker, asked } = finding(() => Promise.resolve(undefined), options);
  const statuses = [];
  for (let i = 0; i < 5; i++) statuses.push((await broker(get(`guess ${i}`))).status);
  assertEquals([statuses, asked.length], [[403, 403, 403, 429, 429], 3]);
});

Deno.test("createBroker() looks at most 100 callers up at once", async () => {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const { broker, asked } = finding(() => promise);
  const responses = Array.from({ length: 101 }, (_, index) => broker(get(`guess ${index}`)));
  await responses[100];
  resolve(undefined);
  const statuses = (await Promise.all(responses)).map(({ status }) => status);
  assertEquals([asked.length, statuses.filter((status) => status === 502).length], [100, 1]);
});

Deno.test("createFoundTenants() does not count calls that have ended without an answer", async () => {
  let nowMs = NOW;
  const found = createFoundTenants({
    findTenant: (caller) =>
      "secretSha256" in caller && caller.secretSha256 === "last" ? Promise.resolve(undefined) : new Promise(() => {}),
    check: () => {
      throw new Error("there is nothing to check");
    },
    now: () => nowMs,
  });
  using _time = new FakeTime(NOW);
  for (let i = 0; i < 100; i++) found.find(String(i), { secretSha256: String(i) }).catch(() => {});
  await assertRejects(() => found.find("last", { secretSha256: "last" }), TimeoutError, "100 calls");
  nowMs = NOW + 5_001;
  assertEquals(await found.find("last", { secretSha256: "last" }), {});
});

Deno.test("createFoundTenants() remembers 10,000 answers", async () => {
  let calls = 0;
  const found = createFoundTenants({
    findTenant: () => {
      calls++;
      return Promise.resolve(undefined);
    },
    check: () => {
      throw new Error("there is nothing to check");
    },
    now: () => NOW,
  });
  for (let i = 0; i < 10_001; i++) await found.find(String(i), { secretSha256: String(i) });
  assertEquals([calls, found.cached("0"), found.cached("1"), found.cached("10000")], [10_001, undefined, {}, {}]);
});

Deno.test("createBroker() narrows what findTenant has found", async () => {
  const { broker } = finding(() => Promise.resolve({ ...FOUND, wholeBucket: false }));
  assertEquals((await broker(get("unknown", "?prefix=found/a"))).status, 200);
  assertEquals((await broker(get("unknown", "?prefix=other/"))).status, 403);
  assertEquals((await broker(get("unknown", "?allow=write"))).status, 403);
});

for (const tenants of [{}, undefined]) {
  Deno.test(`createBroker() needs no tenants besides findTenant, as with ${JSON.stringify(tenants)}`, async () => {
    const { broker, core } = finding(() => Promise.resolve(FOUND), { tenants });
    assertEquals((await broker(get("unknown"))).status, 200);
    assertEquals((await broker(new Request("https://broker.test/readyz"))).status, 200);
    core.reconfigure({ sts: { endpointUrl: "http://store.test", ...KEYS } });
    assertEquals((await broker(get("unknown"))).status, 200);
  });
}

Deno.test("createBroker() is ready without tenants of its own", async () => {
  const { broker, sts } = finding(() => Promise.resolve(FOUND), { tenants: {} });
  assertEquals((await broker(new Request("https://broker.test/readyz"))).status, 200);
  assertEquals(sts.requests.length, 0);
});

Deno.test("createBroker() refuses a findTenant that is no function", () => {
  assertThrows(() => finding(() => undefined, { findTenant: {} as never }), ConfigError, 'the option "findTenant"');
});
