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

/** How the API passes on a refusal of the store that trying again does not change. */
const rejection = (status: number) => Object.assign(refusal(status, "rejected"), { isTemporary: false });

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

Deno.test("the upload queue knows which failures another try can mend", async () => {
  const failures = [
    [refusal(400), false],
    [refusal(403), false],
    [refusal(403, "login_needed"), true],
    [refusal(404), false],
    [refusal(409, "too_many"), true],
    [refusal(413), false],
    [refusal(429, "too_many"), true],
    [refusal(502), true],
    [rejection(502), false],
    [rejection(507), true],
    [refusal(0), true],
    [new TypeError("a mistake of ours"), true],
  ] as const;
  for (const [failure, isOffered] of failures) {
    const { world, add, item } = createHeldQueue();
    world.answers["prepare"] = () => {
      throw failure;
    };
    add("a");
    while (item("a").state !== "failed") await settle();
    assertEquals(item("a").canRetry, isOffered, failure.message);
  }
});

Deno.test("the upload queue offers no other try for a file that is gone, or that the app finds too large", async () => {
  const failures = [[0, "", false], [413, '{"errors":["Too large."]}', false], [400, "", true]] as const;
  for (const [status, text, isOffered] of failures) {
    const { world, item, queue } = createHeldQueue();
    world.isDirect = status !== 413;
    world.onSend = () => ({ status, text });
    const blob = Object.assign(new Blob(["text"]), {
      slice: () => ({ size: 4, arrayBuffer: () => Promise.reject(new Error("NotReadableError")) }),
    });
    queue.add([{ path: "a", folder: "", blob }]);
    while (item("a").state !== "failed") await settle();
    assertEquals(item("a").canRetry, isOffered, `${status}`);
  }
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

Deno.test("the upload queue keeps the parts of a failed upload for a retry", async () => {
  const { world, queue, item, ended } = createHeldQueue();
  world.onSend = () => ({ status: 400, text: "" });
  queue.add([{ path: "large", folder: "", blob: new Blob(["aaaabbbbcccc"]) }]);
  await settle();
  assertEquals([ended, aborts(world)], [["large failed"], 0]);
  world.onSend = () => ({ status: 200, text: "" });
  queue.resume(item("large"));
  await settle();
  assertEquals(ended, ["large failed", "large done"]);
  assertEquals(world.log.filter((line) => line.startsWith("prepare")).length, 1);
});

Deno.test("the upload queue discards a failed upload that has no parts", async () => {
  const { world, add } = createHeldQueue();
  world.onSend = () => ({ status: 400, text: "" });
  add("a");
  await settle();
  assertEquals(aborts(world), 1);
});

Deno.test("the upload queue does not cancel a finished upload", async () => {
  const { world, queue, held, add, item, ended } = createHeldQueue();
  add("a");
  await settle();
  held.shift()?.();
  await settle();
  queue.cancel(item("a"));
  await settle();
  assertEquals([item("a").state, ended, aborts(world)], ["done", ["a done"], 0]);
});

Deno.test("the upload queue neither pauses nor cancels an upload that the store completes", async () => {
  const { world, queue, held, add, item, ended } = createHeldQueue();
  let finish = () => {};
  world.answers["complete"] = () => new Promise((resolve) => finish = () => resolve({ file: { path: "a" } }));
  add("a");
  await settle();
  held.shift()?.();
  await settle();
  queue.pause(item("a"));
  queue.cancel(item("a"));
  assertEquals([item("a").stop?.signal.aborted, item("a").state], [false, "running"]);
  finish();
  await settle();
  assertEquals(ended, ["a done"]);
});

Deno.test("the upload queue is busy while its only upload is paused", async () => {
  const { queue, add, item } = createHeldQueue();
  add("a");
  await settle();
  queue.pause(item("a"));
  await settle();
  assertEquals([item("a").state, queue.isBusy()], ["paused", true]);
});

Deno.test("the upload queue forgets the uploads that are cleared", async () => {
  const { queue, held, add } = createHeldQueue();
  add("a", "b");
  await settle();
  held.shift()?.();
  await settle();
  queue.clear(({ state }) => state === "done");
  assertEquals(queue.items.map(({ name }) => name), ["b"]);
});
