import { assert, assertEquals, assertRejects } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { ServiceError } from "../../mod.ts";
import { createTenantGrants } from "../../src/broker/tenant_grants.ts";
import type { KeyRequest, SessionKeys } from "../../src/broker/types.ts";
import { askAs, NOW, SECRET, stubBroker, tickUntil } from "../support/stub_broker.ts";
import { hang, stubFetch } from "../support/stub_fetch.ts";
import { stsError, stsReply } from "../support/stub_sts.ts";

const MINUTE_MS = 60_000;

/** Grants for 15 minutes with their clock, from calls that the test answers. */
function stubGrants({ random = () => 0.5 }: { random?: () => number } = {}) {
  const clock = { nowMs: NOW };
  const calls: { name: string; prefix: string; answer(lifeMs?: number): void; fail(error: Error): void }[] = [];
  const failed: string[] = [];
  const issue = ({ tenant, prefix }: KeyRequest) => {
    const { promise, resolve, reject } = Promise.withResolvers<SessionKeys>();
    const accessKeyId = `ASIA${calls.length}`;
    const keys = { accessKeyId, secretAccessKey: "s", sessionToken: "t" };
    const answer = (lifeMs = 15 * MINUTE_MS) => resolve({ ...keys, expiration: clock.nowMs + lifeMs });
    calls.push({ name: tenant, prefix, answer, fail: reject });
    return promise;
  };
  const grants = createTenantGrants({
    issuer: { service: "STS", issue, fingerprint: "store 1" },
    now: () => clock.nowMs,
    random,
    onRefreshFailed: ({ tenant }) => void failed.push(tenant),
  });
  const get = async (tenant = "team", request: Partial<KeyRequest> = {}) => {
    const whole = { tenant, bucket: "media", prefix: "", allow: ["read"], durationSeconds: 900 } as const;
    const { keys } = await grants.get({ ...whole, ...request });
    await settle();
    return keys.accessKeyId;
  };
  /** Gets a tenant's first keys. */
  const begin = async (name = "team", request: Partial<KeyRequest> = {}) => {
    const first = get(name, request);
    await settle();
    calls.at(-1)?.answer();
    return await first;
  };
  return { clock, calls, failed, grants, issue, get, begin };
}

/** Runs all pending microtasks. */
async function settle(): Promise<void> {
  for (let i = 0; i < 50; i++) await Promise.resolve();
}

const throttling = () => new ServiceError("it answered 400", { code: "Throttling" });

Deno.test("createTenantGrants() refreshes in the background after half of the keys' life", async () => {
  const { clock, calls, get, begin } = stubGrants();
  await begin();
  const seen = [];
  for (const minutes of [0, 7, 7.499, 7.5, 7.6]) {
    clock.nowMs = NOW + minutes * MINUTE_MS;
    seen.push([await get(), calls.length]);
  }
  assertEquals(seen, [["ASIA0", 1], ["ASIA0", 1], ["ASIA0", 1], ["ASIA0", 2], ["ASIA0", 2]]);
  calls[1]?.answer();
  await settle();
  assertEquals(await get(), "ASIA1");
});

Deno.test("createTenantGrants() hands out keys that are valid for a minute while STS is down", async () => {
  const { clock, calls, failed, get, begin } = stubGrants();
  await begin();
  const seen = [];
  for (const minutes of [7.5, 10, 13, 14]) {
    clock.nowMs = NOW + minutes * MINUTE_MS;
    seen.push(await get());
    calls.at(-1)?.fail(new ServiceError("down", { code: "NetworkError" }));
    await settle();
  }
  assertEquals(seen, Array(4).fill("ASIA0"));
  assertEquals(failed, Array(4).fill("team"));
  clock.nowMs += 1;
  const last = assertRejects(() => get(), ServiceError, "down");
  await settle();
  calls.at(-1)?.fail(new ServiceError("down", { code: "NetworkError" }));
  await last;
});

