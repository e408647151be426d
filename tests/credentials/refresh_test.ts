import { assert, assertEquals, assertRejects } from "@std/assert";
import { stub } from "@std/testing/mock";
import { FakeTime } from "@std/testing/time";
import { createS3Source, type S3SourceEvent } from "../../mod.ts";
import { brokerReply } from "../support/stub_fetch.ts";
import { busiestMinute, createWorld, down, MINUTE, newKeys, START } from "./broker_world.ts";

Deno.test("credentials() asks the broker once for 200 concurrent callers", async () => {
  using _time = new FakeTime(START);
  const { source, callsMs } = createWorld(newKeys());
  const all = await Promise.all(Array.from({ length: 200 }, () => source.credentials()));
  assertEquals(callsMs.length, 1);
  assertEquals(new Set(all.map(({ accessKeyId }) => accessKeyId)), new Set(["KEY-1"]));
});

Deno.test("credentials() rejects one caller's abort and serves the others with the same call", async () => {
  using _time = new FakeTime(START);
  const { source, callsMs } = createWorld(newKeys());
  const controller = new AbortController();
  const aborted = assertRejects(() => source.credentials({ signal: controller.signal }), Error, "enough");
  const other = source.credentials();
  controller.abort(new Error("enough"));
  await aborted;
  assertEquals((await other).accessKeyId, "KEY-1");
  assertEquals(callsMs.length, 1);
});

Deno.test("credentials() refreshes in the background in the last quarter of a life, without a wait", async () => {
  using time = new FakeTime(START);
  const { source, callsMs } = createWorld(newKeys());
  await source.credentials();
  time.tick(11 * MINUTE);
  assertEquals((await source.credentials()).accessKeyId, "KEY-1");
  assertEquals(callsMs.length, 1);
  time.tick(MINUTE);
  assertEquals((await source.credentials()).accessKeyId, "KEY-1");
  await time.tickAsync(0);
  assertEquals((await source.credentials()).accessKeyId, "KEY-2");
  assertEquals(callsMs.length, 2);
});

Deno.test("credentials() refreshes in the background from the first moment of the early window", async () => {
  using time = new FakeTime(START);
  using _random = stub(Math, "random", () => 0);
  const { source, callsMs } = createWorld(newKeys());
  await source.credentials();
  time.tick(11.25 * MINUTE - 1);
  await source.credentials();
  assertEquals(callsMs.length, 1);
  time.tick(1);
  await source.credentials();
  assertEquals(callsMs.length, 2);
});

Deno.test("credentials() waits for new keys in the last minute", async () => {
  using time = new FakeTime(START);
  const { source } = createWorld(newKeys());
  await source.credentials();
  time.tick(14.5 * MINUTE);
  assertEquals((await source.credentials()).accessKeyId, "KEY-2");
});

Deno.test("credentials() keeps valid keys while the broker fails, with at most 6 calls a minute", async () => {
  using time = new FakeTime(START);
  const world = createWorld(newKeys({}, 60 * MINUTE));
  await world.source.credentials();
  world.broker = down;
  world.callsMs.length = 0;
  time.tick(45 * MINUTE);
  for (let second = 0; second < 15 * 60 - 1; second++) {
    assertEquals((await world.source.credentials()).accessKeyId, "KEY-1");
    await time.tickAsync(1000);
  }
  const [calls, busiest] = [world.callsMs.length, busiestMinute(world.callsMs)];
  assert(calls > 10 && busiest <= 6, `${calls} calls, ${busiest} in the busiest minute`);
});

Deno.test("credentials() waits again in the last minute, once the broker has recovered", async () => {
  using time = new FakeTime(START);
  const good = newKeys();
  const world = createWorld(good);
  await world.source.credentials();
  world.broker = down;
  for (const minutes of [12, 1]) {
    time.tick(minutes * MINUTE);
    await world.source.credentials();
    await time.tickAsync(0);
  }
  world.broker = good;
  time.tick(1.5 * MINUTE);
  // The old keys are served without a wait until the broker has returned new ones.
  await world.source.credentials();
  await time.tickAsync(0);
  assertEquals((await world.source.credentials()).accessKeyId, "KEY-2");
  time.tick(14.5 * MINUTE);
  assertEquals((await world.source.credentials()).accessKeyId, "KEY-3");
});

Deno.test("credentials() does not call the broker each time while it repeats a reply", async () => {
  using time = new FakeTime(START);
  const { source, callsMs } = createWorld(() => brokerReply({ Expiration: "2030-01-01T01:00:00Z" }));
  await source.credentials();
  time.tick(55 * MINUTE);
  for (let second = 0; second < 60; second++) {
    assertEquals((await source.credentials()).accessKeyId, "AKIDBROKER");
    await time.tickAsync(1000);
  }
  assert(callsMs.length <= 7, `${callsMs.length} calls`);
});

