import { assertEquals, assertRejects } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { withTimeLimits } from "../../src/app/files/bounded_source.ts";
import { ServiceError, TimeoutError } from "../../src/errors.ts";
import { untilAborted } from "../../src/async/abort.ts";
import { stubSource } from "../support/app_stub.ts";

const FILE = { path: "b", name: "b", size: 0 };

/** Resolves with a value after some seconds, unless it is aborted. */
function after<T>(seconds: number, value: T, signal: AbortSignal | undefined): Promise<T> {
  const { promise, resolve } = Promise.withResolvers<T>();
  const timer = setTimeout(() => resolve(value), seconds * 1_000);
  return untilAborted(promise, signal).finally(() => clearTimeout(timer));
}

Deno.test("withTimeLimits() gives 15 s for each 1,000 files to delete", async () => {
  using time = new FakeTime();
  const source = withTimeLimits(stubSource({}, {
    deleteMany: (_, { signal } = {}) => after(25, { deletedCount: 0, errors: [] }, signal),
  }));
  const paths = Array.from({ length: 1_001 }, (_, index) => `${index}`);
  const small = assertRejects(() => source.deleteMany(paths.slice(1)), TimeoutError, "it took more than 15 s");
  const large = source.deleteMany(paths);
  await time.tickAsync(15_000);
  await small;
  await time.tickAsync(10_000);
  assertEquals(await large, { deletedCount: 0, errors: [] });
});

Deno.test("withTimeLimits() lets a copy continue while the store responds with errors", async () => {
  using time = new FakeTime();
  const source = withTimeLimits(stubSource({}, {
    stat: () => Promise.reject(new ServiceError("down")),
    copy: (_from, _to, { signal } = {}) => after(40, FILE, signal),
  }));
  const copied = source.copy("a", "b");
  await time.tickAsync(40_000);
  assertEquals(await copied, FILE);
});

Deno.test("withTimeLimits() stops a copy once the store has not responded for 19 s", async () => {
  using time = new FakeTime();
  const source = withTimeLimits(stubSource({}, {
    stat: (_, { signal } = {}) => after(60, null, signal),
    copy: (_from, _to, { signal } = {}) => after(60, FILE, signal),
  }));
  let isStopped = false;
  const copied = assertRejects(() => source.copy("a", "b"), TimeoutError).then(() => isStopped = true);
  await time.tickAsync(18_999);
  assertEquals(isStopped, false);
  await time.tickAsync(1);
  await copied;
});
