import { assertEquals, assertRejects } from "@std/assert";
import { withTaskPool } from "../../src/async/task_pool.ts";

Deno.test("withTaskPool() rejects with the first failure, whatever its work rejects with then", async () => {
  const working = withTaskPool(2, undefined, async (pool) => {
    await pool.add(() => Promise.reject(new RangeError("first")));
    await new Promise((resolve) => setTimeout(resolve));
    throw new TypeError(`second, after ${pool.signal.reason}`);
  });
  await assertRejects(() => working, RangeError, "first");
});

Deno.test("withTaskPool() waits until the other tasks have ended", async () => {
  let hasEnded = false;
  const working = withTaskPool(3, undefined, async (pool) => {
    await pool.add(async () => {
      await new Promise((resolve) => pool.signal.addEventListener("abort", resolve));
      await new Promise((resolve) => setTimeout(resolve));
      hasEnded = true;
    });
    throw new RangeError("enough");
  });
  await assertRejects(() => working, RangeError, "enough");
  assertEquals(hasEnded, true);
});

Deno.test("withTaskPool() waits for its tasks before it returns", async () => {
  const done: number[] = [];
  const result = await withTaskPool(3, undefined, async (pool) => {
    await pool.add(async () => {
      await new Promise((resolve) => setTimeout(resolve));
      done.push(1);
    });
    return done;
  });
  assertEquals(result, [1]);
});
