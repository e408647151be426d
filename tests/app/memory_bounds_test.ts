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

Deno.test("bodies may fill their memory to the last byte, and a request frees all of its own", () => {
  const held = createHeldBytes(10);
  const [first, second] = [new Request("http://localhost/1"), new Request("http://localhost/2")];
  held.hold(first, 4);
  held.hold(first, 6);
  assertThrows(() => held.hold(second, 1), RequestRefusal, "Too much is being uploaded");
  held.release(first);
  held.release(first);
  held.hold(second, 10);
  assertThrows(() => held.hold(first, 1), RequestRefusal);
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
  const { request, paths } = createWorld({ maxBufferedBytes: 64 * MIB, uploadIdleMs: 5_000 });
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
  const answer = await request("/source/media/-/content?path=a", { method: "PUT", body: new Uint8Array(30 * MIB) });
  assertEquals(answer.status, 201);
  for (const end of ends) end();
  assertEquals((await Promise.all(slow)).map(({ status }) => status), Array(20).fill(400));
  assertEquals(paths(), ["a"]);
});

Deno.test("a body that grows beyond what may be held is answered with 503, and nothing of it is stored", async () => {
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  const { request, paths } = createWorld({
    maxBufferedBytes: 64 * MIB,
    fetch: (s3) => async (input, init) => {
      const aborted = new Promise<never>((_, reject) => {
        init?.signal?.addEventListener("abort", () => reject(init.signal?.reason));
      });
      if (init?.method === "PUT") await Promise.race([gate, aborted]);
      return await s3.fetch(input, init);
    },
  });
  const put = (path: string) => {
    let sent = 0;
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull(controller) {
        if (sent++ < 40) controller.enqueue(new Uint8Array(MIB));
        else controller.close();
      },
    });
    return request(`/source/media/-/content?path=${path}`, { method: "PUT", body });
  };
  const pending = [put("a"), put("b")];
  assertEquals((await Promise.race(pending)).status, 503);
  assertEquals(paths(), []);
  open();
  const stored = (await Promise.all(pending)).filter(({ status }) => status === 201);
  assertEquals(paths().length, stored.length);
  // All that was held has been given back.
  assertEquals((await put("c")).status, 201);
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
