import { assertEquals, assertStringIncludes } from "@std/assert";
import { createS3Source } from "../../mod.ts";
import { createGrantFacts } from "../../src/app/permissions/known_grants.ts";
import { createMemoryS3 } from "../../src/testing/mod.ts";
import { HTML, SAME_ORIGIN } from "../support/app_stub.ts";
import { ask, complete, prepare } from "../support/app_uploads.ts";
import { createWorld, type World, type WorldOptions } from "../support/app_world.ts";
import { s3Error } from "../support/stub_fetch.ts";

/** An app over a store that ignores conditions. */
function unguardedWorld(options: WorldOptions = {}): World {
  return createWorld({ quirks: ["ignoresConditions"], ...options });
}

/** Visits a page, which diagnoses the source. */
async function visit({ request }: World): Promise<void> {
  await (await request("/source/media", { headers: HTML })).body?.cancel();
}

function storeElsewhere({ s3 }: World, path: string): void {
  s3.putObject({ bucket: "bucket", key: `team/${path}`, body: "theirs" });
}

function put(world: World, headers: Record<string, string>): Promise<Response> {
  return world.request("/source/media/-/content?path=a", { method: "PUT", headers, body: "mine" });
}

for (const isDiagnosed of [true, false]) {
  const what = isDiagnosed ? "would replace" : "would replace, which nothing has shown before";
  Deno.test(`PUT source/{s}/-/content with If-None-Match keeps a file that the store ${what}`, async () => {
    const world = unguardedWorld();
    if (isDiagnosed) await visit(world);
    const stored = await put(world, { "if-none-match": "*" });
    assertEquals([stored.status, world.textOf("a")], [201, "mine"]);
    storeElsewhere(world, "a");
    const refused = await put(world, { "if-none-match": "*" });
    assertEquals([refused.status, (await refused.json()).code, world.textOf("a")], [412, "conflict", "theirs"]);
  });

  Deno.test(`PUT source/{s}/-/content with If-Match keeps a changed file that the store ${what}`, async () => {
    const world = unguardedWorld(
      isDiagnosed ? {} : {
        // Diagnosing fails at its first request.
        fetch: ({ fetch }) => (input, init) =>
          String(input).includes("list-type")
            ? Promise.resolve(s3Error(403, "InvalidAccessKeyId"))
            : fetch(input, init),
      },
    );
    storeElsewhere(world, "a");
    const refused = await put(world, { "if-match": '"0123"' });
    assertEquals([refused.status, world.textOf("a")], [412, "theirs"]);
    const etag = (await world.source.stat("a"))?.etag ?? "";
    const stored = await put(world, { "if-match": etag });
    assertEquals([stored.status, world.textOf("a")], [201, "mine"]);
  });
}

Deno.test("upload/{s} sends bytes through the app where the store ignores conditions, and keeps a file", async () => {
  const world = unguardedWorld();
  const wish = { filename: "a", size: 4, direct: true };
  const first = await prepare(world, wish);
  assertStringIncludes(first.upload_url, "/-/files/upload/media/-/content?token=");
  assertEquals((await ask(world, first.upload_url, { method: "PUT", body: "mine" })).status, 200);
  assertEquals([(await complete(world, first.upload_token)).status, world.textOf("a")], [201, "mine"]);

  const second = await prepare(world, { ...wish, filename: "b" });
  storeElsewhere(world, "b");
  const refused = await ask(world, second.upload_url, { method: "PUT", body: "mine" });
  assertEquals([refused.status, (await refused.json()).code, world.textOf("b")], [409, "collision", "theirs"]);
});

Deno.test("upload/{s} keeps a file that appears where an upload in parts is to be completed", async () => {
  const world = unguardedWorld();
  const size = 17 * 1024 * 1024;
  const { upload_token, parts } = await prepare(world, { filename: "a", size, direct: false, on_collision: "ask" });
  for (let number = 1; number <= parts.count; number++) {
    const body = new Uint8Array(Math.min(parts.size_bytes, size - (number - 1) * parts.size_bytes));
    const path = `/upload/media/-/part?token=${upload_token}&number=${number}`;
    assertEquals((await world.request(path, { method: "PUT", body })).status, 200);
  }
  storeElsewhere(world, "a");
  const refused = await complete(world, upload_token);
  assertEquals([refused.status, (await refused.json()).code, world.textOf("a")], [409, "collision", "theirs"]);
  assertEquals(world.s3.listUploads("bucket"), []);
});

Deno.test("upload/{s} completes an upload in parts that replaces the file it was meant for", async () => {
  const world = unguardedWorld({ files: { a: "old" } });
  const size = 16 * 1024 * 1024 + 1;
  const { upload_token, parts } = await prepare(world, { filename: "a", size, direct: false, on_collision: "replace" });
  for (let number = 1; number <= parts.count; number++) {
    const body = new Uint8Array(number === parts.count ? 1 : parts.size_bytes);
    await world.request(`/upload/media/-/part?token=${upload_token}&number=${number}`, { method: "PUT", body });
  }
  assertEquals((await complete(world, upload_token)).status, 201);
  assertEquals((await world.source.stat("a"))?.size, size);
});

