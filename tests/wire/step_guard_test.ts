import { assert, assertEquals, assertRejects } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { ServiceError, TimeoutError } from "../../src/errors.ts";
import { createStepGuard } from "../../src/s3/step_guard.ts";

const never = () => new Promise<never>(() => {});

Deno.test("StepGuard.wait() gives each step its full time", async () => {
  using time = new FakeTime();
  const guard = createStepGuard(undefined);
  const first = Promise.withResolvers<string>();
  const second = Promise.withResolvers<string>();
  const waited = guard.wait(() => first.promise, 1000, "no response");
  await time.tickAsync(900);
  first.resolve("a");
  assertEquals(await waited, "a");
  const next = guard.wait(() => second.promise, 1000, "no chunk");
  await time.tickAsync(999);
  second.resolve("b");
  assertEquals(await next, "b");
  guard.release();
});

Deno.test("StepGuard.wait() ends a later step to the millisecond, even one with less time than the first", async () => {
  for (const limitMs of [10, 1000, 3000]) {
    using time = new FakeTime();
    const guard = createStepGuard(undefined);
    await guard.wait(() => Promise.resolve(), 1000, "no response");
    await time.tickAsync(500);
    let failure: unknown;
    guard.wait(never, limitMs, "no chunk").catch((error) => failure = error);
    await time.tickAsync(limitMs - 1);
    assertEquals(failure, undefined);
    await time.tickAsync(1);
    assert(failure instanceof TimeoutError);
    assertEquals(failure.message, `no chunk for ${limitMs} ms`);
    assertEquals(guard.signal.reason, failure);
  }
});

Deno.test("StepGuard.wait() does not count the time between steps", async () => {
  using time = new FakeTime();
  const guard = createStepGuard(undefined);
  await guard.wait(() => Promise.resolve(), 1000, "no response");
  await time.tickAsync(60_000);
  assertEquals(await guard.wait(() => Promise.resolve("b"), 1000, "no chunk"), "b");
  guard.release();
});

Deno.test("StepGuard.wait() rejects with the caller's reason, in a step and before one", async () => {
  const caller = new AbortController();
  const guard = createStepGuard(caller.signal);
  const waited = guard.wait(never, 1000, "no response");
  caller.abort("enough");
  assertEquals(await waited.catch((reason) => reason), "enough");
  assertEquals(await guard.wait(never, 1000, "no chunk").catch((reason) => reason), "enough");
});

Deno.test("StepGuard.wait() turns a failure, thrown or rejected, into a ServiceError, and aborts", async () => {
  const failures = [() => Promise.reject(new TypeError("broken")), () => {
    throw new TypeError("broken");
  }];
  for (const fail of failures) {
    const guard = createStepGuard(undefined);
    const error = await assertRejects(
      () => guard.wait(fail, 1000, "no response"),
      ServiceError,
      "the connection failed",
    );
    assertEquals([error.code, guard.signal.aborted], ["NetworkError", true]);
  }
});

Deno.test("StepGuard.release() stops the timer, and ignores the caller's signal", async () => {
  using time = new FakeTime();
  const caller = new AbortController();
  const guard = createStepGuard(caller.signal);
  await guard.wait(() => Promise.resolve(), 1000, "no response");
  guard.release();
  caller.abort();
  await time.tickAsync(10_000);
  assertEquals(guard.signal.aborted, false);
});

Deno.test("StepGuard.wait() ends a step soon after the machine's clock was set back", async () => {
  using time = new FakeTime(7_200_000);
  const { now } = Date;
  let backMs = 0;
  Date.now = () => now() - backMs;
  try {
    const guard = createStepGuard(undefined);
    let failure: unknown;
    guard.wait(never, 1000, "no chunk").catch((error) => failure = error);
    backMs = 3_600_000;
    await time.tickAsync(1000);
    await time.tickAsync(1000);
    // It would otherwise take an hour.
    assert(failure instanceof TimeoutError);
  } finally {
    Date.now = now;
  }
});

// With real timers, which Deno checks for leaks.
Deno.test("StepGuard.release() leaves no timer behind", async () => {
  const guard = createStepGuard(undefined);
  await guard.wait(() => Promise.resolve(), 60_000, "no response");
  guard.release();
});

Deno.test("StepGuard.rest() does not keep the process alive until the next step", async () => {
  const calls: string[] = [];
  const { setTimeout, clearTimeout } = globalThis;
  const timer = { ref: () => calls.push("ref"), unref: () => calls.push("unref") };
  globalThis.setTimeout = (() => timer) as unknown as typeof setTimeout;
  globalThis.clearTimeout = () => {};
  try {
    const guard = createStepGuard(undefined);
    await guard.wait(() => Promise.resolve(), 1_000, "no response");
    guard.rest();
    assertEquals(calls, ["unref"]);
    await guard.wait(() => Promise.resolve(), 1_000, "no chunk");
    assertEquals(calls, ["unref", "ref"]);
    guard.release();
  } finally {
    Object.assign(globalThis, { setTimeout, clearTimeout });
  }
});
