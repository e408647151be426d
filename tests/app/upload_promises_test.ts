import { assertEquals, assertStringIncludes } from "@std/assert";
import { createExpiringSet } from "../../src/app/session/expiring_set.ts";
import { createUploadLedger } from "../../src/app/session/upload_ledger.ts";
import { createWorld } from "../support/app_world.ts";
import { MIB } from "../support/app_stub.ts";

Deno.test("preparing many uploads of one name blocks it for nobody", async () => {
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

Deno.test("one person, and all of a source, may have so many uploads prepared", () => {
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

Deno.test("createExpiringSet() forgets what has expired, also behind what has not", () => {
  let nowMs = 0;
  const names = createExpiringSet(() => nowMs);
  names.add("for long", 1_000_000);
  for (let i = 0; i < 4_000; i++) names.add(`${i}`, 10);
  assertEquals(names.size, 4_001);
  nowMs = 60_000;
  names.add("another", 1_000_000);
  assertEquals([names.size, names.has("for long"), names.has("0")], [2, true, false]);
});

Deno.test("an upload that could not be prepared, or lost its place, is promised nothing any more", async () => {
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

Deno.test("an upload that is over gives back its own promise, and not that of another one", () => {
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
