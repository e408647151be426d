import { assert, assertEquals, assertRejects } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { BrokerError, createS3Source, CredentialsExpiredError, type S3Source } from "../../mod.ts";
import { printFigures } from "../support/figures.ts";
import { brokerReply, hang, s3Object, type SentRequest, stubFetch } from "../support/stub_fetch.ts";

const START = Date.parse("2030-01-01T00:00:00Z");
const MINUTE = 60_000;
const BROKER = "https://broker.test/";

type Reply = (request: SentRequest) => Response | Promise<Response>;

/** A reply with new keys that live so long. */
function fresh(lifeMs: number, fields: Record<string, unknown> = {}): Response {
  const Expiration = new Date(Date.now() + lifeMs).toISOString();
  return brokerReply({ AccessKeyId: crypto.randomUUID(), Expiration, ...fields });
}

/** A source whose broker answers as `world.reply` says, and whose store has every file. */
function createWorld(reply: Reply) {
  const world = { reply, callsMs: [] as number[] };
  const { fetch } = stubFetch((request) => {
    if (request.url !== BROKER) return s3Object("hello");
    world.callsMs.push(Date.now());
    return world.reply(request);
  });
  const source = createS3Source({ credentialsUrl: BROKER, credentialsUrlSecret: "s" }, { fetch });
  return Object.assign(world, { source });
}

/** The most calls within any 60 seconds. */
function busiestMinute(callsMs: readonly number[]): number {
  return Math.max(0, ...callsMs.map((from) => callsMs.filter((at) => at >= from && at < from + MINUTE).length));
}

/** One operation a second; returns how many failed. */
async function operate(source: S3Source, time: FakeTime, seconds: number): Promise<number> {
  let failed = 0;
  for (let second = 0; second < seconds; second++) {
    await source.read("a.txt").catch(() => failed++);
    await time.tickAsync(1000);
  }
  return failed;
}

const outages: Record<string, Reply> = {
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
  "already expired": () => fresh(-1000),
};
for (const [kind, reply] of Object.entries(outages)) {
  Deno.test(`a broker's outage (${kind}) is not noticed while the grant is valid, and ends with its first good reply`, async () => {
    using time = new FakeTime(START);
    const world = createWorld(() => fresh(15 * MINUTE));
    await world.source.connect();
    time.tick(11 * MINUTE);
    world.reply = reply;
    world.callsMs.length = 0;
    const failed = await operate(world.source, time, 4 * 60 - 1);
    const busiest = busiestMinute(world.callsMs);

    time.tick(2_000);
    const expiredMs = Date.now();
    const afterExpiry = assertRejects(() => world.source.read("a.txt"), CredentialsExpiredError);
    await time.tickAsync(1_000);
    const error = await afterExpiry;
    assert(Date.now() - expiredMs <= 1_000);
    assert(error.cause instanceof BrokerError || error.cause instanceof CredentialsExpiredError, String(error.cause));

    world.reply = () => fresh(15 * MINUTE);
    await time.tickAsync(60_000);
    assertEquals((await world.source.read("a.txt")).byteLength, 5);
    printFigures(`Outage (${kind})`, { operations: 239, failed, "calls in the busiest minute": busiest });
    assertEquals(failed, 0);
    assert(busiest <= 6, `${busiest} calls in a minute`);
    assert(world.callsMs.length >= 3, "the broker was hardly asked");
  });

  Deno.test(`a broker's outage (${kind}) at the start fails each operation, and none after its first good reply`, async () => {
    using time = new FakeTime(START);
    const world = createWorld(reply);
    const failed = assertRejects(() => world.source.read("a.txt"));
    await time.tickAsync(11_000);
    await failed;
    world.reply = () => fresh(15 * MINUTE);
    assertEquals((await world.source.read("a.txt")).byteLength, 5);
  });
}