Deno.test("createTenantGrants() treats no life as longer than the requested duration", async () => {
  const { clock, calls, get } = stubGrants();
  const first = get();
  await settle();
  // Ten minutes behind STS, so that 15 minutes look like 25.
  calls[0]?.answer(25 * MINUTE_MS);
  await first;
  clock.nowMs += 7.5 * MINUTE_MS;
  await get();
  assertEquals(calls.length, 2);
  clock.nowMs += 6.5 * MINUTE_MS + 1;
  const waiting = get();
  await settle();
  calls[1]?.answer();
  assertEquals(await waiting, "ASIA1");
});

Deno.test("createTenantGrants() never waits for a slow STS while keys are valid", async () => {
  const { clock, calls, get, begin } = stubGrants();
  await begin();
  clock.nowMs = NOW + 8 * MINUTE_MS;
  for (let i = 0; i < 100; i++) assertEquals(await get(), "ASIA0");
  assertEquals(calls.length, 2);
  calls[1]?.answer();
});

Deno.test("createTenantGrants() reports a failed refresh once, however many callers came meanwhile", async () => {
  const { clock, calls, failed, get, begin } = stubGrants();
  await begin();
  clock.nowMs = NOW + 8 * MINUTE_MS;
  for (let i = 0; i < 3; i++) await get();
  calls[1]?.fail(new ServiceError("down", { code: "NetworkError" }));
  await settle();
  assertEquals(failed, ["team"]);
});

Deno.test("createTenantGrants() drops expired keys, even if the clock is set back afterwards", async () => {
  const { clock, calls, get, begin } = stubGrants();
  await begin();
  clock.nowMs = NOW + 15 * MINUTE_MS;
  const failing = assertRejects(() => get(), ServiceError, "down");
  await settle();
  calls[1]?.fail(new ServiceError("down", { code: "NetworkError" }));
  await failing;
  clock.nowMs = NOW;
  const next = get();
  await settle();
  calls[2]?.answer();
  assertEquals(await next, "ASIA2");
});

Deno.test("createTenantGrants() pauses longer after each failed refresh, for a random time", async () => {
  const { clock, calls, get, begin } = stubGrants();
  await begin();
  clock.nowMs = NOW + 8 * MINUTE_MS;
  const pauses = [];
  for (let i = 0; i < 7; i++) {
    const before = calls.length;
    const sinceMs = clock.nowMs;
    for (await get(); calls.length === before; await get()) clock.nowMs += 100;
    pauses.push(clock.nowMs - sinceMs);
    calls.at(-1)?.fail(new ServiceError("down", { code: "NetworkError" }));
    await settle();
  }
  assertEquals(pauses, [0, 500, 1_000, 2_000, 4_000, 8_000, 15_000]);
});

Deno.test("createTenantGrants() forgets failed refreshes after a good one", async () => {
  const { clock, calls, get, begin } = stubGrants();
  await begin();
  const fail = async () => {
    calls.at(-1)?.fail(new ServiceError("down", { code: "NetworkError" }));
    await settle();
  };
  clock.nowMs = NOW + 8 * MINUTE_MS;
  for (let i = 0; i < 4; i++) {
    await get();
    await fail();
    clock.nowMs += 15_000;
  }
  await get();
  calls.at(-1)?.answer();
  await settle();
  clock.nowMs += 8 * MINUTE_MS;
  await get();
  await fail();
  const { length } = calls;
  clock.nowMs += 500;
  await get();
  assertEquals(calls.length, length + 1);
});

Deno.test("createTenantGrants() makes at most 4 calls at once, and the others in order", async () => {
  const { calls, get } = stubGrants();
  const names = Array.from({ length: 10 }, (_, index) => `t${index}`);
  const all = Promise.all(names.map((name) => get(name)));
  await settle();
  assertEquals(calls.map(({ name }) => name), ["t0", "t1", "t2", "t3"]);
  calls[2]?.answer();
  calls[0]?.answer();
  await settle();
  assertEquals(calls.map(({ name }) => name), ["t0", "t1", "t2", "t3", "t4", "t5"]);
  for (let i = 0; i < 10; i++) {
    calls[i]?.answer();
    await settle();
  }
  assertEquals((await all).length, 10);
});

