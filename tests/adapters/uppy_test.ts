import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { createS3Source } from "../../mod.ts";
import { combineFetch, createFakeBroker, createMemoryS3, type MemoryS3 } from "../../src/testing/mod.ts";
import { createWorld, type Intercept, MIB, type UppyWorld, type UppyWorldOptions } from "./uppy_world.ts";

/** Uppy's own client against the signer, on an in-memory store; `uppy_browser_test.ts` has the real ones. */
function test(name: string, options: UppyWorldOptions, act: (world: UppyWorld) => Promise<void>): void {
  Deno.test(`createUppySigner() ${name}`, async () => {
    const world = createWorld(options);
    try {
      await act(world);
      assertEquals(world.received.filter((text) => text.includes("memory-secret-key")), []);
    } finally {
      await world.close();
    }
  });
}

const IN_PARTS = { plugin: { shouldUseMultipart: true } };
const LOCATION = "https://memory.s3.test/bucket/team/inbox/";
const requestsOf = ({ log }: UppyWorld) => log.map(({ request, status }) => `${request} ${status}`);

function someBytes(size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  for (let offset = 0; offset < size; offset += 65_536) crypto.getRandomValues(bytes.subarray(offset, offset + 65_536));
  return bytes;
}

function assertFile(s3: MemoryS3, path: string, bytes: Uint8Array): void {
  const { body } = s3.getObject("bucket", `team/${path}`) ?? {};
  // Faster than the difference of two long arrays.
  assertEquals(
    body instanceof Uint8Array && body.length === bytes.length && body.every((b, i) => b === bytes[i]),
    true,
  );
}

test("lets Uppy store a file in one request, also an empty one", {}, async (world) => {
  // One after another: Uppy's requests for several files come in any order.
  world.add("a b.txt", "Hello", "text/x-greeting");
  await world.upload();
  world.add("empty.txt", "", "");
  assertEquals(await world.upload(), [
    { key: "inbox/a b.txt", location: `${LOCATION}a%20b.txt` },
    { key: "inbox/empty.txt", location: `${LOCATION}empty.txt` },
  ]);
  assertEquals(requestsOf(world), ["POST route sign 200", "PUT store 200", "POST route sign 200", "PUT store 200"]);
  const { body, contentType } = world.s3.getObject("bucket", "team/inbox/a b.txt") ?? {};
  assertEquals({ body, contentType }, { body: new TextEncoder().encode("Hello"), contentType: "text/x-greeting" });
});

test("lets Uppy store a file in parts, which it begins and completes itself", IN_PARTS, async (world) => {
  const bytes = someBytes(11 * MIB);
  world.add("a&<b>.bin", bytes, "application/x-films");
  assertEquals(await world.upload(), [{ key: "inbox/a&<b>.bin", location: `${LOCATION}a%26%3Cb%3E.bin` }]);
  const part = ["POST route sign 200", "PUT store 200"];
  assertEquals(requestsOf(world), [
    ...["POST route sign 200", "POST route created 200"],
    ...[...part, ...part, ...part],
    ...["POST route sign 200", "POST route complete 200"],
  ]);
  assertFile(world.s3, "inbox/a&<b>.bin", bytes);
  const { contentType, metadata } = world.s3.getObject("bucket", "team/inbox/a&<b>.bin") ?? {};
  assertEquals([contentType, Object.keys(metadata ?? {})], ["application/x-films", ["uppy-upload"]]);
  assertEquals(world.s3.listUploads("bucket"), []);
});

test("cuts a file as the plugin's getChunkSize does", {
  plugin: { shouldUseMultipart: true, getChunkSize: () => 6 * MIB },
  more: { chunkSize: 6 * MIB },
}, async (world) => {
  const bytes = someBytes(13 * MIB);
  world.add("a.bin", bytes);
  await world.upload();
  assertFile(world.s3, "inbox/a.bin", bytes);
  const sizes = world.s3.requests.filter(({ operation }) => operation === "UploadPart").map(({ headers }) =>
    Number(headers["content-length"]) / MIB
  );
  assertEquals(sizes, [6, 6, 1]);
});