Deno.test("many callers after expiry make few calls to a broker that fails at once", async () => {
  using time = new FakeTime(START);
  const world = createWorld(() => fresh(15 * MINUTE));
  await world.source.connect();
  time.tick(16 * MINUTE);
  world.reply = () => new Response("", { status: 404 });
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

Deno.test("the same reply for an hour makes at most 6 calls a minute, and no operation fails", async () => {
  using time = new FakeTime(START);
  const expiration = { Expiration: new Date(START + 61 * MINUTE).toISOString() };
  const world = createWorld(() => brokerReply(expiration));
  const failed = await operate(world.source, time, 60 * 60);
  const busiest = busiestMinute(world.callsMs);
  printFigures("Same reply for an hour", { failed, calls: world.callsMs.length, "in the busiest minute": busiest });
  assertEquals(failed, 0);
  assert(busiest <= 6, `${busiest} calls in a minute`);
});

for (
  const [name, lifeMs, seconds, most] of [
    ["5 s", 5_000, 60, 20],
    ["15 min", 15 * MINUTE, 3_600, 6],
    ["36 h", 36 * 60 * MINUTE, 3_600, 1],
  ] as const
) {
  Deno.test(`grants that live ${name} never fail an operation`, async () => {
    using time = new FakeTime(START);
    const world = createWorld(() => fresh(lifeMs));
    const failed = await operate(world.source, time, seconds);
    printFigures(`A life of ${name}`, { operations: seconds, failed, "broker calls": world.callsMs.length });
    assertEquals(failed, 0);
    assert(world.callsMs.length <= most, `${world.callsMs.length} calls`);
  });
}

for (const offMinutes of [-10, 10]) {
  for (const lifeMinutes of [5, 15]) {
    Deno.test(`a clock ${offMinutes} minutes off copes with grants of ${lifeMinutes} minutes`, async () => {
      using time = new FakeTime(START);
      let calls = 0;
      const keys = new Map<string, number>();
      const { fetch } = stubFetch(({ url, headers }) => {
        const date = new Date(Date.now()).toUTCString();
        if (url === BROKER) {
          calls++;
          const reply = fresh(lifeMinutes * MINUTE, { AccessKeyId: `KEY${calls}` });
          keys.set(`KEY${calls}`, Date.now() + lifeMinutes * MINUTE);
          reply.headers.set("date", date);
          return reply;
        }
        const [, key = ""] = /Credential=(\w+)\//.exec(headers.get("authorization") ?? "") ?? [];
        if (Date.now() < (keys.get(key) ?? 0)) return s3Object("hello");
        return new Response("<Error><Code>ExpiredToken</Code></Error>", { status: 400, headers: { date } });
      });
      const source = createS3Source({ credentialsUrl: BROKER, credentialsUrlSecret: "s" }, {
        fetch,
        now: () => Date.now() + offMinutes * MINUTE,
      });
      const failed = await operate(source, time, 3_600);
      printFigures(`A clock ${offMinutes} min off, a life of ${lifeMinutes} min`, { failed, "broker calls": calls });
      assertEquals(failed, 0);
      // Ahead of the store, a grant seems to live 5 minutes at least: a refresh each 3.75.
      assert(calls <= 17, `${calls} calls`);
    });
  }
}

Deno.test("a broker's redirect carries nothing to its target", async () => {
  let targetBytes = 0;
  const target = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepting = (async () => {
    for await (const connection of target) {
      targetBytes += await connection.read(new Uint8Array(1024)) ?? 0;
      connection.close();
    }
  })();
  const location = `http://127.0.0.1:${(target.addr as Deno.NetAddr).port}/`;
  for (const status of [301, 302, 303, 307, 308]) {
    const broker = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      () => new Response(null, { status, headers: { location } }),
    );
    const credentialsUrl = `http://127.0.0.1:${broker.addr.port}/`;
    const source = createS3Source({ credentialsUrl, credentialsUrlSecret: "s" });
    await assertRejects(() => source.connect(), BrokerError, "it redirects, which is not followed");
    await broker.shutdown();
  }
  target.close();
  await accepting;
  printFigures("Redirects of the broker", { tried: 5, "bytes the target received": targetBytes });
  assertEquals(targetBytes, 0);
});
