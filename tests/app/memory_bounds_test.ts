import { assert, assertEquals, assertMatch, assertNotEquals, assertStringIncludes } from "@std/assert";
import { createExpiringSet } from "../../src/app/session/expiring_set.ts";
import { createUploadLedger } from "../../src/app/session/upload_ledger.ts";
import { readPairs } from "../../src/app/urls.ts";
import { appOf, HTML, SAME_ORIGIN } from "../support/app_stub.ts";
import { createWorld } from "../support/app_world.ts";

const MIB = 1024 ** 2;
for (
  const [name, count, field, message] of [
    ["1,001 paths", 1_001, "path=a", "more than 1000 times"],
    ["a million fields", 1_000_000, "x=", "more than 10000 fields"],
  ] as const
) {
  Deno.test(`a plain form with ${name} is answered with a short page that says so`, async () => {
    const { source } = createWorld({ files: { a: "A" } });
    const response = await appOf(source)("/-/files/source/media/-/form/delete", {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded", ...HTML, ...SAME_ORIGIN },
      body: `${`${field}&`.repeat(count)}folder=`,
    });
    const page = await response.text();
    assertEquals(response.status, 413);
    assert(page.length < 20_000, `${page.length} characters`);
    assertStringIncludes(page, message);
  });
}

Deno.test("a list of more than 1,000 paths in JSON is refused, and nothing is deleted", async () => {
  const { post, paths } = createWorld({ files: { a: "A" } });
  const response = await post("/source/media/-/delete", { paths: Array(1_001).fill("a") });
  assertEquals([response.status, paths()], [413, ["a"]]);
});

Deno.test("a query of more than 10,000 fields is refused", async () => {
  const { request } = createWorld();
  assertEquals((await request(`/batch.json?${"id=x&".repeat(10_001)}`)).status, 413);
});

Deno.test("a search for a query of 257 characters is refused, in JSON and as a page", async () => {
  const { request } = createWorld({ files: { a: "A" } });
  const query = "x".repeat(257);
  const answers = [
    await request(`/search.json?q=${query}`),
    await request(`/search?q=${query}`, { headers: { accept: "text/html" } }),
  ];
  for (const answer of answers) {
    assertEquals(answer.status, 400);
    assertStringIncludes(await answer.text(), "Search for at most 256 characters.");
  }
});

Deno.test("the page of a search that is refused keeps what was typed", async () => {
  const { source } = createWorld();
  const query = "x".repeat(257);
  const page = await appOf(source)(`/-/files/search?q=${query}`, { headers: HTML });
  const text = await page.text();
  assertEquals(page.status, 400);
  assertStringIncludes(text, `name="q" value="${query}"`);
  assertEquals(text.split(query).length, 2);
});

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

Deno.test("bodies that would take too much memory are answered with 503, and room is made when others are done", async () => {
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  const { request, paths } = createWorld({
    maxBufferedBytes: 64 * MIB,
    fetch: (s3) => async (input, init) => {
      if (init?.method === "PUT") await gate;
      return await s3.fetch(input, init);
    },
  });
  const put = (path: string) =>
    request(`/source/media/-/content?path=${path}`, {
      method: "PUT",
      headers: { "content-length": `${30 * MIB}` },
      body: new Uint8Array(30 * MIB),
    });
  const [first, second] = [put("a"), put("b")];
  const refused = await put("c");
  assertEquals(refused.status, 503);
  assertMatch(refused.headers.get("retry-after") ?? "", /^\d+$/);
  assertStringIncludes((await refused.json()).errors[0], "Try again in a few seconds.");
  open();
  assertEquals([(await first).status, (await second).status], [201, 201]);
  assertEquals((await put("c")).status, 201);
  assertEquals(paths().toSorted(), ["a", "b", "c"]);
});

Deno.test("JSON counts as it arrives, so that many large bodies are refused before they are held", async () => {
  const { request } = createWorld({ maxBufferedBytes: 64 * MIB });
  const pending = Array.from({ length: 12 }, () => {
    let sent = 0;
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull(controller) {
        if (sent++ < 7) controller.enqueue(new Uint8Array(MIB).fill(32));
        else controller.close();
      },
    });
    return request("/upload/media/-/prepare", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
  });
  const statuses = (await Promise.all(pending)).map(({ status }) => status);
  assert(statuses.includes(503), statuses.join());
  assert(statuses.every((status) => status === 503 || status === 400), statuses.join());
  // All of it has been given back.
  assertNotEquals((await request("/upload/media/-/prepare", { method: "POST", body: "{}" })).status, 503);
});

Deno.test("a part of more than 64 MiB does not go through the app", async () => {
  const { post, request } = createWorld();
  // 10,000 parts at most, so that these are larger.
  const wish = { filename: "huge", folder: "", size: 1024 ** 4, direct: false };
  const prepared = await (await post("/upload/media/-/prepare", wish)).json();
  assert(prepared.parts.size_bytes > 64 * MIB);
  const response = await request(`/upload/media/-/part?token=${prepared.upload_token}&number=1`, {
    method: "PUT",
    body: new Uint8Array(1),
  });
  assertEquals(response.status, 413);
});

Deno.test("a length that is no number does not lift the bound on bodies in memory", async () => {
  const { request } = createWorld({ maxBufferedBytes: 64 * MIB });
  const put = (length: string) =>
    request("/source/media/-/content?path=a", { method: "PUT", headers: { "content-length": length }, body: "A" });
  await put("x");
  await put("-1e12");
  const tooMuch = await Promise.all([put(`${40 * MIB}`), put(`${40 * MIB}`)]);
  assert(tooMuch.some(({ status }) => status === 503), tooMuch.map(({ status }) => status).join());
});

Deno.test("readPairs() takes megabytes of “=” as one value, without a piece for each", () => {
  const [pair] = readPairs(`a${"=".repeat(7 * MIB)}`);
  assertEquals([pair?.[0], pair?.[1].length], ["a", 7 * MIB - 1]);
  assertEquals(readPairs("a&b=&=c&d=1=2"), [["a", ""], ["b", ""], ["", "c"], ["d", "1=2"]]);
});

Deno.test("preparing an upload refuses a media type that no header can hold, before anything is promised", async () => {
  const { post } = createWorld();
  for (const content_type of ["text/html\r\nx: y", "text/plain; a=ü", "a\u0000b"]) {
    const response = await post("/upload/media/-/prepare", { filename: "a", folder: "", size: 1, content_type });
    assertEquals(response.status, 400);
  }
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
