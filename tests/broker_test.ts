import { assert, assertEquals, assertFalse, assertInstanceOf, assertMatch, assertThrows } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { ConfigError, createS3Source } from "../mod.ts";
import { createBroker, createSecret, sessionPolicy, type TenantConfig } from "../src/broker/broker.ts";
import { createTenants } from "../src/broker/tenants.ts";
import { checkBrokerConfig } from "../src/config/broker_options.ts";
import { askAs, NOW, OTHER_SECRET, post, SECRET, sha256Of, stubBroker, TEAM, tickUntil } from "./stub_broker.ts";
import { KEYS, stubFetch } from "./stub_fetch.ts";
import { stsError, stsReply } from "./stub_sts.ts";

/** Lets what goes on in the background come to rest: hashes and streams take a few turns of the event loop. */
async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setTimeout(resolve));
}

Deno.test("createBroker() answers the five fields", async () => {
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

Deno.test("createBroker() asks STS for keys that are limited to the tenant's folder", async () => {
  const sts = stubFetch(() => stsReply());
  const { broker } = stubBroker(sts);
  await broker(askAs(OTHER_SECRET));
  const form = new URLSearchParams(sts.requests[0]?.body);
  assertEquals(form.get("Policy"), sessionPolicy({ bucket: "media", prefix: "other/", allow: ["read"] }));
  assertEquals([form.get("RoleSessionName"), form.get("DurationSeconds")], ["other", "900"]);
  assertEquals(form.get("RoleArn"), "arn:aws:iam::123456789012:role/files");
  assertEquals(sts.requests[0]?.url, "https://sts.us-east-1.amazonaws.com/");
  assertMatch(sts.requests[0]?.headers.get("authorization") ?? "", /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\//);
});

Deno.test({
  name: "createBroker() signs with what the default AWS chain finds when it is given no keys",
  // The SDK keeps a socket pool and reads files of its own.
  sanitizeResources: false,
  async fn() {
    const names = { AWS_ACCESS_KEY_ID: "AKIDENV", AWS_SECRET_ACCESS_KEY: "secret", AWS_SESSION_TOKEN: "env-token" };
    const former = Deno.env.toObject();
    for (const [name, value] of Object.entries(names)) Deno.env.set(name, value);
    try {
      const sts = stubFetch(stsReply());
      const { broker } = stubBroker(sts, { sts: { roleArn: "arn:aws:iam::123456789012:role/files" } });
      assertEquals((await broker(askAs(SECRET))).status, 200);
      assertMatch(sts.requests[0]?.headers.get("authorization") ?? "", /Credential=AKIDENV\//);
      assertEquals(sts.requests[0]?.headers.get("x-amz-security-token"), "env-token");
    } finally {
      for (const name of Object.keys(names)) {
        if (former[name] === undefined) Deno.env.delete(name);
        else Deno.env.set(name, former[name]);
      }
    }
  },
});

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
    expiration: new Date("2030-01-01T00:15:00Z"),
  });
});

Deno.test("createBroker() grants a whole bucket as its root", async () => {
  const { prefix: _, ...rest } = TEAM;
  const { broker } = stubBroker(stubFetch(stsReply()), { tenants: { team: { ...rest, wholeBucket: true } } });
  assertEquals((await (await broker(askAs(SECRET))).json()).S3Folder, "s3://media/");
});

