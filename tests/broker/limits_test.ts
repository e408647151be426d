import { assertEquals } from "@std/assert";
import { createFailureLimit } from "../../src/broker/failure_limit.ts";

Deno.test("createFailureLimit() counts the failures of the last minute only", () => {
  let nowMs = 0;
  const limit = createFailureLimit({ maxFailures: 2, now: () => nowMs });
  const waits = [];
  for (nowMs of [0, 30_000, 59_999, 60_000, 90_000]) {
    waits.push(limit.waitSeconds("a"));
    if (nowMs < 60_000) limit.record("a");
  }
  // The third failure, at 59.999 s, leaves the second and the third to count.
  assertEquals(waits, [0, 0, 1, 30, 0]);
});

Deno.test("createFailureLimit() forgets those who failed longest ago when there are too many", () => {
  const limit = createFailureLimit({ maxFailures: 1, now: () => 0 });
  for (const address of ["first", "second", "first"]) limit.record(address);
  for (let i = 0; i < 9_999; i++) limit.record(`other ${i}`);
  assertEquals(["first", "second", "other 0", "other 9998"].map((address) => limit.waitSeconds(address)), [
    60,
    0,
    60,
    60,
  ]);
});

Deno.test("createFailureLimit() forgets what it recorded before the clock was set back", () => {
  let nowMs = 3_600_000;
  const limit = createFailureLimit({ maxFailures: 1, now: () => nowMs });
  limit.record("a");
  nowMs = 0;
  const waits = [limit.waitSeconds("a")];
  limit.record("a");
  waits.push(limit.waitSeconds("a"));
  assertEquals(waits, [0, 60]);
});
