import { assertEquals, assertRejects } from "@std/assert";
import { backoffMs } from "../../src/app/browser/attempts.js";
import { discard, SKIPPED, uploadFile } from "../../src/app/browser/upload.js";
import { partBytes } from "../../src/app/browser/upload_parts.js";
import { createFakeWorld, createItem, type FakeWorld, numbersOf, partUrl, refusal } from "../support/upload_world.ts";

const NEVER = new AbortController().signal;
/** The first words of what was asked. */
const steps = ({ log }: FakeWorld) => log.map((line) => line.replace(/ \{.*/, ""));

Deno.test("an upload prepares, sends and completes", async () => {
  const world = createFakeWorld();
  const item = createItem("hello");
  assertEquals(await uploadFile(item, world, NEVER), { path: "done" });
  assertEquals(world.log, [
    'prepare {"filename":"x.txt","size":5,"content_type":"text/plain","folder":"in/","path":"x.txt","on_collision":"ask","direct":true}',
    "PUT https://store/file 5",
    'complete {"upload_token":"tok_1"}',
  ]);
  assertEquals([item.loaded, world.directWorks], [5, true]);
});

Deno.test("an upload goes through the app once the store cannot be reached, and so do all later ones", async () => {
  const world = createFakeWorld();
  world.onSend = (url) => ({ status: url.startsWith("https:") ? 0 : 200, text: "" });
  await uploadFile(createItem("hello"), world, NEVER);
  await uploadFile(createItem("other"), world, NEVER);
  assertEquals(steps(world), [
    "prepare",
    "PUT https://store/file 5",
    "abort",
    "prepare",
    "PUT /app/file 5",
    "complete",
    "prepare",
    "PUT /app/file 5",
    "complete",
  ]);
});

Deno.test("an upload tries again at a store that worked before", async () => {
  const world = createFakeWorld();
  world.directWorks = true;
  const answers = [0, 503, 200];
  world.onSend = () => ({ status: answers.shift() ?? 0, text: "" });
  await uploadFile(createItem("hello"), world, NEVER);
  const put = "PUT https://store/file 5";
  assertEquals(steps(world), ["prepare", put, "wait 0 true", put, "wait 503 true", put, "complete"]);
  assertEquals(world.isDirect, true);
});

Deno.test("an upload gives up after seven tries, with the reason", async () => {
  const world = createFakeWorld();
  world.isDirect = false;
  world.onSend = () => ({ status: 504, text: '{"errors":["The store took too long."]}' });
  await assertRejects(() => uploadFile(createItem("hello"), world, NEVER), Error, "The store took too long.");
  assertEquals(steps(world).filter((step) => step.startsWith("PUT")).length, 7);
});

Deno.test("an upload asks what to do when the name is taken, and does it", async () => {
  const world = createFakeWorld();
  const { prepare } = world.answers;
  world.answers["prepare"] = (body) => {
    if (body["on_collision"] === "ask") throw refusal(409, "collision", { suggestion: "x (2).txt" });
    return prepare?.(body);
  };
  const asked: unknown[] = [];
  world.decide = (item, { suggestion }) => {
    asked.push([item.name, suggestion]);
    return Promise.resolve("replace");
  };
  await uploadFile(createItem("hello"), world, NEVER);
  assertEquals(asked, [["x.txt", "x (2).txt"]]);
  assertEquals(world.log[1]?.includes('"on_collision":"replace"'), true);
});

Deno.test("an upload that is skipped sends nothing", async () => {
  const world = createFakeWorld();
  world.answers["prepare"] = () => {
    throw refusal(409, "collision");
  };
  world.decide = () => Promise.resolve("skip");
  assertEquals(await uploadFile(createItem("hello"), world, NEVER).catch((error) => error), SKIPPED);
  assertEquals(steps(world), ["prepare"]);
});

Deno.test("an upload starts over when someone else takes the name meanwhile", async () => {
  const world = createFakeWorld();
  let races = 0;
  world.answers["complete"] = () => {
    if (races++ === 0) throw refusal(409, "collision");
    return { file: { path: "done" } };
  };
  await uploadFile(createItem("hello"), world, NEVER);
  const put = "PUT https://store/file 5";
  assertEquals(steps(world), ["prepare", put, "complete", "abort", "prepare", put, "complete"]);
});

Deno.test("an upload starts over with a new URL when its own has expired", async () => {
  const world = createFakeWorld();
  const answers = [403, 200];
  world.onSend = () => ({ status: answers.shift() ?? 0, text: "<Code>ExpiredToken</Code>" });
  await uploadFile(createItem("hello"), world, NEVER);
  const put = "PUT https://store/file 5";
  assertEquals(steps(world), ["prepare", put, "abort", "prepare", put, "complete"]);
});

Deno.test("an upload of a large file is sent in parts of exact bytes", async () => {
  const world = createFakeWorld();
  const bodies = new Map<string, string>();
  world.onSend = async (url, body) => {
    bodies.set(url, await body.text());
    return { status: 200, text: "" };
  };
  const item = createItem("aaaabbbbcc");
  await uploadFile(item, world, NEVER);
  assertEquals(Object.fromEntries([...bodies].sort()), {
    "https://store/1": "aaaa",
    "https://store/2": "bbbb",
    "https://store/3": "cc",
  });
  assertEquals(item.loaded, 10);
  assertEquals(steps(world).at(-1), "complete");
});

Deno.test("an upload sends three parts at a time", async () => {
  const world = createFakeWorld();
  let [now, most] = [0, 0];
  world.onSend = async () => {
    most = Math.max(most, ++now);
    await new Promise((resolve) => setTimeout(resolve, 1));
    now--;
    return { status: 200, text: "" };
  };
  await uploadFile(createItem("a".repeat(40)), world, NEVER);
  assertEquals(most, 3);
});

Deno.test("an upload sends only the missing parts after a pause", async () => {
  const world = createFakeWorld();
  const pause = new AbortController();
  world.onSend = (url, _, signal) => {
    if (url.endsWith("/1")) return { status: 200, text: "" };
    pause.abort("paused");
    return { status: signal.aborted ? 0 : 200, text: "" };
  };
  const item = createItem("aaaabbbbcccc");
  assertEquals(await uploadFile(item, world, pause.signal).catch((reason) => reason), "paused");
  world.log.length = 0;
  world.onSend = () => ({ status: 200, text: "" });
  // One more than this side knows of.
  world.answers["part-urls"] = ({ numbers }) => ({ urls: numbersOf(numbers).map(partUrl), uploaded: [1, 3] });
  await uploadFile(item, world, NEVER);
  assertEquals(steps(world), ["part-urls", "PUT https://store/2 4", "complete"]);
  assertEquals(item.loaded, 12);
});

Deno.test("an upload asks for a new URL when that of a part has expired", async () => {
  const world = createFakeWorld();
  const refused = new Set<string>();
  world.answers["part-urls"] = ({ numbers }) => ({
    urls: numbersOf(numbers).map((number) => ({ ...partUrl(number), url: `https://store/${number}?${refused.size}` })),
    uploaded: [],
  });
  world.onSend = (url) => {
    if (url !== "https://store/2?0") return { status: 200, text: "" };
    refused.add(url);
    return { status: 403, text: "<Message>Request has expired</Message>" };
  };
  await uploadFile(createItem("aaaabbbbcccc"), world, NEVER);
  assertEquals(steps(world).filter((step) => step === "part-urls").length, 2);
  assertEquals(steps(world).includes("PUT https://store/2?1 4"), true);
});

Deno.test("an upload starts over when the store has dropped its parts", async () => {
  const world = createFakeWorld();
  let isGone = true;
  world.onSend = () => {
    const status = isGone ? 404 : 200;
    isGone = false;
    return { status, text: "<Code>NoSuchUpload</Code>" };
  };
  await uploadFile(createItem("aaaabbbbcccc"), world, NEVER);
  assertEquals(steps(world).filter((step) => step === "prepare").length, 2);
  assertEquals(steps(world).at(-1), "complete");
});

Deno.test("an upload says when the local file can no longer be read", async () => {
  const world = createFakeWorld();
  world.onSend = () => ({ status: 0, text: "" });
  const item = createItem("hello");
  const gone = { slice: () => ({ size: 5, arrayBuffer: () => Promise.reject(new Error("NotReadableError")) }) };
  Object.assign(item.blob, gone);
  await assertRejects(() => uploadFile(item, world, NEVER), Error, "The file was changed or removed on your device.");
});

Deno.test("an upload cannot be stopped while the store completes it", async () => {
  const world = createFakeWorld();
  const cancel = new AbortController();
  const item = createItem("hello");
  world.answers["complete"] = () => {
    cancel.abort("cancelled");
    return { file: { path: item.isFinishing ? "finishing" : "" } };
  };
  assertEquals(await uploadFile(item, world, cancel.signal), { path: "finishing" });
});

Deno.test("a discarded upload is aborted and forgotten", async () => {
  const world = createFakeWorld();
  const item = createItem("aaaabbbbcccc");
  item.ticket = { upload_token: "tok_9" };
  item.sent.add(1);
  await discard(item, world);
  assertEquals(world.log, ['abort {"upload_token":"tok_9"}']);
  assertEquals([item.ticket, item.sent.size, item.loaded], [undefined, 0, 0]);
});

Deno.test("an upload waits twice as long before each try, up to 16 s", () => {
  assertEquals([0, 1, 2, 3, 4, 5, 6].map((tries) => backoffMs(tries, () => 1)), [
    1_000,
    2_000,
    4_000,
    8_000,
    16_000,
    16_000,
    16_000,
  ]);
  assertEquals(backoffMs(3, () => 0), 4_000);
});

Deno.test("an upload's last part has the rest of the bytes", () => {
  assertEquals([1, 2, 3].map((number) => partBytes({ size_bytes: 10 }, number, 25)), [10, 10, 5]);
});
