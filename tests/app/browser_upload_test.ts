import { assertEquals, assertRejects } from "@std/assert";
import { backoffMs } from "../../src/app/browser/attempts.js";
import { discard, SKIPPED, uploadFile } from "../../src/app/browser/upload.js";
import { partBytes } from "../../src/app/browser/upload_parts.js";
import { createFakeWorld, createItem, type FakeWorld, numbersOf, partUrl, refusal } from "../support/upload_world.ts";

const NEVER = new AbortController().signal;
/** What the app was asked to do with a taken name, by each request to prepare. */
const collisionChoices = ({ log }: FakeWorld) =>
  log.flatMap((line) => line.startsWith("prepare ") ? [JSON.parse(line.slice(8)).on_collision] : []);
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

Deno.test("an upload that a closed tab has left is resumed, and forgotten once it is complete", async () => {
  const world = createFakeWorld();
  world.unfinished.set("x.txt", { upload_token: "tok_left", parts: { size_bytes: 4, count: 3 } });
  world.answers["part-urls"] = ({ numbers }) => ({ urls: numbersOf(numbers).map(partUrl), uploaded: [1, 2] });
  await uploadFile(createItem("aaaabbbbcccc"), world, NEVER);
  assertEquals(steps(world), ["part-urls", "PUT https://store/3 4", "complete"]);
  assertEquals(world.log.at(-1), 'complete {"upload_token":"tok_left"}');
  assertEquals(world.unfinished.size, 0);
});

for (const code of ["expired", "used"]) {
  Deno.test(`an upload starts over when the one that was left is ${code}`, async () => {
    const world = createFakeWorld();
    world.unfinished.set("x.txt", { upload_token: "tok_left", parts: { size_bytes: 4, count: 3 } });
    const { "part-urls": answer } = world.answers;
    world.answers["part-urls"] = (body) => {
      if (body["upload_token"] === "tok_left") throw refusal(400, code);
      return answer?.(body);
    };
    await uploadFile(createItem("aaaabbbbcccc"), world, NEVER);
    assertEquals(steps(world).filter((step) => step !== "part-urls").slice(0, 2), ["abort", "prepare"]);
    assertEquals([steps(world).at(-1), world.unfinished.size], ["complete", 0]);
  });
}