Deno.test("createBroker() takes a charset behind the content type", async () => {
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

Deno.test("createBroker() hands out the same keys for half their life, and fetches newer ones in the background then", async () => {
  let nowMs = NOW;
  const ends = ["2030-01-01T00:15:00Z", "2030-01-01T00:22:30Z"];
  const sts = stubFetch(...ends.map((expiration, index) => stsReply({ accessKeyId: `ASIA${index}`, expiration })));
  const { broker, log } = stubBroker(sts, { now: () => nowMs });
  const seen = [];
  for (const minutes of [0, 7, 7.499, 7.5, 7.6, 14.9]) {
    nowMs = NOW + minutes * 60_000;
    seen.push((await (await broker(askAs(SECRET))).json()).AccessKeyId);
    await settle();
  }
  assertEquals(seen, ["ASIA0", "ASIA0", "ASIA0", "ASIA0", "ASIA1", "ASIA1"]);
  assertEquals(log.map(({ isCached }) => isCached), [false, true, true, true, true, true]);
});

Deno.test("createBroker() takes no more than the asked duration for the life of keys", async () => {
  // Ten minutes behind STS, whose 15 minutes look like 25.
  let nowMs = NOW - 10 * 60_000;
  const sts = stubFetch(() => stsReply());
  const { broker } = stubBroker(sts, { now: () => nowMs });
  await broker(askAs(SECRET));
  nowMs += 7.5 * 60_000;
  await broker(askAs(SECRET));
  await settle();
  assertEquals(sts.requests.length, 2);
});

Deno.test("createBroker() shares one call to STS among all who wait for it", async () => {
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

Deno.test("createBroker() answers 502 when STS refuses, with what it says in the log only", async () => {
  const { broker, log } = stubBroker(stubFetch(stsError(403, "AccessDenied", "not authorized to assume")));
  const response = await broker(askAs(SECRET));
  assertEquals([response.status, await response.json()], [502, { error: "No keys are available at the moment" }]);
  assertMatch(response.headers.get("retry-after") ?? "", /^[1-9]\d*$/);
  assertEquals(log, [{
    type: "failed",
    tenant: "team",
    reason: "Cannot get keys from STS: it answered 403 (AccessDenied: not authorized to assume)",
  }]);
});

Deno.test("createBroker() says in the log why STS cannot be reached", async () => {
  using time = new FakeTime(NOW);
  const { broker, log } = stubBroker(stubFetch(new TypeError("connection refused")));
  const answered = broker(askAs(SECRET));
  await tickUntil(time, () => log.length > 0, 50);
  assertEquals((await answered).status, 502);
  assertEquals(log[0]?.reason, "Cannot get keys from STS: the connection failed: connection refused");
});

Deno.test("createBroker() asks STS anew after a failure", async () => {
  const { broker } = stubBroker(stubFetch(stsError(403, "AccessDenied"), stsReply()));
  assertEquals((await broker(askAs(SECRET))).status, 502);
  assertEquals((await broker(askAs(SECRET))).status, 200);
});

Deno.test("createBroker() hands out keys for as long as they are valid for a minute when STS fails", async () => {
  let nowMs = NOW;
  const sts = stubFetch(stsReply(), () => stsError(403, "AccessDenied"));
  const { broker, log } = stubBroker(sts, { now: () => nowMs });
  const statuses = [];
  for (const seconds of [0, 449, 450, 600, 839, 840, 899]) {
    nowMs = NOW + seconds * 1000;
    statuses.push((await broker(askAs(SECRET))).status);
    await settle();
  }
  assertEquals(statuses, [200, 200, 200, 200, 200, 502, 502]);
  const failure = log.find(({ type }) => type === "failed");
  assertEquals(failure?.tenant, "team");
});

Deno.test("createBroker() keeps nobody waiting for a slow STS while there are valid keys", async () => {
  let nowMs = NOW;
  const { promise, resolve } = Promise.withResolvers<Response>();
  const sts = stubFetch(stsReply({ accessKeyId: "ASIAOLD" }), () => promise);
  const { broker } = stubBroker(sts, { now: () => nowMs });
  await broker(askAs(SECRET));
  nowMs += 8 * 60_000;
  for (let i = 0; i < 5; i++) assertEquals((await (await broker(askAs(SECRET))).json()).AccessKeyId, "ASIAOLD");
  assertEquals(sts.requests.length, 2);
  resolve(stsReply({ accessKeyId: "ASIANEW", expiration: "2030-01-01T01:00:00Z" }));
  await settle();
  assertEquals((await (await broker(askAs(SECRET))).json()).AccessKeyId, "ASIANEW");
});

Deno.test("createBroker() pauses between its calls to an STS that fails, with keys or throttled without", async () => {
  for (const answers of [[stsReply(), () => stsError(500, "InternalFailure")], [() => stsError(400, "Throttling")]]) {
    let nowMs = NOW;
    const sts = stubFetch(...answers as Parameters<typeof stubFetch>);
    const { broker } = stubBroker(sts, { now: () => nowMs });
    await broker(askAs(SECRET));
    nowMs += 8 * 60_000;
    using time = new FakeTime(nowMs);
    for (let i = 0; i < 20; i++) {
      const answered = broker(askAs(SECRET));
      await time.tickAsync(200);
      await answered;
    }
    // Each asks twice, a moment apart; the pause grows from 1 s, and the injected clock stands still.
    assert(sts.requests.length <= 5, `${sts.requests.length} requests`);
  }
});

Deno.test("createBroker() asks STS for four tenants at a time, whatever their number", async () => {
  const tenants: Record<string, TenantConfig> = {};
  for (let i = 0; i < 12; i++) {
    tenants[`t${i}`] = { ...TEAM, secretSha256: await sha256Of(`secret ${i}`), prefix: `t${i}` };
  }
  let [running, most] = [0, 0];
  const sts = stubFetch(async () => {
    most = Math.max(most, ++running);
    await settle();
    running--;
    return stsReply();
  });
  const { broker } = stubBroker(sts, { tenants });
  const replies = await Promise.all(Array.from({ length: 12 }, (_, i) => broker(askAs(`secret ${i}`))));
  assertEquals(new Set(replies.map(({ status }) => status)), new Set([200]));
  assertEquals([most, sts.requests.length], [4, 12]);
});

Deno.test("createBroker() starts with 10,000 tenants in no time, and a request costs as much as with 10", async () => {
  const hash = (i: number) => i.toString(16).padStart(64, "0");
  const tenantsOf = (count: number) => {
    const others = Array.from(
      { length: count },
      (_, i) => [`t${i}`, { ...TEAM, secretSha256: hash(i), prefix: `t/${i}` }],
    );
    return { team: TEAM, ...Object.fromEntries(others) };
  };
  const startedMs = performance.now();
  const sts = { endpointUrl: "http://store.test" };
  const many = stubBroker(stubFetch(() => stsReply()), { sts: { ...sts, ...KEYS }, tenants: tenantsOf(10_000) }).broker;
  assert(performance.now() - startedMs < 5_000);
  const few = stubBroker(stubFetch(() => stsReply()), { tenants: tenantsOf(10) }).broker;
  const costOf = async (broker: typeof many) => {
    const times = [];
    for (let i = 0; i < 300; i++) {
      const beganMs = performance.now();
      assertEquals((await broker(askAs(SECRET))).status, 200);
      times.push(performance.now() - beganMs);
    }
    // The quickest, which another program can hardly delay.
    return Math.min(...times);
  };
  await costOf(few);
  const [fewMs, manyMs] = [await costOf(few), await costOf(many)];
  assert(manyMs < 4 * fewMs + 0.1, `${manyMs} ms with 10,000 tenants, ${fewMs} ms with 10`);
});

Deno.test("createTenants() finds nobody whose hash differs in a single byte, whichever it is", async () => {
  const { tenants } = checkBrokerConfig({ sts: { roleArn: "arn:aws:iam::1:role/x" }, tenants: { team: TEAM } });
  const sts = { region: "us-east-1", durationSeconds: 900, canListUploads: false };
  assertEquals(createTenants({ sts, tenants }).find(SECRET)?.name, "team");
  const hash = await sha256Of(SECRET);
  for (let index = 0; index < 32; index++) {
    const byte = parseInt(hash.slice(2 * index, 2 * index + 2), 16) ^ 1;
    const secretSha256 = hash.slice(0, 2 * index) + byte.toString(16).padStart(2, "0") + hash.slice(2 * index + 2);
    const other = { team: { ...TEAM, wholeBucket: false, prefix: "team/", secretSha256 } };
    assertEquals(createTenants({ sts, tenants: other }).find(SECRET), undefined, `byte ${index}`);
  }
});

Deno.test("createBroker() refuses garbage and misspelt options with errors of ours", () => {
  const good = { sts: { roleArn: "arn:aws:iam::1:role/x" }, tenants: { team: TEAM } };
  const values = [null, 5, "x", [], {}, () => 5, Symbol("x"), new Date(), NaN, -1];
  for (const options of [undefined, ...values]) {
    assertThrows(() => createBroker(options as never), ConfigError, "Cannot ");
  }
  for (const name of ["sts", "tenants", "addressHeader", "addressOf", "log", "fetch", "now", "failureDelayMs"]) {
    for (const value of values) {
      try {
        createBroker({ ...good, [name]: value } as never);
      } catch (error) {
        assertInstanceOf(error, ConfigError, `${name}: ${String(value)}`);
      }
    }
  }
  for (
    const [name, meant] of [["tenant", "tenants"], ["logs", "log"], ["adressOf", "addressOf"], [
      "failureDelay",
      "failureDelayMs",
    ]]
  ) {
    assertThrows(
      () => createBroker({ ...good, [name ?? ""]: good.tenants } as never),
      ConfigError,
      `did you mean "${meant}"?`,
    );
  }
});

Deno.test("createSecret() makes 256 random bits and the hash that goes with them", async () => {
  const { secret, sha256 } = await createSecret();
  assertMatch(secret, /^[A-Za-z0-9_-]{43}$/);
  assertEquals(sha256, await sha256Of(secret));
  assertFalse(secret === (await createSecret()).secret);
});
