import { assertEquals, assertRejects } from "@std/assert";
import { createSharedTask } from "../../src/async/shared_task.ts";

Deno.test("join() runs the work once for all who wait, and again for the next", async () => {
  let count = 0;
  const task = createSharedTask(async (name: string) => await Promise.resolve(`${name}${++count}`));
  const both = Promise.all([task.join("a"), task.join("b")]);
  assertEquals(task.isRunning(), true);
  assertEquals(await both, ["a1", "a1"]);
  assertEquals(task.isRunning(), false);
  assertEquals(await task.join("b"), "b2");
});

Deno.test("join() rejects for all who wait, and runs the work again for the next", async () => {
  const outcomes = [Promise.reject(new Error("the store is away")), Promise.resolve("done")];
  const task = createSharedTask(() => outcomes.shift() ?? Promise.resolve("again"));
  const both = [task.join(), task.join()];
  for (const waiting of both) await assertRejects(() => waiting, Error, "the store is away");
  assertEquals(await task.join(), "done");
});

Deno.test("join() restarts work that ended without settling, as in Workers, once", async () => {
  let count = 0;
  const task = createSharedTask(() => ++count === 1 ? new LostPromise(() => {}) : Promise.resolve("done"));
  assertEquals(await Promise.all([task.join(), task.join(), task.join()]), ["done", "done", "done"]);
  assertEquals([count, task.isRunning()], [2, false]);
});

/** A promise of a request that has ended, in Workers: waiting for it fails, but it does not settle. */
class LostPromise extends Promise<string> {
  override finally(): Promise<string> {
    return Promise.reject(new Error("its request has ended"));
  }
}
