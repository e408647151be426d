import { assertEquals, assertRejects } from "@std/assert";
import { createTaskPool } from "../../src/async/task_pool.ts";

/** A task that ends when it is told. */
function controlledTask() {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  return { run: () => promise, resolve, reject };
}

const turn = () => new Promise((resolve) => setTimeout(resolve));

Deno.test("add() runs as many tasks as the concurrency allows, and then waits for one to end", async () => {
  const pool = createTaskPool(2);
  const [first, second] = [controlledTask(), controlledTask()];
  await pool.add(first.run);
  let isAdded = false;
  const adding = pool.add(second.run).then(() => isAdded = true);
  await turn();
  assertEquals(isAdded, false);
  second.resolve();
  await adding;
  first.resolve();
  await pool.finish();
});

Deno.test("finish() waits for all tasks", async () => {
  const pool = createTaskPool(2);
  const task = controlledTask();
  await pool.add(task.run);
  let isFinished = false;
  const finishing = pool.finish().then(() => isFinished = true);
  await turn();
  assertEquals(isFinished, false);
  task.resolve();
  await finishing;
});

Deno.test("finish() and add() reject with the first failure, which aborts the other tasks", async () => {
  const pool = createTaskPool(3);
  await pool.add(() => Promise.reject(new RangeError("first")));
  await turn();
  assertEquals(pool.signal.aborted, true);
  let isStarted = false;
  const late = () => {
    isStarted = true;
    return Promise.resolve();
  };
  await assertRejects(() => pool.add(late), RangeError, "first");
  assertEquals(isStarted, false);
  await assertRejects(() => pool.finish(), RangeError, "first");
});

Deno.test("stop() aborts the tasks and waits for their end", async () => {
  const pool = createTaskPool(2);
  const task = controlledTask();
  await pool.add(task.run);
  let isStopped = false;
  const stopping = pool.stop(new RangeError("enough")).then(() => isStopped = true);
  await turn();
  assertEquals([pool.signal.aborted, isStopped], [true, false]);
  task.resolve();
  await stopping;
});

Deno.test("createTaskPool() aborts with the caller's signal", async () => {
  const controller = new AbortController();
  const pool = createTaskPool(2, controller.signal);
  controller.abort(new RangeError("enough"));
  await assertRejects(() => pool.finish(), RangeError, "enough");
});
