import { assert, assertEquals, assertMatch, assertNotEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { RequestRefusal } from "../../src/app/failure.ts";
import { createHeldBytes } from "../../src/app/held_bytes.ts";
import { readPairs } from "../../src/app/urls.ts";
import { appOf, HTML, MIB, SAME_ORIGIN } from "../support/app_stub.ts";
import { createWorld } from "../support/app_world.ts";

for (
  const [name, count, field, message] of [
    ["1,001 paths", 1_001, "path=a", "more than 1000 times"],
    ["a million fields", 1_000_000, "x=", "more than 10000 fields"],
  ] as const
) {
  Deno.test(`a form with ${name} is refused with a short page that says so`, async () => {
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

Deno.test("createHeldBytes() fills its limit to the last byte, and frees all of a request", () => {
  const held = createHeldBytes(10, () => 0);
  const [first, second] = [new Request("http://localhost/1"), new Request("http://localhost/2")];
  held.reserve(first, 4);
  held.receive(first, 10);
  assertThrows(() => held.reserve(second, 1), RequestRefusal, "Too much is being uploaded");
  held.release(first);
  held.release(first);
  held.reserve(second, 10);
  // Bytes that arrive after the response count no more.
  held.receive(first, 10);
  assertThrows(() => held.reserve(first, 1), RequestRefusal);
});

Deno.test("createHeldBytes() gives what has not arrived within five seconds to others", () => {
  let nowMs = 0;
  const held = createHeldBytes(10, () => nowMs);
  const [slow, second, third] = [1, 2, 3].map((number) => new Request(`http://localhost/${number}`));
  assert(slow && second && third);
  held.reserve(slow, 10);
  held.receive(slow, 3);
  nowMs = 5_000;
  assertThrows(() => held.reserve(second, 1), RequestRefusal);
  nowMs = 5_001;
  assertThrows(() => held.reserve(second, 8), RequestRefusal);
  held.reserve(second, 7);
  // It goes on with what is left.
  assertThrows(() => held.receive(slow, 4), RequestRefusal);
  held.release(second);
  held.receive(slow, 4);
  held.reserve(third, 6);
  assertThrows(() => held.reserve(second, 1), RequestRefusal);
});

Deno.test("readPairs() takes 10,000 fields", () => {
  assertEquals(readPairs("a=1&".repeat(10_000)).length, 10_000);
  assertThrows(() => readPairs("a=1&".repeat(10_001)), RequestRefusal, "more than 10000 fields");
});

Deno.test("a query of more than 10,000 fields is refused", async () => {
  const { request } = createWorld();
  assertEquals((await request(`/batch.json?${"id=x&".repeat(10_001)}`)).status, 413);
});

Deno.test("bodies that would need too much memory are refused with 503 until others are done", async () => {
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
  const answers = [put("a"), put("b"), put("c")];
  const refused = await Promise.race(answers);
  assertEquals(refused.status, 503);
  assertMatch(refused.headers.get("retry-after") ?? "", /^\d+$/);
  assertStringIncludes((await refused.json()).errors[0], "Try again in a few seconds.");
  open();
  assertEquals((await Promise.all(answers)).map(({ status }) => status).toSorted(), [201, 201, 503]);
  for (const path of ["a", "b", "c"]) assertEquals((await put(path)).status, 201);
  assertEquals(paths().toSorted(), ["a", "b", "c"]);
});

Deno.test("JSON counts as it arrives, so that many large bodies are refused early", async () => {
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

Deno.test("a part of exactly 64 MiB goes through the app", async () => {
  const { post, request } = createWorld();
  const wish = { filename: "huge", folder: "", size: 10_000 * 64 * MIB, direct: false };
  const prepared = await (await post("/upload/media/-/prepare", wish)).json();
  assertEquals(prepared.parts.size_bytes, 64 * MIB);
  const url = `/upload/media/-/part?token=${prepared.upload_token}&number=1`;
  const response = await request(url, { method: "PUT", body: new Uint8Array(1) });
  assertEquals(response.status, 400);
  assertStringIncludes((await response.json()).errors[0], "must have 67108864 bytes, not 1");
});

Deno.test("uploads that announce much and send little keep nobody else from uploading", async () => {
  let nowMs = Date.now();
  const { request, paths } = createWorld({ maxBufferedBytes: 64 * MIB, now: () => nowMs });
  const ends: (() => void)[] = [];
  const slow = Array.from({ length: 20 }, (_, index) => {
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start(controller) {
        controller.enqueue(new Uint8Array(1));
        ends.push(() => controller.error(new Error("gone")));
      },
    });
    return request(`/source/media/-/content?path=slow${index}`, {
      method: "PUT",
      headers: { "content-length": `${40 * MIB}` },
      body,
    });
  });
  await Promise.all(slow.slice(1));
  nowMs += 5_001;
  const answer = await request("/source/media/-/content?path=a", { method: "PUT", body: new Uint8Array(30 * MIB) });
  assertEquals(answer.status, 201);
  for (const end of ends) end();
  const statuses = (await Promise.all(slow)).map(({ status }) => status).toSorted();
  assertEquals(statuses, [400, ...Array(19).fill(503)]);
  assertEquals(paths(), ["a"]);
});

Deno.test("of many uploads at once, those for which there is room are stored", async () => {
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  const { request, paths } = createWorld({
    maxBufferedBytes: 128 * MIB,
    fetch: (s3) => async (input, init) => {
      if (init?.method === "PUT") await gate;
      return await s3.fetch(input, init);
    },
  });
  const put = (path: string) =>
    request(`/source/media/-/content?path=${path}`, { method: "PUT", body: new Blob(["A"]).stream() });
  const answers = ["a", "b", "c", "d", "e"].map(put);
  assertEquals((await Promise.all(answers.slice(3))).map(({ status }) => status), [503, 503]);
  open();
  assertEquals((await Promise.all(answers)).map(({ status }) => status), [201, 201, 201, 503, 503]);
  assertEquals(paths(), ["a", "b", "c"]);
});

Deno.test("readPairs() reads megabytes of “=” as one value", () => {
  const [pair] = readPairs(`a${"=".repeat(7 * MIB)}`);
  assertEquals([pair?.[0], pair?.[1].length], ["a", 7 * MIB - 1]);
  assertEquals(readPairs("a&b=&=c&d=1=2"), [["a", ""], ["b", ""], ["", "c"], ["d", "1=2"]]);
});

Deno.test("a form, and a list in JSON, may have 1,000 paths", async () => {
  const { post, request, paths } = createWorld({ files: { a: "A", b: "B" } });
  const body = `${"path=a&".repeat(1_000)}confirmed=1`;
  const headers = { "content-type": "application/x-www-form-urlencoded", ...SAME_ORIGIN };
  const form = await request("/source/media/-/form/delete", { method: "POST", headers, body });
  const json = await post("/source/media/-/delete", { paths: Array(1_000).fill("b") });
  assertEquals([form.status, json.status, paths()], [303, 200, []]);
});

Deno.test("an upload larger than all that may be held is stored, as it counts as 40 MiB at most", async () => {
  const { request, paths } = createWorld({ maxBufferedBytes: 64 * MIB });
  let sent = 0;
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      if (sent++ < 70) controller.enqueue(new Uint8Array(MIB));
      else controller.close();
    },
  });
  assertEquals((await request("/source/media/-/content?path=a", { method: "PUT", body })).status, 201);
  assertEquals(paths(), ["a"]);
});

Deno.test("a body that is shorter than announced is answered with 400", async () => {
  const { request, paths } = createWorld();
  const headers = { "content-length": `${100 * MIB}` };
  const body = new Blob(["A"]).stream();
  assertEquals((await request("/source/media/-/content?path=a", { method: "PUT", headers, body })).status, 400);
  assertEquals(paths(), []);
});
