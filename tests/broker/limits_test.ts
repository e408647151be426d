import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { clientOf } from "../../src/options/client_address.ts";
import { createFailureLimit } from "../../src/broker/callers/failure_limit.ts";
import type { BrokerOptions } from "../../src/broker/mod.ts";
import { createMemoryState } from "../../src/state/memory_state.ts";
import { brokenState } from "../support/broken_state.ts";
import { askAs, NOW, post, SECRET, stubBroker, tickUntil } from "../support/stub_broker.ts";
import { stubFetch } from "../support/stub_fetch.ts";
import { stsReply } from "../support/stub_sts.ts";

Deno.test("createBroker() delays its response to a wrong secret", async () => {
  using time = new FakeTime(NOW);
  const { broker, log } = stubBroker(stubFetch(stsReply()), { failureDelayMs: 300 });
  let status: number | undefined;
  broker(askAs("wrong")).then((response) => status = response.status);
  await tickUntil(time, () => log.length > 0);
  await time.tickAsync(299);
  assertEquals(status, undefined);
  await time.tickAsync(1);
  assertEquals(status, 403);
});

Deno.test("createBroker() delays at most 1,000 responses, and none to a correct secret", async () => {
  using time = new FakeTime(NOW);
  const { broker, log } = stubBroker(stubFetch(() => stsReply()), { failureDelayMs: 60_000 });
  const statuses: number[] = [];
  for (let i = 0; i < 1_100; i++) broker(askAs("wrong")).then(({ status }) => statuses.push(status));
  await tickUntil(time, () => log.length === 1_100);
  await tickUntil(time, () => statuses.length === 100);
  assertEquals(new Set(statuses), new Set([429]));
  assertEquals((await broker(askAs(SECRET))).status, 200);
  await time.tickAsync(60_000);
  assertEquals(statuses.filter((status) => status === 403).length, 1_000);
  // The delays have ended, so there is room again.
  broker(askAs("wrong")).then(({ status }) => statuses.push(status));
  await time.tickAsync(60_000);
  assertEquals(statuses.at(-1), 403);
});

/** A broker that reads the caller's address from the URL, and a way to call it, by default with a wrong secret. */
function addressedBroker(options: Partial<BrokerOptions> = {}) {
  const addressOf = (request: Request) => new URL(request.url).searchParams.get("from") ?? undefined;
  const { broker, log } = stubBroker(stubFetch(() => stsReply()), { addressOf, maxFailuresPerMinute: 3, ...options });
  const ask = (from: string, secret = "wrong") =>
    broker(post(`secret=${secret}`, { path: from === "" ? undefined : `/credentials?from=${from}` }));
  return { ask, log };
}

Deno.test("createBroker() answers 429 to further wrong secrets of an address that sent too many", async () => {
  let nowMs = NOW;
  const { ask, log } = addressedBroker({ now: () => nowMs });
  const statuses = [];
  for (const secret of ["a", "b", "c", "d", ""]) {
    statuses.push((await ask("192.0.2.1", secret)).status);
    nowMs += 10_000;
  }
  assertEquals(statuses, [403, 403, 403, 429, 429]);
  // The first of the three failures was 50 seconds ago.
  const response = await ask("192.0.2.1");
  assertEquals(response.headers.get("retry-after"), "10");
  assertEquals(await response.json(), { error: "Too many failures" });
  assertEquals(log.at(-1), { type: "refused", address: "192.0.2.1", reason: "too many wrong secrets" });
});

Deno.test("createBroker() serves a correct secret after any number of wrong ones from its address", async () => {
  const { ask } = addressedBroker();
  const statuses = [];
  // Behind a proxy that does not send its header, all callers have one address.
  for (let i = 0; i < 20; i++) {
    statuses.push((await ask("192.0.2.1", SECRET)).status);
    await ask("192.0.2.1");
  }
  assertEquals(statuses, Array(20).fill(200));
});

Deno.test("createBroker() does not count correct secrets", async () => {
  const { ask } = addressedBroker();
  for (let i = 0; i < 20; i++) await ask("192.0.2.1", SECRET);
  assertEquals((await ask("192.0.2.1")).status, 403);
});

for (
  const [name, addresses, status] of [
    ["a /64 as one address", ["2001:db8::1", "2001:db8::2", "2001:db8::3:4", "2001:db8:0:0:9::"], 429],
    ["/64s apart", ["2001:db8:0:1::1", "2001:db8:0:2::1", "2001:db8:0:3::1", "2001:db8:0:4::1"], 403],
    ["IPv4 in IPv6 as IPv4", ["192.0.2.1", "::ffff:192.0.2.1", "::ffff:c000:201", "192.0.2.1"], 429],
    ["IPv4 in IPv6 apart", ["::ffff:192.0.2.1", "::ffff:192.0.2.2", "::ffff:192.0.2.3", "::ffff:192.0.2.4"], 403],
  ] as const
) {
  Deno.test(`createBroker() counts wrong secrets of ${name}`, async () => {
    const { ask } = addressedBroker();
    const statuses = [];
    for (const address of addresses) statuses.push((await ask(address)).status);
    assertEquals(statuses, [403, 403, 403, status]);
  });
}

Deno.test("createBroker() accepts another try of an address after Retry-After", async () => {
  let nowMs = NOW;
  const { ask } = addressedBroker({ now: () => nowMs });
  for (let i = 0; i < 3; i++) await ask("192.0.2.1");
  const seconds = Number((await ask("192.0.2.1")).headers.get("retry-after"));
  assertEquals(seconds, 60);
  nowMs += seconds * 1000;
  assertEquals((await ask("192.0.2.1")).status, 403);
});

