import { assertEquals, assertRejects } from "@std/assert";
import { discard, SKIPPED, uploadFile } from "../../src/app/browser/upload.js";
import { createFakeWorld, createItem, type FakeWorld, numbersOf, partUrl, refusal } from "../support/upload_world.ts";

const NEVER = new AbortController().signal;
/** The first words of what was asked. */
const steps = ({ log }: FakeWorld) => log.map((line) => line.replace(/ \{.*/, ""));

Deno.test("uploadFile() prepares, sends and completes", async () => {
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

Deno.test("uploadFile() goes through the app for good once the store cannot be reached", async () => {
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

Deno.test("uploadFile() stays with a store that could be reached before, and tries again", async () => {
  const world = createFakeWorld();
  world.directWorks = true;
  const answers = [0, 503, 200];
  world.onSend = () => ({ status: answers.shift() ?? 0, text: "" });
  await uploadFile(createItem("hello"), world, NEVER);
  const put = "PUT https://store/file 5";
  assertEquals(steps(world), ["prepare", put, "wait 0 true", put, "wait 503 true", put, "complete"]);
  assertEquals(world.isDirect, true);
});

Deno.test("uploadFile() gives up after seven tries, with the reason", async () => {
  const world = createFakeWorld();
  world.isDirect = false;
  world.onSend = () => ({ status: 504, text: '{"errors":["The store took too long."]}' });
  await assertRejects(() => uploadFile(createItem("hello"), world, NEVER), Error, "The store took too long.");
  assertEquals(steps(world).filter((step) => step.startsWith("PUT")).length, 7);
});

Deno.test("uploadFile() asks what to do with a taken name, and does it", async () => {
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

Deno.test("uploadFile() sends nothing of a file that is skipped", async () => {
  const world = createFakeWorld();
  world.answers["prepare"] = () => {
    throw refusal(409, "collision");
  };
  world.decide = () => Promise.resolve("skip");
  assertEquals(await uploadFile(createItem("hello"), world, NEVER).catch((error) => error), SKIPPED);
  assertEquals(steps(world), ["prepare"]);
});

Deno.test("uploadFile() asks again when someone else was faster", async () => {
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

Deno.test("uploadFile() starts again with another URL when the store refuses one that has expired", async () => {
  const world = createFakeWorld();
  const answers = [403, 200];
  world.onSend = () => ({ status: answers.shift() ?? 0, text: "<Code>ExpiredToken</Code>" });
  await uploadFile(createItem("hello"), world, NEVER);
  const put = "PUT https://store/file 5";
  assertEquals(steps(world), ["prepare", put, "abort", "prepare", put, "complete"]);
});

Deno.test("uploadFile() sends a large file in parts of exact bytes", async () => {
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

Deno.test("uploadFile() sends three parts at a time", async () => {
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

Deno.test("uploadFile() goes on after a pause with the parts that are missing", async () => {
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

Deno.test("uploadFile() asks for another URL when that of a part has expired", async () => {
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

Deno.test("uploadFile() begins anew when the store knows nothing of the parts any more", async () => {
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

Deno.test("uploadFile() says so when the file can no longer be read", async () => {
  const world = createFakeWorld();
  world.onSend = () => ({ status: 0, text: "" });
  const item = createItem("hello");
  const gone = { slice: () => ({ size: 5, arrayBuffer: () => Promise.reject(new Error("NotReadableError")) }) };
  Object.assign(item.blob, gone);
  await assertRejects(() => uploadFile(item, world, NEVER), Error, "The file was changed or removed on your side.");
});

Deno.test("uploadFile() does not stop what is being put in place", async () => {
  const world = createFakeWorld();
  const cancel = new AbortController();
  const item = createItem("hello");
  world.answers["complete"] = () => {
    cancel.abort("cancelled");
    return { file: { path: item.isFinishing ? "finishing" : "" } };
  };
  assertEquals(await uploadFile(item, world, cancel.signal), { path: "finishing" });
});

Deno.test("discard() aborts what was prepared, and forgets it", async () => {
  const world = createFakeWorld();
  const item = createItem("aaaabbbbcccc");
  item.ticket = { upload_token: "tok_9" };
  item.sent.add(1);
  await discard(item, world);
  assertEquals(world.log, ['abort {"upload_token":"tok_9"}']);
  assertEquals([item.ticket, item.sent.size, item.loaded], [undefined, 0, 0]);
});