test("fails a file that the page cuts otherwise than it says", {
  plugin: { shouldUseMultipart: true, getChunkSize: () => 6 * MIB },
}, async (world) => {
  world.add("a.bin", someBytes(13 * MIB));
  assertEquals(await world.upload(), [{ error: "S3 returned 403 – SignatureDoesNotMatch" }]);
  assertEquals(world.s3.listKeys("bucket"), []);
});

test("shows the text with which the application refuses a file", {
  signer: { authorize: (_, { name }) => new Response(`Not ${name}.`, { status: 402 }) },
}, async (world) => {
  world.add("a.txt", "Hello");
  assertEquals(await world.upload(), [{ error: "Not a.txt." }]);
  assertEquals(world.s3.requests, []);
});

test("aborts an upload when its file is removed", IN_PARTS, async (world) => {
  const id = world.add("a.bin", someBytes(11 * MIB));
  world.uppy.on("s3-multipart:part-uploaded", () => world.uppy.removeFile(id));
  await world.upload();
  while (world.log.at(-1)?.request !== "DELETE route abort") await new Promise((resolve) => setTimeout(resolve, 5));
  assertEquals(world.log.at(-1)?.status, 204);
  assertEquals([world.s3.listUploads("bucket"), world.s3.listKeys("bucket")], [[], []]);
});

for (const step of ["created", "complete"]) {
  test(`answers "${step}" again if the answer was lost`, {
    ...IN_PARTS,
    intercept: loseFirst((request) => new URL(request.url).searchParams.has(step)),
  }, async (world) => {
    const bytes = someBytes(6 * MIB);
    world.add("a.bin", bytes);
    assertEquals(await world.upload(), [{ key: "inbox/a.bin", location: `${LOCATION}a.bin` }]);
    assertFile(world.s3, "inbox/a.bin", bytes);
    const operations = world.s3.requests.map(({ operation }) => operation);
    assertEquals(operations.filter((name) => name === "CreateMultipartUpload").length, 1);
    assertEquals(operations.filter((name) => name === "CompleteMultipartUpload").length, 1);
    assertEquals(world.s3.listUploads("bucket"), []);
  });
}

test("continues with the missing parts, also when the page has forgotten that none is", {
  ...IN_PARTS,
  intercept: failOnce((request) => request.url.includes("partNumber=3")),
}, async (world) => {
  const bytes = someBytes(11 * MIB);
  const id = world.add("a.bin", bytes);
  assertEquals(await world.upload(), [{ error: "S3 returned 403 – AccessDenied" }]);
  const state = world.uppy.getFile(id);
  world.log.length = 0;
  await world.uppy.retryAll();
  assertFile(world.s3, "inbox/a.bin", bytes);
  assertEquals(requestsOf(world), [
    ...["POST route sign 200", "GET route parts 200"],
    ...["POST route sign 200", "PUT store 200"],
    ...["POST route sign 200", "POST route complete 200"],
  ]);
  // As after a reload with the state from before.
  world.uppy.setFileState(id, state);
  world.log.length = 0;
  await world.uppy.retryAll();
  assertEquals(requestsOf(world), [
    ...["POST route sign 200", "GET route parts 200"],
    ...["POST route sign 200", "POST route complete 200"],
  ]);
});