Deno.test("createTenantGrants() leaves a call to tenants without keys while it refreshes others", async () => {
  const { clock, calls, get, begin } = stubGrants();
  for (const name of ["a", "b", "c", "d", "e"]) await begin(name);
  clock.nowMs = NOW + 8 * MINUTE_MS;
  for (const name of ["a", "b", "c", "d", "e"]) await get(name);
  assertEquals(calls.slice(5).map(({ name }) => name), ["a", "b", "c"]);
  const fresh = get("fresh");
  await settle();
  assertEquals(calls.at(-1)?.name, "fresh");
  for (const { answer } of calls) answer();
  assertEquals(await fresh, "ASIA8");
});

Deno.test("createTenantGrants() refreshes keys although calls that never ended took every slot", async () => {
  const { clock, calls, get, begin } = stubGrants();
  await begin();
  const held = ["a", "b", "c", "d"].map((name) => get(name));
  await settle();
  clock.nowMs = NOW + 8 * MINUTE_MS;
  await get();
  assertEquals(calls.slice(5).map(({ name }) => name), ["team"]);
  for (const { answer } of calls) answer();
  await Promise.all(held);
});

Deno.test("createTenantGrants() lets no caller wait more than 9 seconds for others' calls", async () => {
  using time = new FakeTime(NOW);
  const { calls, get } = stubGrants();
  const held = ["a", "b", "c", "d"].map((name) => get(name));
  const waiting = assertRejects(() => get("e"), Error, "none of the 4 calls that may run at once has ended");
  await time.tickAsync(9_000);
  await waiting;
  for (const { answer } of calls) answer();
  assertEquals((await Promise.all(held)).length, 4);
  // The caller who gave up takes no slot.
  const next = Promise.all(["f", "g", "h", "i"].map((name) => get(name)));
  await settle();
  assertEquals(calls.slice(4).map(({ name }) => name), ["f", "g", "h", "i"]);
  for (const { answer } of calls) answer();
  await next;
});

Deno.test("createTenantGrants() does not call STS for any tenant while it is throttled", async () => {
  const { clock, calls, grants, get } = stubGrants();
  const first = assertRejects(() => get("a"), ServiceError);
  await settle();
  calls[0]?.fail(throttling());
  await first;
  await assertRejects(() => get("b"), ServiceError, "Cannot get keys from STS: it is throttling the broker");
  assertEquals([calls.length, grants.retryAfterSeconds()], [1, 2]);
  clock.nowMs += 500;
  const next = get("b");
  await settle();
  calls[1]?.answer();
  assertEquals(await next, "ASIA1");
});

Deno.test("createTenantGrants() calls STS again if the clock was set back while it was throttled", async () => {
  const { clock, calls, get, grants } = stubGrants();
  const first = assertRejects(() => get(), ServiceError);
  await settle();
  calls[0]?.fail(throttling());
  await first;
  clock.nowMs -= 60 * MINUTE_MS;
  assertEquals(grants.retryAfterSeconds(), 2);
  const next = get();
  await settle();
  calls[1]?.answer();
  assertEquals(await next, "ASIA1");
});

Deno.test("createTenantGrants() doubles the pause each time it is throttled, up to 30 seconds", async () => {
  const { clock, calls, grants, get } = stubGrants({ random: () => 0.999 });
  const seconds = [];
  for (let i = 0; i < 7; i++) {
    const asked = assertRejects(() => get(), ServiceError);
    await settle();
    calls[i]?.fail(throttling());
    await asked;
    seconds.push(grants.retryAfterSeconds());
    clock.nowMs += 30_000;
  }
  assertEquals(seconds, [2, 2, 4, 8, 16, 30, 30]);
});

