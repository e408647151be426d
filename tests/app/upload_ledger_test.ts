import { RequestRefusal } from "../../src/app/failure.ts";
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { createMemoryState } from "../../src/state/memory_state.ts";
import { createUploadLedger } from "../../src/app/session/upload_ledger.ts";
import { createWorld } from "../support/app_world.ts";
import { appOf, EVERYTHING, MIB, SIGNING_SECRET, stubSource } from "../support/app_stub.ts";
import { createFilesApp } from "../../src/app/mod.ts";
import type { State } from "../../src/state/state.ts";
import { StateError } from "../../src/state/state_error.ts";

Deno.test("preparing many uploads of one name does not block it", async () => {
  const { post } = createWorld();
  const names = new Set<string>();
  for (let i = 0; i < 90; i++) {
    const wish = { filename: "report.pdf", folder: "", on_collision: "keep_both", size: 1 };
    const response = await post("/upload/media/-/prepare", wish);
    assertEquals(response.status, 200);
    names.add((await response.json()).upload_url);
  }
  assertEquals(names.size, 90);
});

/** A ledger with a clock, and others with the same state. */
function createLedgers() {
  const clock = { nowMs: 0 };
  const now = () => clock.nowMs;
  const state = createMemoryState({ now });
  const create = () => createUploadLedger({ state, maxOfPerson: 20, maxMs: 500, now });
  return { clock, ledger: create(), other: create() };
}

const upload = { source: "media", path: "a", id: "a", person: "alice", expiresMs: 1_000 };

Deno.test("unfinished uploads of a person are limited at all processes together, until they end", async () => {
  const { clock, ledger, other } = createLedgers();
  const places: number[] = [];
  for (let i = 0; i < 10; i++) {
    for (const one of [ledger, other]) {
      places.push(await one.promise({ ...upload, path: `${places.length}`, id: `${places.length}` }));
    }
  }
  assertEquals(places.toSorted((a, b) => a - b), Array.from({ length: 20 }, (_, place) => place));
  const tooMany = async () => {
    const error = await assertRejects(() => other.promise(upload), RequestRefusal, "Too many of your uploads");
    assertEquals(error.status, 429);
    await assertRejects(() => ledger.count("alice", () => Promise.reject(new Error("not counted"))), RequestRefusal);
  };
  await tooMany();
  await other.promise({ ...upload, person: "bob" });
  await ledger.release({ ...upload, path: "7", id: "7", place: places[7] ?? NaN });
  assertEquals(await ledger.count("alice", tooMany), undefined);
  // A process that dies in the middle gives back its place later.
  void ledger.count("alice", () => new Promise(() => {}));
  await new Promise((resolve) => setTimeout(resolve));
  await tooMany();
  clock.nowMs = 500;
  await other.promise(upload);
  clock.nowMs = 1_000;
  await other.promise({ ...upload, path: "later", expiresMs: 2_000 });
  assertEquals(await ledger.isPromised({ source: "media", path: "3" }), false);
});

Deno.test("prepare says when to try again once too many uploads are unfinished", async () => {
  const request = appOf(stubSource());
  const prepare = (filename: string) =>
    request("/-/files/upload/media/-/prepare", { method: "POST", body: JSON.stringify({ filename }) });
  for (let count = 0; count < 100; count++) await (await prepare(`${count}`)).body?.cancel();
  const refused = await prepare("one more");
  assertEquals([refused.status, refused.headers.get("retry-after")], [429, "8"]);
  assertStringIncludes((await refused.json()).errors[0], "Too many of your uploads are unfinished");
});

Deno.test("an upload that could not be prepared, or lost its path, ends its promise", async () => {
  let refuses = true;
  const { post, request, source } = createWorld({
    fetch: (s3) => async (input, init) => {
      const isBegun = init?.method === "POST" && new URL(String(input)).searchParams.has("uploads");
      return isBegun && refuses ? new Response(DENIED, { status: 403 }) : await s3.fetch(input, init);
    },
  });
  const prepare = async (filename: string, size: number) =>
    await post("/upload/media/-/prepare", { filename, folder: "", on_collision: "keep_both", size });
  assertEquals((await prepare("film.mp4", 20 * MIB)).status, 403);
  refuses = false;
  const small = await (await prepare("film.mp4", 1)).json();
  // Not “film (2).mp4”, and somebody is faster.
  await source.upload("film.mp4", "other");
  assertEquals((await request(small.upload_url.slice("/-/files".length), { method: "PUT", body: "x" })).status, 409);
  await source.delete("film.mp4");
  const again = await (await prepare("film.mp4", 1)).json();
  await request(again.upload_url.slice("/-/files".length), { method: "PUT", body: "x" });
  const done = await (await post("/upload/media/-/complete", { upload_token: again.upload_token })).json();
  assertEquals(done.file.path, "film.mp4");
});

Deno.test("an upload ends its own promise, but not that of another one", async () => {
  const { ledger, other } = createLedgers();
  const first = { ...upload, id: "first" };
  const second = { ...upload, id: "second" };
  const places = [await ledger.promise(first), await other.promise(second)];
  await other.release({ ...second, place: places[1] ?? NaN });
  assertEquals(await ledger.isPromised(upload), true);
  await other.release({ ...first, place: places[0] ?? NaN });
  assertEquals(await ledger.isPromised(upload), false);
});

const DENIED = "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>";

