import { assert, assertEquals, assertMatch, assertNotEquals, assertStringIncludes } from "@std/assert";
import { readPairs } from "../../src/app/urls.ts";
import { appOf, HTML, MIB, SAME_ORIGIN } from "../support/app_stub.ts";
import { createWorld } from "../support/app_world.ts";

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
