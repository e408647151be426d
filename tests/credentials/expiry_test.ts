import { assert, assertEquals, assertRejects } from "@std/assert";
import { stub } from "@std/testing/mock";
import { FakeTime } from "@std/testing/time";
import { CredentialsError, CredentialsExpiredError } from "../../mod.ts";
import { brokerReply, hang } from "../support/stub_fetch.ts";
import { createWorld, down, MINUTE, newKeys, START } from "./broker_world.ts";

Deno.test("connect() after expiration has new keys, bucket and prefix", async () => {
  using time = new FakeTime(START);
  const world = createWorld(newKeys({ S3Folder: "s3://bucket-1/folder-1/" }));
  const first = await world.source.connect();
  assertEquals([first.bucket, first.prefix], ["bucket-1", "folder-1/"]);
  world.broker = newKeys({ AccessKeyId: "KEY-2", S3Folder: "s3://bucket-2/folder-2/" });
  time.tick(16 * MINUTE);
  const second = await world.source.connect();
  assertEquals([second.bucket, second.prefix], ["bucket-2", "folder-2/"]);
  assertEquals((await world.source.credentials()).accessKeyId, "KEY-2");
});

Deno.test("credentials() reads an expiration without a zone as UTC", async () => {
  using _time = new FakeTime(START);
  const { source } = createWorld(() => brokerReply({ Expiration: "2030-01-01T00:15:00" }));
  assertEquals((await source.credentials()).expiration, new Date("2030-01-01T00:15:00Z"));
});

Deno.test("credentials() fails soon after expiry when the broker hangs, and recovers on its first good reply", async () => {
  using time = new FakeTime(START);
  const good = newKeys();
  const world = createWorld(good);
  await world.source.credentials();
  world.broker = hang;
  time.tick(13 * MINUTE);
  await world.source.credentials();
  await time.tickAsync(11_000);
  time.tick(3 * MINUTE);
  const started = Date.now();
  const failed = assertRejects(() => world.source.credentials(), CredentialsExpiredError, "no newer ones");
  await time.tickAsync(1000);
  const error = await failed;
  assert(error.cause instanceof CredentialsError);
  assertEquals(Date.now() - started, 1000);
  world.broker = good;
  await time.tickAsync(60_000);
  assertEquals((await world.source.credentials()).accessKeyId, "KEY-2");
});

Deno.test("credentials() does not return keys that expire while it waits for new ones", async () => {
  using time = new FakeTime(START);
  const world = createWorld(newKeys());
  await world.source.credentials();
  world.broker = hang;
  time.tick(15 * MINUTE - 2_000);
  const failed = assertRejects(() => world.source.credentials(), CredentialsExpiredError, "no newer ones");
  await time.tickAsync(5_000);
  await failed;
});

Deno.test("credentials() rejects with the caller's reason after expiry, too", async () => {
  using time = new FakeTime(START);
  const world = createWorld(newKeys());
  await world.source.credentials();
  world.broker = hang;
  time.tick(16 * MINUTE);
  const controller = new AbortController();
  const failed = assertRejects(() => world.source.credentials({ signal: controller.signal }), RangeError, "enough");
  await time.tickAsync(100);
  controller.abort(new RangeError("enough"));
  await failed;
  await time.tickAsync(10_000);
});

Deno.test("credentials() does not retry after expiry with a broker that failed the last time", async () => {
  using time = new FakeTime(START);
  const world = createWorld(newKeys());
  await world.source.credentials();
  world.broker = down;
  time.tick(16 * MINUTE);
  const fail = () => assertRejects(() => world.source.credentials(), CredentialsExpiredError);
  await fail();
  assertEquals(world.callsMs.length, 1 + 2);
  time.tick(MINUTE);
  await fail();
  assertEquals(world.callsMs.length, 1 + 2 + 1);
});

Deno.test("credentials() refuses keys that expire the moment they arrive", async () => {
  using _time = new FakeTime(START);
  const { source } = createWorld(newKeys({}, 0));
  await assertRejects(() => source.credentials(), Error, "they had already expired when they arrived");
});

Deno.test("credentials() waits for a broker that is slow but answered the last time", async () => {
  using time = new FakeTime(START);
  const good = newKeys();
  const world = createWorld(good);
  await world.source.credentials();
  world.broker = down;
  time.tick(14 * MINUTE);
  await world.source.credentials();
  await time.tickAsync(5 * MINUTE);
  world.broker = async (request) => {
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    return good(request);
  };
  const waiting = world.source.credentials();
  await time.tickAsync(3_000);
  assertEquals((await waiting).accessKeyId, "KEY-2");
});

Deno.test("credentials() leaves no timer behind when a broker that was hanging answers", async () => {
  using time = new FakeTime(START);
  const good = newKeys();
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

Deno.test("credentials() never fails with a broker that repeats each reply until its keys expire", async () => {
  using time = new FakeTime(START);
  const periodOf = (ms: number) => Math.floor((ms - START) / (15 * MINUTE));
  const { source } = createWorld(() => {
    const period = periodOf(Date.now());
    const Expiration = new Date(START + (period + 1) * 15 * MINUTE).toISOString();
    return brokerReply({ AccessKeyId: `KEY-${period}`, Expiration });
  });
  for (let second = 0; second < 45 * 60; second++) {
    assertEquals((await source.credentials()).accessKeyId, `KEY-${periodOf(Date.now())}`);
    await time.tickAsync(1000);
  }
});