Deno.test("credentials() treats the same keys with a later expiration as new", async () => {
  using time = new FakeTime(START);
  const { source, callsMs } = createWorld(newKeys({ AccessKeyId: "KEY" }));
  await source.credentials();
  time.tick(14.5 * MINUTE);
  const { accessKeyId, expiration } = await source.credentials();
  assertEquals([accessKeyId, expiration], ["KEY", new Date(START + 29.5 * MINUTE)]);
  time.tick(10 * MINUTE);
  await source.credentials();
  assertEquals(callsMs.length, 2);
});

Deno.test("downloadUrl() gets new keys for a longer URL, but only after half of their life", async () => {
  using time = new FakeTime(START);
  const { source, callsMs } = createWorld(newKeys());
  const sign = async () => (await source.downloadUrl("a.txt", { expiresInSeconds: 3_600 })).expiresAt;
  assertEquals(await sign(), new Date(START + 15 * MINUTE));
  time.tick(7 * MINUTE);
  assertEquals([await sign(), callsMs.length], [new Date(START + 15 * MINUTE), 1]);
  time.tick(MINUTE);
  assertEquals([await sign(), callsMs.length], [new Date(START + 23 * MINUTE), 2]);
});

Deno.test("downloadUrl() does not get new keys for a URL that expires with them", async () => {
  using time = new FakeTime(START);
  const { source, callsMs } = createWorld(newKeys());
  await source.connect();
  time.tick(10 * MINUTE);
  const { expiresAt } = await source.downloadUrl("a.txt", { expiresInSeconds: 300 });
  assertEquals([expiresAt, callsMs.length], [new Date(START + 15 * MINUTE), 1]);
});

Deno.test("credentials() rejects if the signal has already aborted", async () => {
  using _time = new FakeTime(START);
  const world = createWorld(newKeys());
  const fixed = createS3Source({ bucket: "media", accessKeyId: "KEY", secretAccessKey: "s" });
  const signal = AbortSignal.abort(new RangeError("enough"));
  await assertRejects(() => fixed.credentials({ signal }), RangeError, "enough");
  await assertRejects(() => world.source.credentials({ signal }), RangeError, "enough");
  assertEquals(world.callsMs.length, 0);
  await world.source.credentials();
  await assertRejects(() => world.source.credentials({ signal }), RangeError, "enough");
});

for (const field of ["AccessKeyId", "SecretAccessKey", "SessionToken"]) {
  Deno.test(`credentials() treats another ${field} as new keys`, async () => {
    using time = new FakeTime(START);
    const world = createWorld(() => brokerReply({ [field]: "first" }));
    await world.source.credentials();
    world.broker = () => brokerReply({ [field]: "second" });
    time.tick(14.5 * MINUTE);
    assertEquals(Object.values(await world.source.credentials()).includes("second"), true);
  });
}

Deno.test("connect() adopts another folder for the same keys", async () => {
  using time = new FakeTime(START);
  let folder = "one";
  const { source } = createWorld(() => brokerReply({ S3Folder: `s3://granted/${folder}/` }));
  await source.connect();
  folder = "two";
  time.tick(14.5 * MINUTE);
  assertEquals((await source.connect()).prefix, "two/");
});

Deno.test("a refresh is an event, with the keys' expiration", async () => {
  using time = new FakeTime(START);
  const { source, events } = createWorld(newKeys());
  await source.credentials();
  time.tick(14.5 * MINUTE);
  await source.credentials();
  const refresh = { type: "refresh", ok: true, durationMs: 0, scopeChanged: false } as const;
  assertEquals(events, [
    { ...refresh, expiresAt: new Date(START + 15 * MINUTE) },
    { ...refresh, expiresAt: new Date(START + 29.5 * MINUTE) },
  ]);
});

Deno.test("a failed refresh is an event, with its error", async () => {
  using _time = new FakeTime(START);
  const { source, events } = createWorld(() => new Response("", { status: 404 }));
  await assertRejects(() => source.credentials());
  const message = "Cannot get credentials from the broker at broker.test: it answered 404";
  assertEquals(events, [{ type: "refresh", ok: false, durationMs: 0, code: "BrokerFailed", message }]);
});

Deno.test("a refresh of keys that never expire is an event without an expiration", async () => {
  const events: S3SourceEvent[] = [];
  const source = createS3Source({ bucket: "media" }, {
    credentials: () => Promise.resolve({ accessKeyId: "KEY", secretAccessKey: "s" }),
    onEvent: (event) => events.push(event),
  });
  await source.connect();
  assertEquals(events.map((event) => "expiresAt" in event), [false]);
});
