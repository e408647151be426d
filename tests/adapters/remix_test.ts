import type { FileStorage } from "@remix-run/file-storage";
import { createFsFileStorage } from "@remix-run/file-storage/fs";
import { createMemoryFileStorage } from "@remix-run/file-storage/memory";
import { createS3FileStorage } from "@remix-run/file-storage-s3";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  createS3Source,
  FileNotFoundError,
  InvalidArgumentError,
  InvalidPathError,
  PreconditionFailedError,
  ScopeChangedError,
} from "../../mod.ts";
import { createFileStorage, type StoredFile } from "../../src/adapters/remix.ts";
import { toKey, toPath, toPathBeginning } from "../../src/adapters/remix/keys.ts";
import { createMemoryS3 } from "../../src/testing/mod.ts";
import { PROGRAMS } from "./remix_programs.ts";

const MIB = 1024 ** 2;

function createWorld() {
  const s3 = createMemoryS3();
  const requests: string[] = [];
  const source = createS3Source({ ...s3.config, prefix: "files" }, {
    fetch: async (input, init) => {
      const request = new Request(input, init);
      const range = request.headers.get("range");
      requests.push([request.method, new URL(request.url).pathname, ...range === null ? [] : [range]].join(" "));
      return await s3.fetch(request);
    },
    upload: { partSizeBytes: 5 * MIB },
  });
  return { s3, requests, source, storage: createFileStorage(source) };
}

Deno.test("createFileStorage() fits the FileStorage of Remix", () => {
  const storage: FileStorage<StoredFile> = createWorld().storage;
  const general: FileStorage = storage;
  assertEquals(Object.keys(general).toSorted(), ["get", "has", "list", "put", "remove", "set"]);
});

/** What Remix's file system does otherwise than its memory. */
const FS_FAULTS: Readonly<Record<string, string>> = {
  "lists pages": "leaves its folder open",
  "slices a file as the web does": "an empty slice rejects with a RangeError",
};

for (const [name, program] of Object.entries(PROGRAMS)) {
  Deno.test(`createFileStorage() does as Remix's own storages: ${name}`, async () => {
    const directory = await Deno.makeTempDir();
    try {
      const expected = await program(createMemoryFileStorage());
      if (!(name in FS_FAULTS)) assertEquals(await program(createFsFileStorage(directory)), expected);
      assertEquals(await program(createWorld().storage), expected);
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  });
}

Deno.test("createFileStorage() keeps ordinary keys as paths, and encodes the others", () => {
  const paths: Record<string, string> = {
    "user:1/avatar?x=%": "user:1/avatar?x=%25",
    "ünï/日本 😀+&#": "ünï/日本 😀+&#",
    "": "%",
    "/abs": "%/abs",
    "a/": "a/%",
    "a//b": "a/%/b",
    "../up": "..%/up",
    "a/.": "a/.%",
    ".hidden": ".hidden",
    "...": "...",
    "a\\b": "a%5Cb",
    "\n\u007f": "%0A%7F",
    "\ud83d\n\ude00": "%uD83D%0A%uDE00",
    ".%": ".%25",
  };
  for (const [key, path] of Object.entries(paths)) assertEquals([toPath(key), toKey(path)], [path, key]);
  for (const path of ["100%.txt", "a%2fb", "%41", "%uD83D%uDE00", "a\\b", "a%%", "../a"]) {
    assertEquals(toKey(path), undefined, path);
  }
});

Deno.test("createFileStorage() gives each key one path, which begins like that of each prefix", () => {
  const unit = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(..."/.%\\u0a") }, fc.string({ unit: "binary" }));
  const text = fc.array(unit, { maxLength: 6 }).map((units) => units.join(""));
  fc.assert(
    fc.property(text, text, (key, more) => {
      assertEquals(toKey(toPath(key)), key);
      assertEquals(toPath(key).startsWith(toPathBeginning(more)), key.startsWith(more));
      assert(toPath(key + more).startsWith(toPathBeginning(key)));
    }),
    { numRuns: 5_000 },
  );
});

Deno.test("createFileStorage() takes keys with halves of surrogate pairs", async () => {
  const { storage } = createWorld();
  await storage.set("a\ud800", new File(["high"], "x"));
  await storage.set("a\udc00", new File(["low"], "x"));
  assertEquals(await (await storage.get("a\ud800"))?.text(), "high");
  assertEquals((await storage.list()).files.map(({ key }) => key), ["a\ud800", "a\udc00"]);
});

