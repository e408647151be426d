import { assertEquals } from "@std/assert";
import type { S3Source } from "../../mod.ts";
import { createWorld } from "../support/app_world.ts";
import { SIGNING_SECRET } from "../support/app_stub.ts";
import { ask, complete, prepare, sendForm } from "../support/app_uploads.ts";

Deno.test("a token stores once and completes once", async () => {
  const world = createWorld();
  const prepared = await prepare(world, { filename: "a" });
  assertEquals((await sendForm(world, prepared, "one")).status, 200);
  assertEquals((await sendForm(world, prepared, "two")).status, 409);
  assertEquals((await complete(world, prepared.upload_token)).status, 201);
  for (const path of ["complete", "abort"]) {
    const again = await world.post(`/upload/media/-/${path}`, { upload_token: prepared.upload_token });
    assertEquals([again.status, (await again.json()).code], [409, "used"]);
  }
  assertEquals(world.textOf("a"), "one");
});

Deno.test("a token survives a restart, and still works only once", async () => {
  const before = createWorld({ secret: SIGNING_SECRET });
  const prepared = await prepare(before, { filename: "a" });
  const restarted = () => createWorld({ secret: SIGNING_SECRET, sources: { media: before.source } });
  assertEquals((await sendForm(restarted(), prepared, "one")).status, 200);
  assertEquals((await sendForm(restarted(), prepared, "two")).status, 409);
  assertEquals((await complete(restarted(), prepared.upload_token)).status, 201);
  assertEquals(before.textOf("a"), "one");
});

Deno.test("a token can be used again after a failure", async () => {
  const world = createWorld();
  const { upload_url } = await prepare(world, { filename: "a", size: 5, direct: false });
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode("12"));
      controller.error(new Error("gone"));
    },
  });
  assertEquals((await ask(world, upload_url, { method: "PUT", body })).status, 400);
  assertEquals(world.paths(), []);
  assertEquals((await ask(world, upload_url, { method: "PUT", body: "12345" })).status, 200);
});

Deno.test("a token is valid only for its actor and its source, until it expires", async () => {
  let nowMs = Date.UTC(2030, 0, 1);
  let actor = "alice";
  const world = createWorld({ now: () => nowMs, authenticate: () => ({ id: actor }), secret: SIGNING_SECRET });
  const prepared = await prepare(world, { filename: "a" });
  actor = "mallory";
  assertEquals((await sendForm(world, prepared, "x")).status, 400);
  actor = "alice";
  const elsewhere = createWorld({
    secret: SIGNING_SECRET,
    now: () => nowMs,
    authenticate: () => ({ id: actor }),
    sources: { other: world.source },
  });
  const url = prepared.upload_url.replace("media", "other");
  assertEquals((await sendForm(elsewhere, { ...prepared, upload_url: url }, "x")).status, 400);
  nowMs += 3_600_000;
  assertEquals((await sendForm(world, prepared, "x")).status, 400);
  assertEquals(world.paths(), []);
});

for (const token of ["", "tok_", "tok_e30.e30", "nonsense"]) {
  Deno.test(`the token ${JSON.stringify(token)} is refused`, async () => {
    const world = createWorld();
    assertEquals((await ask(world, `/-/files/upload/media/-/content?token=${token}`, { method: "PUT" })).status, 400);
    assertEquals((await complete(world, token)).status, 400);
  });
}

Deno.test("a token is valid whatever the order of the sources", async () => {
  const { source } = createWorld();
  const appWith = (sources: Record<string, S3Source>) => createWorld({ secret: SIGNING_SECRET, sources });
  const prepared = await prepare(appWith({ media: source, other: source }), { filename: "a" });
  assertEquals((await sendForm(appWith({ other: source, media: source }), prepared, "one")).status, 200);
});

Deno.test("a token for one source is refused at another of the same app", async () => {
  const { source } = createWorld();
  const world = createWorld({ sources: { media: source, other: source.folder("other") } });
  const { upload_url } = await prepare(world, { filename: "a", folder: "", size: 1 });
  assertEquals((await ask(world, upload_url.replace("media", "other"), { method: "PUT", body: "1" })).status, 400);
});