Deno.test("createBroker() limits only the address that failed", async () => {
  const { ask } = addressedBroker();
  for (let i = 0; i < 4; i++) await ask("192.0.2.1");
  assertEquals((await ask("192.0.2.2")).status, 403);
});

Deno.test("createBroker() counts concurrent failures", async () => {
  const { ask } = addressedBroker();
  const responses = await Promise.all(Array.from({ length: 20 }, () => ask("192.0.2.1")));
  const statuses = responses.map(({ status }) => status);
  assertEquals([403, 429].map((code) => statuses.filter((status) => status === code).length), [3, 17]);
});

Deno.test("createBroker() limits no caller of unknown address", async () => {
  const { ask } = addressedBroker();
  for (let i = 0; i < 5; i++) assertEquals((await ask("")).status, 403);
});

Deno.test("createBroker() logs at most 100 characters of an address", async () => {
  const { ask, log } = addressedBroker();
  for (const secret of [SECRET, "wrong"]) await ask("x".repeat(5_000), secret);
  await ask("%01".repeat(100));
  assertEquals(log.map(({ address }) => address?.length), [100, 100, 100]);
});

Deno.test("createBroker() escapes control characters in an address", async () => {
  const { broker, log } = stubBroker(stubFetch(() => stsReply()), { addressOf: () => "1\n\u001b[2J\u202e\u0085" });
  await broker(askAs(SECRET));
  assertEquals(log.at(-1)?.address, "1\\u000a\\u001b[2J\\u202e\\u0085");
});

Deno.test("createBroker() treats an empty address as unknown", async () => {
  const { broker, log } = stubBroker(stubFetch(), { addressOf: () => "", maxFailuresPerMinute: 1 });
  for (let i = 0; i < 3; i++) assertEquals((await broker(askAs("wrong"))).status, 403);
  assertEquals(log, Array(3).fill({ type: "refused", reason: "a wrong secret" }));
});

Deno.test("createBroker() reads the last address of the proxy's header", async () => {
  const { broker, log } = stubBroker(stubFetch(() => stsReply()), {
    addressHeader: "X-Forwarded-For",
    addressOf: () => "10.0.0.1",
  });
  const ask = async (forwarded: string | undefined) => {
    const request = askAs(SECRET);
    if (forwarded !== undefined) request.headers.set("x-forwarded-for", forwarded);
    await broker(request);
    return log.at(-1)?.address;
  };
  assertEquals(await ask("198.51.100.1, 203.0.113.7"), "203.0.113.7");
  assertEquals(await ask(undefined), "10.0.0.1");
});

Deno.test("createFailureLimit() counts the failures of a minute that begins with the first", async () => {
  let nowMs = 0;
  const now = () => nowMs;
  const limit = createFailureLimit({ maxFailures: 2, state: createMemoryState({ now }), now });
  const waits: number[] = [];
  for (nowMs of [0, 30_000, 45_000, 59_999]) waits.push(await limit.record("a"));
  waits.push(await limit.waitSeconds("a"));
  for (nowMs of [60_000, 119_000]) waits.push(await limit.waitSeconds("a"), await limit.record("a"));
  waits.push(await limit.waitSeconds("a"));
  assertEquals(waits, [0, 0, 15, 1, 1, 0, 0, 0, 0, 1]);
});

Deno.test("createFailureLimit() forgets what it recorded before the clock was set back", async () => {
  let nowMs = 3_600_000;
  const now = () => nowMs;
  const limit = createFailureLimit({ maxFailures: 1, state: createMemoryState({ now }), now });
  await limit.record("a");
  nowMs = 0;
  const waits = [await limit.waitSeconds("a"), await limit.record("a"), await limit.waitSeconds("a")];
  assertEquals(waits, [0, 0, 60]);
});

Deno.test("createFailureLimit() counts the failures at its own process while the state fails", async () => {
  const state = brokenState();
  const limit = createFailureLimit({ maxFailures: 1, state, now: () => 0 });
  for (const address of ["first", "second", "first"]) await limit.record(address);
  for (let i = 0; i < 9_999; i++) await limit.record(`other ${i}`);
  const addresses = ["first", "second", "other 0", "other 9998"];
  // Those that failed longest ago are forgotten when there are too many.
  assertEquals(await Promise.all(addresses.map((address) => limit.waitSeconds(address))), [60, 0, 60, 60]);
});

for (
  const [address, client] of [
    ["192.0.2.1", "192.0.2.1"],
    ["192.0.2.1:4711", "192.0.2.1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["::FFFF:C000:0201", "192.0.2.1"],
    ["[::ffff:192.0.2.1]:4711", "192.0.2.1"],
    ["2001:db8:1:2::1", "2001:db8:1:2::/64"],
    ["2001:0DB8:0001:0002:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"],
    ["[2001:db8:1:2::9]:443", "2001:db8:1:2::/64"],
    ["2001:db8:1:3::1", "2001:db8:1:3::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["Unknown", "unknown"],
    ["a:b:c", "a:b:c"],
    ["::1]/[::2", "::1]/[::2"],
    ["", ""],
    ["x".repeat(10_000), "x".repeat(100)],
  ] as const
) {
  Deno.test(`clientOf() maps ${JSON.stringify(address.slice(0, 40))} to ${client.slice(0, 40)}`, () => {
    assertEquals(clientOf(address), client);
  });
}