{
  const s3 = createMemoryS3();
  const broker = createFakeBroker({
    secret: "open sesame",
    grant(call) {
      const keys = { accessKeyId: `ASIA${call}`, secretAccessKey: `memory-secret-key-${call}`, sessionToken: "t" };
      s3.credentials.clear();
      s3.credentials.set(keys.accessKeyId, { ...keys, bucket: "bucket", prefix: "team/" });
      return { ...keys, s3Folder: "s3://bucket/team/" };
    },
  });
  const { endpointUrl } = s3.config;
  const source = createS3Source({ ...broker.config, endpointUrl }, {
    fetch: combineFetch({ "https://broker.test": broker.fetch, [endpointUrl]: s3.fetch }),
  });
  test("continues with new keys when the store no longer takes the old ones", {
    ...IN_PARTS,
    s3,
    source,
    intercept: async (request, answer) => {
      if (request.url.includes("partNumber=2") && broker.calls.length === 1) s3.credentials.clear();
      return await answer();
    },
  }, async (world) => {
    const bytes = someBytes(11 * MIB);
    world.add("a.bin", bytes);
    assertEquals(await world.upload(), [{ error: "S3 returned 403 – InvalidAccessKeyId" }]);
    await world.uppy.retryAll();
    assertFile(s3, "inbox/a.bin", bytes);
    assertEquals(broker.calls.length, 2);
  });
}

test("keeps an existing file if the permit says so", {
  signer: { authorize: (_, { name }) => ({ path: `inbox/${name}`, ifNoneMatch: "*" }) },
  plugin: { shouldUseMultipart: ({ size }) => Number(size) > MIB },
}, async (world) => {
  const former = createS3Source({ ...world.s3.config, prefix: "team/inbox" }, { fetch: world.s3.fetch });
  for (const name of ["small", "large"]) await former.upload(name, "former");
  world.add("small", "new");
  world.add("large", someBytes(6 * MIB));
  assertEquals(await world.upload(), [
    { error: "S3 returned 412 – PreconditionFailed" },
    { error: "S3 returned 412 – PreconditionFailed" },
  ]);
  for (const name of ["small", "large"]) assertFile(world.s3, `inbox/${name}`, new TextEncoder().encode("former"));
});

test("stores the permit's media type and metadata", {
  signer: { authorize: (_, { name }) => ({ path: name, contentType: "text/html", metadata: { owner: "ann" } }) },
  plugin: { shouldUseMultipart: ({ size }) => Number(size) > MIB },
}, async (world) => {
  world.add("small", "new");
  world.add("large", someBytes(6 * MIB));
  await world.upload();
  for (const name of ["small", "large"]) {
    const { contentType, metadata } = world.s3.getObject("bucket", `team/${name}`) ?? {};
    assertEquals([contentType, metadata?.["owner"]], ["text/html", "ann"]);
  }
});

test("stores many files at once, each under its own path", {
  signer: { authorize: (_, { name }) => ({ path: `${crypto.randomUUID()}/${name}` }) },
  plugin: { shouldUseMultipart: ({ size }) => Number(size) > MIB },
}, async (world) => {
  const names = Array.from({ length: 20 }, (_, index) => `file-${index}`);
  names.forEach((name, index) => world.add(name, index % 5 === 0 ? someBytes(6 * MIB) : name));
  const outcomes = await world.upload();
  const keys = outcomes.map((outcome) => "key" in outcome ? `team/${outcome.key}` : outcome.error);
  assertEquals(keys.toSorted(), world.s3.listKeys("bucket").toSorted());
  keys.forEach((key, index) => assertMatch(key, new RegExp(`^team/[\\w-]{36}/file-${index}$`)));
  assertNotEquals(new Set(keys).size, 1);
});

/** Loses the answer to the first request that matches. */
function loseFirst(matches: (request: Request) => boolean): Intercept {
  let isDone = false;
  return async (request, answer) => {
    const response = await answer();
    if (isDone || !matches(request)) return response;
    isDone = true;
    throw new TypeError("connection reset");
  };
}

/** Refuses the first request that matches. */
function failOnce(matches: (request: Request) => boolean): Intercept {
  let isDone = false;
  return async (request, answer) => {
    if (isDone || !matches(request)) return await answer();
    isDone = true;
    const xml = "<Error><Code>AccessDenied</Code><Message>Denied</Message></Error>";
    return new Response(xml, { status: 403, headers: { "content-type": "application/xml" } });
  };
}
