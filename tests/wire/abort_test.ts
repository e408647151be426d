import { assertEquals, assertRejects } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { sleep, untilAborted, withTimeLimit } from "../../src/async/abort.ts";

/** A signal that counts its listeners. */
function countingSignal() {
  const controller = new AbortController();
  const { signal } = controller;
  let count = 0;
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
    count++;
    addEventListener.apply(signal, args);
  };
  signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
    count--;
    removeEventListener.apply(signal, args);
  };
  return { signal, abort: (reason: unknown) => controller.abort(reason), listeners: () => count };
}

Deno.test("untilAborted() settles as the promise does, and then no longer listens", async () => {
  const { signal, listeners } = countingSignal();
  assertEquals(await untilAborted(Promise.resolve("done"), signal), "done");
  await assertRejects(() => untilAborted(Promise.reject(new RangeError("broken")), signal), RangeError, "broken");
  await Promise.resolve();
  assertEquals(listeners(), 0);
});

Deno.test("untilAborted() rejects with the signal's reason, aborted before or later", async () => {
  const never = new Promise(() => {});
  const { signal, abort } = countingSignal();
  const waiting = assertRejects(() => untilAborted(never, signal), RangeError, "enough");
  abort(new RangeError("enough"));
  await waiting;
  await assertRejects(() => untilAborted(never, signal), RangeError, "enough");
});

Deno.test("sleep() resolves after the delay", async () => {
  using time = new FakeTime();
  let isAwake = false;
  sleep(1_000).then(() => isAwake = true);
  await time.tickAsync(999);
  assertEquals(isAwake, false);
  await time.tickAsync(1);
  assertEquals(isAwake, true);
});

// With a real timer, which Deno checks for leaks.
Deno.test("sleep() rejects when the signal aborts, and leaves no timer", async () => {
  const controller = new AbortController();
  const sleeping = assertRejects(() => sleep(60_000, controller.signal), RangeError, "enough");
  controller.abort(new RangeError("enough"));
  await sleeping;
});

Deno.test("withTimeLimit() aborts the work when the time is up", async () => {
  using time = new FakeTime();
  let aborted: unknown;
  const work = (signal: AbortSignal) => {
    signal.addEventListener("abort", () => aborted = signal.reason);
    return new Promise<never>(() => {});
  };
  const reason = new RangeError("too slow");
  const failed = assertRejects(() => withTimeLimit(1_000, () => reason, work), RangeError, "too slow");
  await time.tickAsync(999);
  assertEquals(aborted, undefined);
  await time.tickAsync(1);
  await failed;
  assertEquals(aborted, reason);
});

Deno.test("withTimeLimit() returns the result of the work, and leaves no timer", async () => {
  assertEquals(await withTimeLimit(60_000, () => new Error(), () => Promise.resolve("done")), "done");
});