Deno.test("an upload that has ended receives nothing, and one that is cancelled has stopped by then", async () => {
  const { ledger } = createLedgers();
  const steps: string[] = [];
  const { promise: isReceiving, resolve: receiving } = Promise.withResolvers<void>();
  const received = ledger.receiveOnce(upload, async (cancelled) => {
    receiving();
    await new Promise((resolve) => cancelled.addEventListener("abort", resolve));
    await new Promise((resolve) => setTimeout(resolve));
    steps.push("stopped");
  });
  await isReceiving;
  await ledger.cancel(upload);
  steps.push("cancelled");
  await received;
  assertEquals(steps, ["stopped", "cancelled"]);
  const again = () => ledger.receiveOnce(upload, () => Promise.resolve());
  await assertRejects(again, RequestRefusal, "already been used");
  const ended = { ...upload, id: "b" };
  await ledger.end(ended);
  await assertRejects(() => ledger.receiveOnce(ended, () => Promise.resolve()), RequestRefusal, "already been used");
});

Deno.test("of two processes one receives an upload, and the other when that has failed", async () => {
  const { ledger, other } = createLedgers();
  const { promise: content, reject: breakOff } = Promise.withResolvers<string>();
  const first = ledger.receiveOnce(upload, () => content);
  const again = () => other.receiveOnce(upload, () => Promise.resolve("content"));
  await assertRejects(again, RequestRefusal, "already been used");
  breakOff(new TypeError("the connection broke"));
  await assertRejects(() => first, TypeError, "the connection broke");
  assertEquals(await again(), "content");
  await assertRejects(again, RequestRefusal, "already been used");
  await assertRejects(() => ledger.receiveOnce(upload, () => content), RequestRefusal, "already been used");
});

Deno.test("an upload is received again soon after the process that received it has died", async () => {
  const { clock, ledger, other } = createLedgers();
  using time = new FakeTime();
  void ledger.receiveOnce(upload, () => new Promise(() => {}));
  await time.tickAsync(0);
  // As if its timers had stopped.
  clock.nowMs = 15_000;
  assertEquals(await other.receiveOnce({ ...upload, expiresMs: 60_000 }, () => Promise.resolve("content")), "content");
});

Deno.test("an upload that lasts stays with its process, until another process cancels it", async () => {
  const { clock, ledger, other } = createLedgers();
  using time = new FakeTime();
  const long = { ...upload, expiresMs: 600_000 };
  const steps: string[] = [];
  const received = ledger.receiveOnce(long, async (cancelled) => {
    await new Promise((resolve) => cancelled.addEventListener("abort", resolve));
    steps.push(`stopped: ${cancelled.reason.message}`);
  });
  const pass = async (ms: number) => {
    clock.nowMs += ms;
    await time.tickAsync(ms);
    await time.tickAsync(0);
  };
  for (let i = 0; i < 20; i++) await pass(3_000);
  await assertRejects(() => other.receiveOnce(long, () => Promise.resolve()), RequestRefusal, "already been used");
  const cancelled = other.cancel(long).then(() => steps.push("cancelled"));
  await pass(2_000);
  assertEquals(steps, []);
  await pass(1_000);
  await pass(200);
  await Promise.all([received, cancelled]);
  assertEquals(steps, ["stopped: This upload has already been used. Start a new one.", "cancelled"]);
});

Deno.test("visitors without a login are counted by their network, of which IPv6 gives each many addresses", async () => {
  const app = createFilesApp({ sources: { media: stubSource() }, permissions: EVERYTHING, maxUploadsPerPerson: 1 });
  const prepare = async (address: string, filename: string) => {
    const body = JSON.stringify({ filename, folder: "", size: 1 });
    const headers = { "content-type": "application/json" };
    const request = new Request("http://localhost/-/files/upload/media/-/prepare", { method: "POST", body, headers });
    return (await app(request, address)).status;
  };
  assertEquals(await prepare("2001:db8::1", "a"), 200);
  assertEquals(await prepare("2001:db8::2:2", "b"), 429);
  assertEquals(await prepare("2001:db8:0:1::1", "c"), 200);
  assertEquals(await prepare("192.0.2.1", "d"), 200);
  assertEquals(await prepare("::ffff:192.0.2.1", "e"), 429);
});

Deno.test("an upload that cannot be promised its path does not keep its place", async () => {
  const memory = createMemoryState();
  const state: State = {
    ...memory,
    putIfAbsent: (key, ...rest) =>
      key.startsWith("promise/") ? Promise.reject(new StateError("full")) : memory.putIfAbsent(key, ...rest),
  };
  const ledger = createUploadLedger({ state, maxOfPerson: 1, maxMs: 500, now: Date.now });
  await assertRejects(() => ledger.promise({ ...upload, expiresMs: Date.now() + 60_000 }), StateError);
  assertEquals(await ledger.count("alice", () => Promise.resolve("counted")), "counted");
});

Deno.test("an upload goes on, and ends once, where only the answer of the state was lost", async () => {
  const memory = createMemoryState();
  let isLost = false;
  const state: State = {
    ...memory,
    async putIfAbsent(...args) {
      const isNew = await memory.putIfAbsent(...args);
      if (!isLost) return isNew;
      isLost = false;
      throw new Error("timeout");
    },
  };
  const { post, request, paths } = createWorld({ state, secret: SIGNING_SECRET, maxUploadsPerPerson: 1 });
  const prepare = (filename: string) => post("/upload/media/-/prepare", { filename, folder: "", size: 1 });
  isLost = true;
  assertEquals((await prepare("a")).status, 503);
  const { upload_token, upload_url } = await (await prepare("a")).json();
  const send = async () => (await request(upload_url.replace("/-/files", ""), { method: "PUT", body: "x" })).status;
  isLost = true;
  assertEquals([await send(), await send()], [503, 200]);
  isLost = true;
  assertEquals((await post("/upload/media/-/complete", { upload_token })).status, 201);
  assertEquals([paths(), (await prepare("b")).status], [["a"], 200]);
});
