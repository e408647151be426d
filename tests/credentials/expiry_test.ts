import { assert, assertEquals, assertRejects } from "@std/assert";
import { stub } from "@std/testing/mock";
import { FakeTime } from "@std/testing/time";
import { createS3Source, type S3SourceEvent, ServiceError } from "../../mod.ts";
import { brokerReply, hang, s3Error, s3Object, type SentRequest, stubFetch } from "../support/stub_fetch.ts";

const START = Date.parse("2030-01-01T00:00:00Z");
const MINUTE = 60_000;
const BROKER = "https://broker.test/";

type Answer = (request: SentRequest) => Response | Promise<Response>;

/** Keys of their own, `KEY-1` and so on, that live for 15 minutes. */
function counted(): Answer {
  let count = 0;
  return () =>
    brokerReply({ AccessKeyId: `KEY-${++count}`, Expiration: new Date(Date.now() + 15 * MINUTE).toISOString() });
}

/** A source whose broker and store answer as told at the moment. */
function createWorld(broker: Answer) {
  const world = { broker, store: (): Response => s3Object("hello"), calls: 0 };
  const events: S3SourceEvent[] = [];
  const { fetch } = stubFetch((request) => {
    if (request.url !== BROKER) return world.store();
    world.calls++;
    return world.broker(request);
  });
  const source = createS3Source({ credentialsUrl: BROKER, credentialsUrlSecret: "s" }, {
    fetch,
    onEvent: (event) => events.push(event),
  });
  return Object.assign(world, { source, events });
}

const down: Answer = () => new Response("", { status: 500 });

Deno.test("credentials() waits again in the last minute, once the broker has recovered", async () => {
  using time = new FakeTime(START);
  const good = counted();
  const world = createWorld(good);
  await world.source.credentials();
  world.broker = down;
  for (let minutes = 12; minutes < 14; minutes++) {
    time.tick(minutes === 12 ? 12 * MINUTE : MINUTE);
    await world.source.credentials();
    await time.tickAsync(0);
  }
  world.broker = good;
  time.tick(1.5 * MINUTE);
  // Those at hand are taken while the broker has brought nothing new.
  await world.source.credentials();
  await time.tickAsync(0);
  assertEquals((await world.source.credentials()).accessKeyId, "KEY-2");
  time.tick(14.5 * MINUTE);
  assertEquals((await world.source.credentials()).accessKeyId, "KEY-3");
});

Deno.test("credentials() takes the same keys with a later end for new ones", async () => {
  using time = new FakeTime(START);
  const world = createWorld(() => brokerReply({ Expiration: new Date(Date.now() + 15 * MINUTE).toISOString() }));
  await world.source.credentials();
  time.tick(14.5 * MINUTE);
  const { accessKeyId, expiration } = await world.source.credentials();
  assertEquals([accessKeyId, expiration], ["AKIDBROKER", new Date(START + 29.5 * MINUTE)]);
  time.tick(10 * MINUTE);
  await world.source.credentials();
  assertEquals(world.calls, 2);
});

Deno.test("read() does not give up keys that the store has rejected while the broker must not be asked", async () => {
  using time = new FakeTime(START);
  // The longest pause after a failure.
  using _random = stub(Math, "random", () => 0.9999);
  const world = createWorld(counted());
  await world.source.credentials();
  world.broker = down;
  time.tick(14 * MINUTE);
  await world.source.credentials();
  await time.tickAsync(0);
  const { calls } = world;
  world.store = () => s3Error(403, "InvalidAccessKeyId");
  await assertRejects(() => world.source.read("a.txt"), ServiceError, "InvalidAccessKeyId");
  world.store = () => s3Object("hello");
  assertEquals((await world.source.read("a.txt")).byteLength, 5);
  assertEquals(world.calls, calls);
});

Deno.test("a refresh is an event, with the time at which the keys end", async () => {
  using time = new FakeTime(START);
  const world = createWorld(counted());
  await world.source.credentials();
  time.tick(14.5 * MINUTE);
  await world.source.credentials();
  const refresh = { type: "refresh", ok: true, durationMs: 0, scopeChanged: false } as const;
  assertEquals(world.events, [
    { ...refresh, expiration: new Date(START + 15 * MINUTE) },
    { ...refresh, expiration: new Date(START + 29.5 * MINUTE) },
  ]);
});

Deno.test("a refresh of keys without an end is an event without one", async () => {
  const events: S3SourceEvent[] = [];
  const source = createS3Source({ bucket: "media" }, {
    provider: () => Promise.resolve({ credentials: { accessKeyId: "KEY", secretAccessKey: "s" } }),
    onEvent: (event) => events.push(event),
  });
  await source.connect();
  assertEquals(events.map((event) => "expiration" in event), [false]);
});

Deno.test("credentials() leaves no timer behind when a broker that was hanging answers", async () => {
  using time = new FakeTime(START);
  const good = counted();
  const world = createWorld(good);
  await world.source.credentials();
  world.broker = hang;
  time.tick(13 * MINUTE);
  await world.source.credentials();
  await time.tickAsync(31_000);
  world.broker = good;
  time.tick(5 * MINUTE);
  using begun = stub(globalThis, "setTimeout", globalThis.setTimeout);
  using ended = stub(globalThis, "clearTimeout", globalThis.clearTimeout);
  assertEquals((await world.source.credentials()).accessKeyId, "KEY-2");
  await time.tickAsync(0);
  const left = new Set(begun.calls.map(({ returned }) => returned));
  for (const { args: [timer] } of ended.calls) left.delete(timer);
  assert(begun.calls.some(({ args: [, delayMs] }) => delayMs === 1_000));
  assertEquals(left.size, 0);
});