Deno.test("get() reads facts only, and each reading what it asks for", async () => {
  const { storage, requests } = createWorld();
  await storage.set("a/b", new File(["0123456789"], "x"));
  requests.length = 0;
  const file = await storage.get("a/b");
  file?.stream();
  const slice = file?.slice(2, 8).slice(1, 3);
  assertEquals(requests.splice(0), ["HEAD /bucket/files/a/b"]);
  assertEquals(await slice?.text(), "34");
  assertEquals(await new Response(slice?.stream()).text(), "34");
  assertEquals(await file?.slice(0, 0).text(), "");
  assertEquals(await new Response(file?.slice(0, 0).stream()).text(), "");
  assertEquals(requests.splice(0), ["GET /bucket/files/a/b bytes=3-4", "GET /bucket/files/a/b bytes=3-4"]);
  assertEquals(await file?.slice(2.7, 5.2).text(), "234");
  assertEquals(await file?.text(), "0123456789");
  assertEquals(requests.length, 2);
});

Deno.test("get() returns one version of a file", async () => {
  const { storage } = createWorld();
  const file = await storage.put("key", new File(["one"], "one.txt"));
  const newer = await storage.put("key", new File(["two"], "two.txt"));
  await assertRejects(() => file.text(), PreconditionFailedError);
  await assertRejects(() => new Response(file.slice(1).stream()).text(), PreconditionFailedError);
  assertEquals(await newer.text(), "two");
  await storage.remove("key");
  await assertRejects(() => newer.text(), FileNotFoundError);
});

Deno.test("get() returns a file that becomes one of the runtime, and never a text", async () => {
  const { storage } = createWorld();
  const file = await storage.put("key", new File(["Hello"], "h.txt", { type: "text/plain", lastModified: 7 }));
  const native: unknown = await file.toFile();
  assert(native instanceof File);
  const { name, type, lastModified } = native;
  assertEquals([name, type, lastModified, await native.text()], ["h.txt", "text/plain", 7, "Hello"]);
  const blob = await file.slice(1, 3, "a/b").toBlob();
  assertEquals([blob instanceof Blob, blob.type, await blob.text()], [true, "a/b", "el"]);
  assertEquals(await Array.fromAsync(file.slice(3).textStream()), ["lo"]);
  for (const value of [file, file.slice(1)]) assertThrows(() => String(value), TypeError, "use stream()");
});

Deno.test("stream() sends nothing once it is cancelled", async () => {
  const { storage, requests } = createWorld();
  const file = await storage.put("key", new File([new Uint8Array(3 * MIB)], "x"));
  requests.length = 0;
  await file.stream().cancel();
  assertEquals(requests, []);
  const early = file.stream().getReader();
  const read = early.read();
  await early.cancel();
  assert((await read).done);
  const late = file.stream().getReader();
  assert(!(await late.read()).done);
  await late.cancel();
});

Deno.test("put() reads a large file in parts, and a lazy one once", async () => {
  const { storage, requests, s3 } = createWorld();
  const bytes = new Uint8Array(12 * MIB).map((_, index) => index % 251);
  let largestSlice = 0;
  class Observed extends File {
    override slice(start = 0, end = this.size) {
      largestSlice = Math.max(largestSlice, Math.min(end, this.size) - start);
      return super.slice(start, end);
    }
    override arrayBuffer(): Promise<ArrayBuffer> {
      throw new Error("The whole file has been read");
    }
  }
  const stored = await storage.put("big", new Observed([bytes], "big.bin"));
  assert(largestSlice <= 5 * MIB, String(largestSlice));
  assertEquals(requests.filter((request) => request.startsWith("PUT")).length, 3);
  requests.length = 0;
  await storage.set("copy", stored);
  assertEquals(requests.filter((request) => request.startsWith("GET")).length, 1);
  assertEquals(await (await storage.get("copy"))?.bytes(), bytes);
  assertEquals(s3.listKeys("bucket"), ["files/big", "files/copy"]);
});

Deno.test("put() stores nothing of a lazy file that has another size, or fails", async () => {
  const { storage, s3 } = createWorld();
  const lazy = { name: "x", type: "", lastModified: 0, stream: () => new Blob(["abc"]).stream() };
  for (const size of [2, 4]) await assertRejects(() => storage.put("key", { ...lazy, size }), Error, "bytes");
  const stream = () => new ReadableStream({ pull: () => Promise.reject(new Error("gone")) });
  await assertRejects(() => storage.put("key", { ...lazy, size: 3, stream }), Error, "gone");
  assertEquals(s3.listKeys("bucket"), []);
});

Deno.test("put() keeps a type that no header can have", async () => {
  const { storage, source } = createWorld();
  const stream = () => new Blob([""]).stream();
  for (const type of ["", "text/plain\r\nx-evil: 1", "text/ünï", " "]) {
    await storage.set("key", { name: "\ud800", type, size: 0, lastModified: NaN, stream });
    const file = await storage.get("key");
    assertEquals([file?.type, file?.name], [type, "\ufffd"]);
    assert(Number.isSafeInteger(file?.lastModified));
    assertEquals((await source.stat("key"))?.contentType, "application/octet-stream");
  }
});