Deno.test("a form keeps a file that appears while it is being stored", async () => {
  let heads = 0;
  const world = unguardedWorld({
    fetch: (s3) => async (input, init) => {
      const response = await s3.fetch(input, init);
      if (init?.method === "HEAD" && new URL(String(input)).pathname === "/bucket/team/a" && heads++ === 0) {
        s3.putObject({ bucket: "bucket", key: "team/a", body: "theirs" });
      }
      return response;
    },
  });
  await visit(world);
  const body = new FormData();
  body.append("file", new File(["mine"], "a"));
  const { status, body: text } = await world.request("/source/media/-/form/upload", {
    method: "POST",
    headers: { ...HTML, ...SAME_ORIGIN },
    body,
  });
  await text?.cancel();
  assertEquals([status, world.textOf("a")], [412, "theirs"]);
});

Deno.test("the edit page keeps a file that changed meanwhile, and announces what the store cannot do", async () => {
  const world = unguardedWorld({ files: { a: "old" } });
  await visit(world);
  const page = await (await world.request("/source/media/-/form/edit?path=a", { headers: HTML })).text();
  assertStringIncludes(page, "If someone else saves at the same moment, only the last version is kept.");
  const [, etag = ""] = /name="etag" value="([^"]*)"/.exec(page) ?? [];
  storeElsewhere(world, "a");
  const save = (etag: string) => {
    const body = new URLSearchParams({ path: "a", etag: etag.replaceAll("&quot;", '"'), text: "mine" });
    return world.request("/source/media/-/form/edit", { method: "POST", headers: { ...HTML, ...SAME_ORIGIN }, body });
  };
  const refused = await save(etag);
  assertEquals([refused.status, world.textOf("a")], [412, "theirs"]);
  assertStringIncludes(await refused.text(), "Someone else has changed");
  const saved = await save((await world.source.stat("a"))?.etag ?? "");
  await saved.body?.cancel();
  assertEquals([saved.status, world.textOf("a")], [303, "mine"]);
});

Deno.test("a folder's page announces that its store ignores conditions, unless nothing can be changed there", async () => {
  const pageOf = async (world: World) => await (await world.request("/source/media", { headers: HTML })).text();
  const announcement = "Simultaneous changes can be lost";
  assertStringIncludes(await pageOf(unguardedWorld()), announcement);
  assertEquals((await pageOf(createWorld())).includes(announcement), false);
  const readOnly = unguardedWorld({ permissions: { "files-browse": true } });
  assertEquals((await pageOf(readOnly)).includes(announcement), false);
});

Deno.test("a folder's page announces what store.conditions says", async () => {
  const { config, fetch } = createMemoryS3();
  const facts = createGrantFacts(Date.now);
  const source = createS3Source({ ...config, store: { conditions: false } }, { fetch });
  assertEquals(facts.conditions("media"), undefined);
  await facts.learn({ name: "media", source }, "");
  assertEquals(facts.conditions("media"), false);
});

Deno.test("PUT source/{s}/-/content stores nothing where neither the store nor the app can see what is there", async () => {
  const world = unguardedWorld({
    fetch: ({ fetch }) => (input, init) =>
      init?.method === "HEAD" || (init?.method ?? "GET") === "GET"
        ? Promise.resolve(s3Error(403, "AccessDenied"))
        : fetch(input, init),
  });
  await visit(world);
  storeElsewhere(world, "a");
  const refused = await put(world, { "if-none-match": "*" });
  const { errors } = await refused.json();
  assertEquals([refused.status, world.textOf("a")], [403, "theirs"]);
  assertStringIncludes(errors[0], "cannot see which files exist");
});

Deno.test("a store that cannot be reached is diagnosed again after 10 seconds", async () => {
  const { config, fetch } = createMemoryS3();
  let nowMs = 0;
  let isDown = true;
  let lists = 0;
  const source = createS3Source(config, {
    fetch(input, init) {
      if (String(input).includes("list-type")) lists++;
      return isDown ? Promise.reject(new TypeError("connection refused")) : fetch(input, init);
    },
    retry: { maxAttempts: 1 },
  });
  const facts = createGrantFacts(() => nowMs);
  const learn = () => facts.learn({ name: "media", source }, "");
  await learn();
  assertEquals([facts.known("media", ""), lists], [{ write: true, delete: true }, 1]);
  await learn();
  assertEquals(lists, 1);
  nowMs += 10_000;
  isDown = false;
  await learn();
  nowMs += 10_000;
  await learn();
  assertEquals(lists, 2);
});
