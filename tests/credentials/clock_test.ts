import { assert, assertEquals, assertRejects } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { ConfigError, createS3Source, CredentialsExpiredError, ServiceError } from "../../mod.ts";
import { printFigures } from "../support/figures.ts";
import { s3Error, s3Object, stubFetch, stubSource } from "../support/stub_fetch.ts";
import { type Answer, createWorld, MINUTE, newKeys, operate, START } from "./broker_world.ts";

Deno.test("a source asks the broker again soon after the clock was set back", async () => {
  using time = new FakeTime(START);
  let aheadMs = 0;
  const good = newKeys();
  const world = createWorld(good, { now: () => Date.now() + aheadMs });
  await world.source.connect();
  aheadMs = 60 * MINUTE;
  world.broker = () => new Response("", { status: 400 });
  await assertRejects(() => world.source.connect(), CredentialsExpiredError);
  time.tick(30 * MINUTE);
  aheadMs = 0;
  world.broker = good;
  await world.source.connect();
  assertEquals(world.callsMs.length, 3);
});

Deno.test("a source gets new keys for rejected ones after the clock was set back", async () => {
  let nowMs = START;
  let provided = 0;
  const source = createS3Source({ bucket: "media" }, {
    fetch: stubFetch(s3Error(403, "InvalidAccessKeyId")).fetch,
    now: () => nowMs,
    credentials: () => Promise.resolve({ accessKeyId: `KEY-${++provided}`, secretAccessKey: "s" }),
  });
  const read = () => assertRejects(() => source.read("a.txt"), ServiceError);
  for (let i = 0; i < 10; i++) await read();
  assertEquals(provided, 7);
  nowMs -= 60 * MINUTE;
  await read();
  assertEquals(provided, 8);
});

for (const offMinutes of [-10, 10]) {
  for (const lifeMinutes of [5, 15]) {
    Deno.test(`a clock ${offMinutes} minutes off copes with grants of ${lifeMinutes} minutes`, async () => {
      using time = new FakeTime(START);
      const endsMs = new Map<string, number>();
      const grant = newKeys({}, lifeMinutes * MINUTE);
      const broker: Answer = async (request) => {
        const reply = await grant(request);
        endsMs.set(`KEY-${endsMs.size + 1}`, Date.now() + lifeMinutes * MINUTE);
        reply.headers.set("date", new Date(Date.now()).toUTCString());
        return reply;
      };
      const world = createWorld(broker, { now: () => Date.now() + offMinutes * MINUTE });
      world.store = ({ headers }) => {
        const [, key = ""] = /Credential=([\w-]+)\//.exec(headers.get("authorization") ?? "") ?? [];
        if (Date.now() < (endsMs.get(key) ?? 0)) return s3Object("hello");
        return s3Error(400, "ExpiredToken", { headers: { date: new Date(Date.now()).toUTCString() } });
      };
      const failed = await operate(world.source, { time, seconds: 3_600, everySeconds: 2 });
      const calls = endsMs.size;
      printFigures(`A clock ${offMinutes} min off, a life of ${lifeMinutes} min`, { failed, "broker calls": calls });
      assertEquals(failed, 0);
      // To a clock that is ahead, a grant seems to live at least 5 minutes, and is refreshed every 3.75.
      assert(calls <= 17, `${calls} calls`);
    });
  }
}

for (const date of ["Sat, 13 Sep 275760 00:00:00 GMT", "Sat, 13 Sep 20000 00:00:00 GMT", "-200000-01-01T00:00:00Z"]) {
  Deno.test(`a source does not adopt a time that it cannot sign with: ${date}`, async () => {
    const store = stubFetch(s3Error(403, "RequestTimeTooSkewed", { headers: { date } }), s3Object("hello"));
    const source = stubSource(store, {}, { now: () => START });
    await assertRejects(() => source.read("a"), ServiceError, "the clock of this machine");
    await source.read("a");
    assertEquals(store.requests.map(({ headers }) => headers.get("x-amz-date")), [
      "20300101T000000Z",
      "20300101T000000Z",
    ]);
  });
}

Deno.test("a source refuses a clock whose time it cannot sign with", async () => {
  for (const now of [-1, 8.64e15, 8.7e15, Infinity]) {
    const source = stubSource(stubFetch(s3Object("hello")), {}, { now: () => now });
    await assertRejects(() => source.read("a"), ConfigError, '"now"');
  }
});
