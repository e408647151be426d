import { assertEquals } from "@std/assert";
import { stub } from "@std/testing/mock";
import { createTrySchedule } from "../../src/credentials/try_schedule.ts";
import { CredentialsError } from "../../src/errors.ts";
import { createClock } from "../../src/s3/clock.ts";

/** A schedule with its clock, and the time until it is open again. */
function stubSchedule() {
  const time = { nowMs: 0 };
  const schedule = createTrySchedule(createClock(() => time.nowMs));
  const untilOpen = () => {
    const sinceMs = time.nowMs;
    while (!schedule.isOpen()) time.nowMs += 100;
    return time.nowMs - sinceMs;
  };
  return { time, schedule, untilOpen };
}

for (
  const [random, pauses] of [
    [0, [0, 0, 0, 0, 0, 0, 0]],
    [0.5, [500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]],
    [0.9999, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]],
  ] as const
) {
  Deno.test(`createTrySchedule() doubles the pause after each failure up to 30 seconds, times a random ${random}`, () => {
    using _random = stub(Math, "random", () => random);
    const { schedule, untilOpen } = stubSchedule();
    const seen = pauses.map(() => {
      schedule.fail(new CredentialsError("down"));
      return untilOpen();
    });
    assertEquals(seen, [...pauses]);
  });
}

Deno.test("createTrySchedule() allows at most 6 tries a minute", () => {
  using _random = stub(Math, "random", () => 0);
  const { time, schedule, untilOpen } = stubSchedule();
  const begunMs = Array.from({ length: 14 }, () => {
    untilOpen();
    schedule.begin();
    schedule.fail(new CredentialsError("down"));
    return time.nowMs;
  });
  assertEquals(begunMs, [0, 0, 0, 0, 0, 0, 60_000, 60_000, 60_000, 60_000, 60_000, 60_000, 120_000, 120_000]);
});

Deno.test("createTrySchedule() starts afresh after a success", () => {
  using _random = stub(Math, "random", () => 0.5);
  const { schedule, untilOpen } = stubSchedule();
  for (let i = 0; i < 6; i++) {
    schedule.begin();
    schedule.fail(new CredentialsError("down"));
  }
  const state = () => [schedule.isOpen(), schedule.isStuck(), schedule.lastError()?.message];
  assertEquals(state(), [false, true, "down"]);
  schedule.succeed();
  assertEquals(state(), [true, false, undefined]);
  schedule.begin();
  schedule.fail(new CredentialsError("down"));
  assertEquals(untilOpen(), 500);
});

Deno.test("createTrySchedule() pauses at most until the current grant expires after one that is not new", () => {
  using _random = stub(Math, "random", () => 0.9999);
  const { time, schedule, untilOpen } = stubSchedule();
  for (let i = 0; i < 6; i++) schedule.stall(Infinity);
  assertEquals(schedule.isStuck(), true);
  schedule.stall(time.nowMs + 5_000);
  assertEquals([untilOpen(), schedule.lastError()], [5_000, undefined]);
});
