import { assertEquals } from "@std/assert";
import { stub } from "@std/testing/mock";
import { refreshTimes } from "../../src/credentials/refresh_times.ts";

const MINUTE = 60_000;

for (
  const [lifeMinutes, earlyMinutes, waitMinutes] of [
    [4, 1, 0.4],
    [10, 2.5, 1],
    [15, 3.75, 1],
    [20, 5, 1],
    [21, 5.25, 1],
    [60, 15, 1],
    [89, 15, 1],
    [90, 22.5, 1],
    [240, 60, 1],
    [36 * 60, 60, 1],
  ] as const
) {
  Deno.test(`refreshTimes() refreshes a grant of ${lifeMinutes} minutes ${earlyMinutes} minutes early`, () => {
    using _random = stub(Math, "random", () => 0);
    const nowMs = 1_000_000;
    const endsMs = nowMs + lifeMinutes * MINUTE;
    assertEquals(refreshTimes(nowMs, endsMs), {
      refreshMs: endsMs - earlyMinutes * MINUTE,
      waitMs: endsMs - waitMinutes * MINUTE,
      halfMs: endsMs - lifeMinutes / 2 * MINUTE,
    });
  });
}

Deno.test("refreshTimes() takes up to a tenth off the early window at random", () => {
  using _random = stub(Math, "random", () => 0.5);
  assertEquals(refreshTimes(0, 15 * MINUTE).refreshMs, (15 - 3.75 * 0.95) * MINUTE);
});

Deno.test("refreshTimes() never replaces a grant that does not expire", () => {
  assertEquals(refreshTimes(0, Infinity), { refreshMs: Infinity, waitMs: Infinity, halfMs: Infinity });
});