Deno.test("an upload in parts is kept for a later tab until it is complete, others are not", async () => {
  const world = createFakeWorld();
  const during: string[][] = [];
  world.onSend = () => {
    during.push([...world.unfinished.keys()]);
    return { status: 200, text: "" };
  };
  await uploadFile(createItem("aaaabbbbcccc"), world, NEVER);
  assertEquals(during, [["x.txt"], ["x.txt"], ["x.txt"]]);
  assertEquals(world.unfinished.size, 0);
  await uploadFile(createItem("small"), world, NEVER);
  assertEquals(during.at(-1), []);
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
  assertEquals(steps(world).filter((step) => step === "prepare").length, 1);
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

Deno.test("an upload does not take a redirect for success", async () => {
  const world = createFakeWorld();
  world.onSend = () => ({ status: 307, text: "" });
  const message = "The store did not accept this file (307).";
  await assertRejects(() => uploadFile(createItem("hello"), world, NEVER), Error, message);
});

Deno.test("an upload through the app says nothing about whether the store works", async () => {
  const world = createFakeWorld();
  world.isDirect = false;
  await uploadFile(createItem("hello"), world, NEVER);
  assertEquals(world.directWorks, false);
});

Deno.test("an upload through the app ends when the app refuses it", async () => {
  const world = createFakeWorld();
  world.isDirect = false;
  world.onSend = () => ({ status: 403, text: '{"errors":["You may not upload."]}' });
  await assertRejects(() => uploadFile(createItem("hello"), world, NEVER), Error, "You may not upload.");
  assertEquals(steps(world), ["prepare", "PUT /app/file 5"]);
});

for (const status of [409, 412]) {
  Deno.test(`an upload asks about the name again after the response ${status}`, async () => {
    const world = createFakeWorld();
    const statuses = [status, 200];
    world.onSend = () => ({ status: statuses.shift() ?? 0, text: "" });
    const item = createItem("hello");
    item.choice = "replace";
    await uploadFile(item, world, NEVER);
    assertEquals(collisionChoices(world), ["replace", "ask"]);
  });
}

for (const status of [408, 429, 500]) {
  Deno.test(`an upload tries again after the response ${status}`, async () => {
    const world = createFakeWorld();
    const statuses = [status, 200];
    world.onSend = () => ({ status: statuses.shift() ?? 0, text: "" });
    const item = createItem("hello");
    const notes: string[] = [];
    world.wait = () => Promise.resolve(void notes.push(item.note));
    await uploadFile(item, world, NEVER);
    assertEquals(notes, ["The store returned an error. Trying again."]);
    assertEquals(item.note, "");
  });
}

Deno.test("an upload in parts ends when the store refuses a part, and stops the others", async () => {
  const world = createFakeWorld();
  let stopped = 0;
  world.onSend = (url, _, signal) => {
    if (url.endsWith("/3")) return { status: 400, text: "" };
    return new Promise((resolve) => {
      signal.addEventListener("abort", () => {
        stopped++;
        resolve({ status: 0, text: "" });
      });
    });
  };
  const message = "The store did not accept this file (400).";
  await assertRejects(() => uploadFile(createItem("aaaabbbbcccc"), world, NEVER), Error, message);
  assertEquals([stopped, steps(world).filter((step) => step === "prepare").length], [2, 1]);
});

Deno.test("an upload that is paused while the app fails does not try again", async () => {
  const world = createFakeWorld();
  const pause = new AbortController();
  world.answers["prepare"] = () => {
    pause.abort("paused");
    throw refusal(503);
  };
  assertEquals(await uploadFile(createItem("hello"), world, pause.signal).catch((reason) => reason), "paused");
  assertEquals(steps(world), ["prepare"]);
});

Deno.test("an upload counts each byte once for its rate", async () => {
  const item = createItem("hello");
  await uploadFile(item, createFakeWorld(), NEVER);
  assertEquals(item.meter.rate(), 5);
});

Deno.test("an upload asks again when its chosen name is taken in the end", async () => {
  const world = createFakeWorld();
  const { complete } = world.answers;
  let races = 0;
  world.answers["complete"] = (body) => {
    if (races++ === 0) throw refusal(409, "collision");
    return complete?.(body);
  };
  const item = createItem("hello");
  item.choice = "keep_both";
  await uploadFile(item, world, NEVER);
  assertEquals(collisionChoices(world), ["keep_both", "ask"]);
});

for (const code of ["expired", "missing", "parts_missing"]) {
  Deno.test(`an upload starts over when the app answers "${code}", five times at most`, async () => {
    const world = createFakeWorld();
    world.answers["complete"] = () => {
      if (world.log.length > 100) throw new Error("there is no end");
      throw refusal(410, code);
    };
    const item = createItem("hello");
    await assertRejects(() => uploadFile(item, world, NEVER), Error, `Refused: ${code}`);
    assertEquals(steps(world).filter((step) => step === "prepare").length, 5);
    assertEquals(item.isFinishing, false);
  });
}

Deno.test("an upload asks five times at most about a name that stays taken", async () => {
  const world = createFakeWorld();
  world.answers["prepare"] = () => {
    throw refusal(409, "collision");
  };
  let asked = 0;
  world.decide = () => {
    if (++asked > 100) throw new Error("there is no end");
    return Promise.resolve("keep_both");
  };
  await assertRejects(() => uploadFile(createItem("hello"), world, NEVER), Error, "Refused: collision");
  assertEquals(asked, 5);
});

for (const [choice, sent] of [["replace", "replace"], ["skip", "ask"]] as const) {
  Deno.test(`an upload asks the app to ${sent} when "${choice}" was chosen for all`, async () => {
    const world = createFakeWorld();
    world.choiceForAll = () => choice;
    await uploadFile(createItem("hello"), world, NEVER);
    assertEquals(collisionChoices(world), [sent]);
  });
}

Deno.test("an upload sends no media type that is not signed", async () => {
  const world = createFakeWorld();
  const types: string[] = [];
  world.onSend = (_, body) => {
    types.push(body.type);
    return { status: 200, text: "" };
  };
  await uploadFile(createItem("hello"), world, NEVER);
  assertEquals(types, [""]);
});

Deno.test("an upload renews the URL of a part 20 s before it expires", async () => {
  const world = createFakeWorld();
  world.now = () => 45_000;
  await uploadFile(createItem("aaaabbbbcccc"), world, NEVER);
  assertEquals(steps(world).filter((step) => step === "part-urls").length, 3);
});

Deno.test("an upload asks for the URLs of twelve parts at a time", async () => {
  const world = createFakeWorld();
  await uploadFile(createItem("a".repeat(80)), world, NEVER);
  const asked = world.log.flatMap((line) => line.startsWith("part-urls ") ? [JSON.parse(line.slice(10)).numbers] : []);
  assertEquals(asked.map((numbers) => numbers.length), [12, 8]);
});

Deno.test("an upload starts over when the app no longer knows its parts", async () => {
  const world = createFakeWorld();
  const urls = world.answers["part-urls"];
  let isGone = true;
  world.answers["part-urls"] = (body) => {
    if (!isGone) return urls?.(body);
    isGone = false;
    throw refusal(404);
  };
  await uploadFile(createItem("aaaabbbbcccc"), world, NEVER);
  assertEquals(steps(world).filter((step) => step === "prepare").length, 2);
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