Deno.test("createTenantGrants() counts concurrent throttled calls once, and forgets them after a good one", async () => {
  const { clock, calls, grants, get } = stubGrants({ random: () => 0.999 });
  const round = async (end: "throttled" | "answered") => {
    const { length } = calls;
    const all = ["a", "b", "c", "d"].map((name) => get(`${name}${length}`).catch(() => {}));
    await settle();
    for (const call of calls.slice(length)) {
      if (end === "answered") call.answer();
      else call.fail(throttling());
    }
    await Promise.all(all);
    const seconds = grants.retryAfterSeconds();
    clock.nowMs += 30_000;
    return seconds;
  };
  const seconds = [];
  for (const end of ["throttled", "throttled", "throttled", "answered", "throttled"] as const) {
    seconds.push(await round(end));
  }
  assertEquals(seconds, [2, 2, 4, 2, 2]);
  assertEquals(await round("throttled"), 2);
  assertEquals(calls.length, 24);
});

Deno.test("createTenantGrants() no longer counts a call that takes more than 9 seconds", async () => {
  const { clock, calls, get } = stubGrants();
  const held = ["a", "b", "c", "d"].map((name) => get(name));
  await settle();
  clock.nowMs += 9_000;
  const waiting = get("e");
  await settle();
  assertEquals(calls.at(-1)?.name, "d");
  clock.nowMs += 1;
  const next = get("f");
  await settle();
  assertEquals(calls.slice(4).map(({ name }) => name), ["e", "f"]);
  for (const { answer } of calls) answer();
  assertEquals((await Promise.all([...held, waiting, next])).length, 6);
});

Deno.test("createTenantGrants() treats no life as longer than what the issuer asked for", async () => {
  const clock = { nowMs: NOW };
  let calls = 0;
  const issue = () =>
    Promise.resolve({
      accessKeyId: `ASIA${calls++}`,
      secretAccessKey: "s",
      sessionToken: "t",
      expiration: clock.nowMs + 25 * MINUTE_MS,
      durationSeconds: 900,
    });
  const grants = createTenantGrants({ issuer: { service: "STS", issue, fingerprint: "" }, now: () => clock.nowMs });
  const request: KeyRequest = { tenant: "team", bucket: "media", prefix: "", allow: ["read"] };
  await grants.get(request);
  clock.nowMs += 14 * MINUTE_MS + 1;
  assertEquals((await grants.get(request)).keys.accessKeyId, "ASIA1");
});

Deno.test("createTenantGrants() has keys of their own for whatever is asked for", async () => {
  const { get, begin } = stubGrants();
  const requests: Partial<KeyRequest>[] = [
    {},
    { bucket: "other" },
    { prefix: "a/" },
    { allow: ["read", "write"] },
    { durationSeconds: 1_800 },
    { roleArn: "arn:1" },
    { externalId: "arn:1" },
    { sessionTags: { a: "1", b: "2" } },
    { kmsKeyArns: ["arn:1"] },
  ];
  for (const request of requests) await begin("team", request);
  const again = [];
  for (const request of requests) again.push(await get("team", request));
  assertEquals(again, requests.map((_, index) => `ASIA${index}`));
  assertEquals(await get("team", { sessionTags: { b: "2", a: "1" } }), "ASIA7");
});

Deno.test("createTenantGrants() makes at most 2 calls at once for a tenant, however much it asks for", async () => {
  const { calls, get } = stubGrants();
  const many = ["a/", "b/", "c/"].map((prefix) => get("greedy", { prefix }));
  await settle();
  const others = ["x", "y"].map((name) => get(name));
  await settle();
  assertEquals(calls.map(({ name, prefix }) => name + prefix), ["greedya/", "greedyb/", "x", "y"]);
  calls[0]?.answer();
  await settle();
  assertEquals(calls.at(-1)?.prefix, "c/");
  for (const { answer } of calls) answer();
  await Promise.all([...many, ...others]);
});

Deno.test("createTenantGrants() does not queue a refresh behind other calls of the tenant", async () => {
  const { clock, calls, get, begin } = stubGrants();
  await begin();
  clock.nowMs = NOW + 8 * MINUTE_MS;
  const others = ["a/", "b/"].map((prefix) => get("team", { prefix }));
  await settle();
  assertEquals(await get(), "ASIA0");
  for (const { answer } of calls) answer();
  await Promise.all(others);
  assertEquals(calls.length, 3);
  await get();
  assertEquals(calls.length, 4);
  calls[3]?.answer();
});