Deno.test("createFileStorage() shares a bucket with file-storage-s3", async () => {
  const s3 = createMemoryS3();
  const { bucket, accessKeyId, secretAccessKey, endpointUrl } = s3.config;
  const region = "us-east-1";
  const theirs = createS3FileStorage({
    bucket,
    accessKeyId,
    secretAccessKey,
    region,
    endpoint: endpointUrl,
    fetch: s3.fetch,
  });
  const ours = createFileStorage(createS3Source(s3.config, { fetch: s3.fetch }));
  const facts = ["ünï 100%.txt", "text/plain", 5, "Hello"] as const;
  const factsOf = async (file: File | null) => [file?.name, file?.type, file?.lastModified, await file?.text()];
  const file = new File(["Hello"], facts[0], { type: facts[1], lastModified: facts[2] });
  for (const key of ["a", "user:1/avatar?x=1&y#z", "ünï/日本.txt"]) {
    await theirs.set(key, file);
    assertEquals(await factsOf(await ours.get(key)), [...facts]);
    await ours.set(key, file);
    assertEquals(await factsOf(await theirs.get(key)), [...facts]);
  }
  const { files } = await ours.list({ includeMetadata: true });
  assertEquals(files.length, 3);
  assertEquals((await theirs.list({ includeMetadata: true })).files, files);
});

Deno.test("get() and list() take files that something else has stored", async () => {
  const { storage, source } = createWorld();
  await source.upload("docs/a b.csv", "x,y");
  await source.upload("odd", "", { metadata: { "file-name": "50%", "file-last-modified": "soon" } });
  await source.upload("100%.txt", "");
  await source.upload("a\\b", "");
  const file = await storage.get("docs/a b.csv");
  assertEquals([file?.name, file?.type, file?.size], ["a b.csv", "text/csv; charset=utf-8", 3]);
  assert(file !== null && Math.abs(file.lastModified - Date.now()) < 60_000);
  const { files } = await storage.list({ includeMetadata: true });
  assertEquals(files.map(({ key, name }) => [key, name]), [["docs/a b.csv", "a b.csv"], ["odd", "50%"]]);
  assertEquals(await storage.get("100%.txt"), null);
});

Deno.test("list() leaves out metadata of a file that is removed meanwhile", async () => {
  const { s3, source, storage } = createWorld();
  for (const key of ["a", "b", "c"]) await storage.set(key, new File([key], key));
  const racing = createS3Source({ ...s3.config, prefix: "files" }, {
    fetch: async (input, init) => {
      const response = await s3.fetch(input, init);
      if (String(input).includes("list-type")) await source.delete("b");
      return response;
    },
  });
  const { files } = await createFileStorage(racing).list({ includeMetadata: true });
  assertEquals(files.map(({ key }) => key), ["a", "c"]);
});

Deno.test("list() takes any limit, also more than a page of the store", async () => {
  const { storage } = createWorld();
  const keys = Array.from({ length: 1_100 }, (_, index) => String(index));
  for (const key of keys) await storage.set(key, new File([], key));
  const { files, cursor } = await storage.list({ limit: Infinity });
  assertEquals([files.length, cursor], [1_100, undefined]);
  assertEquals((await storage.list()).files.length, 32);
  assertEquals((await storage.list({ limit: -1 })).files, []);
});

Deno.test("createFileStorage() refuses bad arguments before any request", async () => {
  const { storage, requests } = createWorld();
  const file = new File([""], "x");
  await assertRejects(() => storage.get("x".repeat(1_025)), InvalidPathError, "more than 1024 bytes");
  await assertRejects(() => storage.set("%".repeat(400), file), InvalidPathError, "more than 1024 bytes");
  const longName = new File([""], "日".repeat(300));
  await assertRejects(() => storage.set("a", longName), InvalidArgumentError, "more than 2048");
  await assertRejects(() => storage.list({ cursor: "x" }), InvalidArgumentError, "the cursor is not one");
  await assertRejects(() => storage.list({ limit: 1.5 }), InvalidArgumentError, "limit");
  // What JavaScript would pass.
  const call = (method: string, ...args: unknown[]) => async () => await Reflect.get(storage, method)(...args);
  for (const method of ["get", "has", "remove"]) {
    await assertRejects(call(method, 1), InvalidArgumentError, "Cannot use the key 1: it is not a string");
  }
  for (const value of [undefined, null, "text", new Blob([""]), new Uint8Array(1)]) {
    await assertRejects(call("set", "a", value), InvalidArgumentError, 'Cannot put "a": it is not a File');
  }
  await assertRejects(call("list", { prefix: 1 }), InvalidArgumentError, "Cannot use the prefix 1");
  assertEquals(requests, []);
});

Deno.test("list() refuses the cursor of another prefix", async () => {
  const { storage } = createWorld();
  for (const key of ["a/1", "a/2", "b/1"]) await storage.set(key, new File([""], "x"));
  const { cursor } = await storage.list({ prefix: "a/", limit: 1 });
  assert(cursor !== undefined);
  await assertRejects(() => storage.list({ prefix: "b/", cursor }), ScopeChangedError);
});
