import { RequestRefusal } from "../../src/app/failure.ts";
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { createExpiringSet } from "../../src/app/session/expiring_set.ts";
import { createUploadLedger } from "../../src/app/session/upload_ledger.ts";
import { createWorld } from "../support/app_world.ts";
import { appOf, MIB, stubSource } from "../support/app_stub.ts";

Deno.test("preparing many uploads of one name does not block it", async () => {
  const { post } = createWorld();
  const names = new Set<string>();
  for (let i = 0; i < 120; i++) {
    const wish = { filename: "report.pdf", folder: "", on_collision: "keep_both", size: 1 };
    const response = await post("/upload/media/-/prepare", wish);
    assertEquals(response.status, 200);
    names.add((await response.json()).upload_url);
  }
  assertEquals(names.size, 120);
});

Deno.test("unfinished uploads are limited per actor and per source", () => {
  let nowMs = 0;
  const ledger = createUploadLedger(() => nowMs);
  const promise = (actor: string | null, path: string, source = "media") =>
    ledger.promise({ source, path, id: path, actor, expiresMs: 1_000 });
  const countOf = (actor: string, source: string) => {
    let count = 0;
    try {
      for (; count < 100_000; count++) promise(actor, `${actor}-${count}`, source);
    } catch (error) {
      assertStringIncludes(String(error), "Too many uploads");
    }
    return count;
  };
  assertEquals(countOf("alice", "media"), 1_000);
  assertEquals(countOf("alice", "other"), 1_000);
  assertEquals(["bob", "carol", "dave", "erin", "frank"].map((actor) => countOf(actor, "media")), [
    ...[1_000, 1_000, 1_000, 1_000],
    0,
  ]);
  nowMs = 1_000;
  promise("frank", "later");
  assertEquals(ledger.isPromised({ source: "media", path: "alice-0" }), false);
});

Deno.test("prepare says when to try again once too many uploads are unfinished", async () => {
  const request = appOf(stubSource());
  const prepare = (filename: string) =>
    request("/-/files/upload/media/-/prepare", { method: "POST", body: JSON.stringify({ filename }) });
  for (let count = 0; count < 1_000; count++) await (await prepare(`${count}`)).body?.cancel();
  const refused = await prepare("one more");
  assertEquals([refused.status, refused.headers.get("retry-after")], [429, "8"]);
  assertStringIncludes((await refused.json()).errors[0], "Too many uploads are unfinished");
});

Deno.test("createExpiringSet() removes expired names in any order", () => {
  let nowMs = 0;
  const names = createExpiringSet(() => nowMs);
  names.add("for long", 1_000_000);
  for (let i = 0; i < 4_000; i++) names.add(`${i}`, 10);
  assertEquals(names.size, 4_001);
  nowMs = 60_000;
  names.add("another", 1_000_000);
  assertEquals([names.size, names.has("for long"), names.has("0")], [2, true, false]);
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

Deno.test("an upload ends its own promise, but not that of another one", () => {
  const ledger = createUploadLedger(() => 0);
  const place = { source: "media", path: "a" };
  const promise = (id: string) => ledger.promise({ ...place, id, actor: null, expiresMs: 1_000 });
  promise("first");
  promise("second");
  ledger.release({ ...place, id: "first" });
  assertEquals(ledger.isPromised(place), true);
  ledger.release({ ...place, id: "second" });
  assertEquals(ledger.isPromised(place), false);
});

const DENIED = "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>";

Deno.test("createExpiringSet() has a name until it expires", () => {
  let nowMs = 0;
  const names = createExpiringSet(() => nowMs);
  names.add("a", 10);
  nowMs = 9;
  assertEquals(names.has("a"), true);
  nowMs = 10;
  assertEquals(names.has("a"), false);
});

Deno.test("an upload that has ended receives nothing, and one that is cancelled has stopped by then", async () => {
  const ledger = createUploadLedger(() => 0);
  const upload = { id: "a", expiresMs: 1_000 };
  const steps: string[] = [];
  const received = ledger.receiveOnce(upload, async (cancelled) => {
    await new Promise((resolve) => cancelled.addEventListener("abort", resolve));
    await new Promise((resolve) => setTimeout(resolve));
    steps.push("stopped");
  });
  await ledger.cancel(upload);
  steps.push("cancelled");
  await received;
  assertEquals(steps, ["stopped", "cancelled"]);
  await assertRejects(() => ledger.receiveOnce(upload, () => Promise.resolve()), RequestRefusal, "already been used");
  const ended = { id: "b", expiresMs: 1_000 };
  ledger.end(ended);
  await assertRejects(() => ledger.receiveOnce(ended, () => Promise.resolve()), RequestRefusal, "already been used");
});