Deno.test("createTenantGrants() keeps cached keys if only the issuer is replaced", async () => {
  const { calls, grants, get, begin } = stubGrants();
  await begin();
  const asked: string[] = [];
  const issue = ({ tenant }: KeyRequest): Promise<SessionKeys> => {
    asked.push(tenant);
    return Promise.resolve({ accessKeyId: "NEW", secretAccessKey: "s", sessionToken: "t", expiration: NOW + 900_000 });
  };
  grants.use({ service: "STS", issue, fingerprint: "store 1" });
  assertEquals([await get(), await get("team", { roleArn: "arn:2" }), await get("b")], ["ASIA0", "NEW", "NEW"]);
  assertEquals([asked, calls.length], [["team", "b"], 1]);
});

Deno.test("createTenantGrants() drops keys of another store, even those that are on their way", async () => {
  const { calls, grants, issue, get, begin } = stubGrants();
  await begin("a");
  const late = get("b");
  await settle();
  grants.use({ service: "R2", issue, fingerprint: "store 2" });
  assertEquals(grants.expirations().size, 0);
  calls[1]?.answer();
  assertEquals(await late, "ASIA1");
  const fresh = Promise.all([get("a"), get("b")]);
  await settle();
  for (const { answer } of calls) answer();
  assertEquals(await fresh, ["ASIA2", "ASIA3"]);
});

Deno.test("createTenantGrants() asks another store at once, although the last one throttled it", async () => {
  const { calls, grants, issue, get } = stubGrants();
  const first = assertRejects(() => get(), ServiceError);
  await settle();
  calls[0]?.fail(throttling());
  await first;
  grants.use({ service: "R2", issue, fingerprint: "store 2" });
  const next = get();
  await settle();
  calls[1]?.answer();
  assertEquals(await next, "ASIA1");
});

Deno.test("createTenantGrants() knows when the last valid keys of each tenant expire", async () => {
  const { clock, calls, grants, get } = stubGrants();
  for (const [name, prefix, minutes] of [["a", "", 15], ["a", "x/", 10], ["b", "", 5]] as const) {
    const keys = get(name, { prefix });
    await settle();
    calls.at(-1)?.answer(minutes * MINUTE_MS);
    await keys;
  }
  assertEquals(Array.from(grants.expirations()), [["a", NOW + 15 * MINUTE_MS], ["b", NOW + 5 * MINUTE_MS]]);
  clock.nowMs += 5 * MINUTE_MS;
  assertEquals(Array.from(grants.expirations().keys()), ["a"]);
});

Deno.test("createBroker() hands out valid keys while STS hangs, fails or throttles, and logs it", async () => {
  for (const answer of [hang, new TypeError("connection refused"), stsError(403, "AccessDenied"), stsError(503, "x")]) {
    using time = new FakeTime(NOW);
    let nowMs = NOW;
    const { broker, log } = stubBroker(stubFetch(stsReply(), answer, answer), { now: () => nowMs });
    assertEquals((await broker(askAs(SECRET))).status, 200);
    nowMs += 8 * MINUTE_MS;
    let status: number | undefined;
    broker(askAs(SECRET)).then((response) => status = response.status);
    // No time passes.
    await tickUntil(time, () => status !== undefined);
    assertEquals(status, 200);
    await tickUntil(time, () => log.some(({ type }) => type === "failed"), 1_000);
    const failure = log.find(({ type }) => type === "failed");
    assertEquals([failure?.tenant, failure?.isCached], ["team", true]);
    assert(failure?.reason?.startsWith("Cannot get keys from STS: "), failure?.reason);
  }
});

Deno.test("createBroker() calls a throttling STS again soon after the clock was set back", async () => {
  let nowMs = NOW;
  const { broker } = stubBroker(stubFetch(stsError(400, "Throttling"), stsReply()), { now: () => nowMs });
  assertEquals((await broker(askAs(SECRET))).status, 502);
  nowMs -= 60 * MINUTE_MS;
  assertEquals((await broker(askAs(SECRET))).status, 200);
});
