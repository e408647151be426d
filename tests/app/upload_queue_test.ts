import { assertEquals } from "@std/assert";
import type { UploadItem } from "../../src/app/browser/client_types.ts";
import { createQueue } from "../../src/app/browser/queue.js";
import { createFakeWorld, type FakeWorld, refusal } from "../support/upload_world.ts";

/** A queue whose requests with bytes wait until they are let go. */
function createHeldQueue() {
  const world = createFakeWorld();
  const held: (() => void)[] = [];
  world.onSend = (_url, _body, signal) =>
    new Promise((resolve) => {
      held.push(() => resolve({ status: 200, text: "" }));
      signal.addEventListener("abort", () => resolve({ status: 0, text: "" }));
    });
  const ended: string[] = [];
  const queue = createQueue(world, (item) => ended.push(`${item.name} ${item.state}`));
  const add = (...names: string[]) =>
    queue.add(names.map((name) => ({ path: `sub/${name}`, folder: "", blob: new Blob([name]) })));
  const item = (name: string): UploadItem => {
    const found = queue.items.find((item) => item.name === name);
    if (!found) throw new Error(name);
    return found;
  };
  return { world, held, ended, queue, add, item };
}

/** Lets everything that can happen at once happen. */
const settle = () => new Promise((resolve) => setTimeout(resolve));
const aborts = ({ log }: FakeWorld) => log.filter((line) => line.startsWith("abort")).length;

Deno.test("the upload queue sends three files at a time", async () => {
  const { queue, held, add } = createHeldQueue();
  add("a", "b", "c", "d");
  await settle();
  assertEquals(queue.items.map(({ state }) => state), ["running", "running", "running", "waiting"]);
  held.shift()?.();
  await settle();
  assertEquals(queue.items.map(({ state }) => state), ["done", "running", "running", "running"]);
});

Deno.test("the upload queue keeps the paths of a dropped folder", async () => {
  const { world, add } = createHeldQueue();
  add("a");
  await settle();
  assertEquals(JSON.parse(world.log[0]?.replace("prepare ", "") ?? "").path, "sub/a");
});

Deno.test("the upload queue starts the next file while one is paused", async () => {
  const { queue, held, add, item, ended } = createHeldQueue();
  add("a", "b", "c", "d");
  await settle();
  queue.pause(item("a"));
  await settle();
  assertEquals(queue.items.map(({ state }) => state), ["paused", "running", "running", "running"]);
  assertEquals(queue.isBusy(), true);
  for (const go of held) go();
  await settle();
  queue.resume(item("a"));
  await settle();
  held.at(-1)?.();
  await settle();
  assertEquals(ended.sort(), ["a done", "b done", "c done", "d done"]);
  assertEquals(queue.isBusy(), false);
});

Deno.test("the upload queue does not start a file that was paused before its turn", async () => {
  const { queue, held, add, item } = createHeldQueue();
  add("a", "b", "c", "d");
  queue.pause(item("d"));
  await settle();
  for (const go of held) go();
  await settle();
  assertEquals(item("d").state, "paused");
});

Deno.test("the upload queue discards a cancelled upload", async () => {
  const { world, queue, add, item, ended } = createHeldQueue();
  add("a");
  await settle();
  queue.cancel(item("a"));
  await settle();
  assertEquals([ended, aborts(world)], [["a cancelled"], 1]);
});

Deno.test("the upload queue discards a paused upload that is cancelled", async () => {
  const { world, queue, add, item, ended } = createHeldQueue();
  add("a");
  await settle();
  queue.pause(item("a"));
  await settle();
  queue.cancel(item("a"));
  await settle();
  assertEquals([ended, aborts(world)], [["a cancelled"], 1]);
});

Deno.test("the upload queue keeps a failed upload, with the reason, for another try", async () => {
  const { world, queue, held, add, item, ended } = createHeldQueue();
  const { prepare } = world.answers;
  world.answers["prepare"] = () => {
    throw refusal(403);
  };
  add("a");
  await settle();
  assertEquals([item("a").state, item("a").note], ["failed", "Refused: 403"]);
  if (prepare) world.answers["prepare"] = prepare;
  queue.resume(item("a"));
  await settle();
  held.shift()?.();
  await settle();
  assertEquals(ended, ["a failed", "a done"]);
});

Deno.test("the upload queue does not repeat a finished upload", async () => {
  const { world, queue, held, add, item } = createHeldQueue();
  add("a");
  await settle();
  held.shift()?.();
  await settle();
  const { length } = world.log;
  queue.resume(item("a"));
  await settle();
  assertEquals([item("a").state, world.log.length], ["done", length]);
});
