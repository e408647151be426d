import { assert, assertEquals, assertRejects } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { CredentialsError, CredentialsExpiredError } from "../../mod.ts";
import { printFigures } from "../support/figures.ts";
import { brokerReply, hang } from "../support/stub_fetch.ts";
import { type Answer, busiestMinute, createWorld, MINUTE, newKeys, operate, START } from "./broker_world.ts";

const outages: Record<string, Answer> = {
  refused: () => {
    throw new TypeError("connection refused");
  },
  hang,
  "500": () => new Response("", { status: 500 }),
  "403": () => new Response("", { status: 403 }),
  "404": () => new Response("", { status: 404 }),
  garbage: () => new Response("\u0000\u0001 garbage"),
  "truncated JSON": () => new Response('{"AccessKeyId": "AK'),
  oversized: () => new Response("{" + " ".repeat(70 * 1024) + "}"),
  redirect: () => new Response("", { status: 302, headers: { location: "https://evil.test/" } }),
  "already expired": newKeys({}, -1000),
};
for (const [kind, reply] of Object.entries(outages)) {
  Deno.test(`a broker's outage (${kind}) affects nothing while the grant is valid, and ends with its first good reply`, async () => {
    using time = new FakeTime(START);
    const world = createWorld(newKeys());
    await world.source.connect();
    time.tick(11 * MINUTE);
    world.broker = reply;
    world.callsMs.length = 0;
    const failed = await operate(world.source, { time, seconds: 4 * 60 - 1 });
    const busiest = busiestMinute(world.callsMs);

    time.tick(2_000);
    const expiredMs = Date.now();
    const afterExpiry = assertRejects(() => world.source.read("a.txt"), CredentialsExpiredError);
    await time.tickAsync(1_000);
    const error = await afterExpiry;
    assert(Date.now() - expiredMs <= 1_000);
    assert(error.cause instanceof CredentialsError, String(error.cause));

    world.broker = newKeys();
    await time.tickAsync(60_000);
    assertEquals((await world.source.read("a.txt")).byteLength, 5);
    printFigures(`Outage (${kind})`, { operations: 239, failed, "calls in the busiest minute": busiest });
    assertEquals(failed, 0);
    assert(busiest <= 6, `${busiest} calls in a minute`);
    assert(world.callsMs.length >= 3, "the broker was hardly called");
  });

  Deno.test(`a broker's outage (${kind}) at the start fails operations until its first good reply`, async () => {
    using time = new FakeTime(START);
    const world = createWorld(reply);
    const failed = assertRejects(() => world.source.read("a.txt"));
    await time.tickAsync(11_000);
    await failed;
    world.broker = newKeys();
    assertEquals((await world.source.read("a.txt")).byteLength, 5);
  });
}

Deno.test("many callers after expiry make few calls to a broker that fails at once", async () => {
  using time = new FakeTime(START);
  const world = createWorld(newKeys());
  await world.source.connect();
  time.tick(16 * MINUTE);
  world.broker = () => new Response("", { status: 404 });
  world.callsMs.length = 0;
  for (let second = 0; second < 60; second++) {
    const results = Promise.allSettled(Array.from({ length: 10 }, () => world.source.read("a.txt")));
    await time.tickAsync(1_000);
    assert((await results).every(({ status }) => status === "rejected"));
  }
  const busiest = busiestMinute(world.callsMs);
  printFigures("After expiry", { operations: 600, "calls in the busiest minute": busiest });
  assert(busiest <= 6, `${busiest} calls in a minute`);
});

Deno.test("a broker that repeats a reply for an hour gets at most 6 calls a minute, and no operation fails", async () => {
  using time = new FakeTime(START);
  const expiration = { Expiration: new Date(START + 61 * MINUTE).toISOString() };
  const world = createWorld(() => brokerReply(expiration));
  const failed = await operate(world.source, { time, seconds: 3_600, everySeconds: 2 });
  const busiest = busiestMinute(world.callsMs);
  printFigures("Same reply for an hour", { failed, calls: world.callsMs.length, "in the busiest minute": busiest });
  assertEquals(failed, 0);
  assert(busiest <= 6, `${busiest} calls in a minute`);
});

for (
  const [name, lifeMs, { seconds, everySeconds, most }] of [
    ["5 s", 5_000, { seconds: 60, everySeconds: 1, most: 20 }],
    ["15 min", 15 * MINUTE, { seconds: 3_600, everySeconds: 2, most: 6 }],
    ["36 h", 36 * 60 * MINUTE, { seconds: 36 * 3_600, everySeconds: 60, most: 3 }],
  ] as const
) {
  Deno.test(`grants that live ${name} never fail an operation`, async () => {
    using time = new FakeTime(START);
    const world = createWorld(newKeys({}, lifeMs));
    const failed = await operate(world.source, { time, seconds, everySeconds });
    printFigures(`A life of ${name}`, {
      operations: seconds / everySeconds,
      failed,
      "broker calls": world.callsMs.length,
    });
    assertEquals(failed, 0);
    assert(world.callsMs.length <= most, `${world.callsMs.length} calls`);
  });
}
