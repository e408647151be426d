import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { PreconditionFailedError, type TransferProgress, type UploadBody } from "../../mod.ts";
import { collect, type ConformanceTest, hashOf, isSame, PART_BYTES, someBytes, toStream, toText } from "./suite.ts";

/** Bodies that fail, at once or midway; `undefined` if the runtime does not have this kind. */
const UNREADABLE: Record<string, (size: number) => UploadBody | undefined | Promise<UploadBody | undefined>> = {
  "a stream that fails at once": () => new ReadableStream({ start: (controller) => controller.error(failure()) }),
  "a stream that fails in the middle": (size) =>
    new ReadableStream({
      pull(controller) {
        controller.enqueue(someBytes(size - 1));
        controller.error(failure());
      },
    }),
  "an iterable that fails at once": async function* () {
    await Promise.reject(failure());
    yield new Uint8Array();
  },
  "an iterable that fails in the middle": async function* (size) {
    yield await Promise.resolve(someBytes(size - 1));
    throw failure();
  },
  "a stream of something else": () =>
    new ReadableStream({ start: (controller) => controller.enqueue({ text: "text" } as never) }),
  "bytes that were transferred": (size) => {
    const bytes = someBytes(size);
    structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
    return bytes;
  },
  "a buffer that was transferred": (size) => {
    const { buffer } = someBytes(size);
    structuredClone(buffer, { transfer: [buffer] });
    return buffer;
  },
  "a Blob that has fewer bytes than it says": (size) => new CutBlob(size),
  "a Bun file that is not there": () => bunFile(`/tmp/${crypto.randomUUID()}`),
  "a Bun file that is cut short after it was opened": (size) => cutFile(size, bunFile),
  "a file of Node's that is cut short after it was opened": (size) =>
    cutFile(size, (path) => files()?.openAsBlob(path)),
  "a file of Node's that is removed after it was opened": async (size) => {
    const path = `/tmp/${crypto.randomUUID()}`;
    files()?.writeFileSync(path, someBytes(size));
    const file = await files()?.openAsBlob(path);
    files()?.rmSync(path, { force: true });
    return file;
  },
};

const failure = () => new Error("the source of this body failed");

/** In some runtimes, slices of a file that was truncated or removed have no bytes, and there is no error. */
class CutBlob extends Blob {
  readonly #size: number;

  constructor(size: number) {
    super(["x"]);
    this.#size = size;
  }

  override get size(): number {
    return this.#size;
  }

  override slice(): Blob {
    return new Blob(["x"]);
  }
}

interface Files {
  openAsBlob(path: string): Promise<Blob>;
  writeFileSync(path: string, bytes: Uint8Array): void;
  truncateSync(path: string, length: number): void;
  rmSync(path: string, options: { force: true }): void;
}

/** A module of Node, where there is one. */
function nodeModule<Module>(name: string): Partial<Module> | undefined {
  const { process }: { process?: { getBuiltinModule?(name: string): Partial<Module> | undefined } } =
    globalThis as never;
  return process?.getBuiltinModule?.(name);
}

/** Node's file system, if there is one that can open a file as a Blob. */
function files(): Files | undefined {
  const module = nodeModule<Files>("node:fs");
  return typeof module?.openAsBlob === "function" && typeof module.writeFileSync === "function"
    ? module as Files
    : undefined;
}

function bunFile(path: string): Blob | undefined {
  const { Bun }: { Bun?: { file(path: string): Blob } } = globalThis as never;
  return Bun?.file(path);
}

/** A file that is truncated after it was opened. */
async function cutFile(
  size: number,
  open: (path: string) => Blob | undefined | Promise<Blob | undefined>,
): Promise<Blob | undefined> {
  const path = `/tmp/${crypto.randomUUID()}`;
  files()?.writeFileSync(path, someBytes(size));
  const file = await open(path);
  // Bun reads the size when it is first used.
  if (file?.size === size) files()?.truncateSync(path, 3);
  return file;
}

/** All kinds of bodies, uploaded at once and in parts. */
export function testBodies(test: ConformanceTest): void {
  const text = "Grüße, 世界 🌍";
  const bytes = new TextEncoder().encode(text);

  const bodies: Record<string, () => UploadBody> = {
    "a string": () => text,
    "a Uint8Array": () => bytes,
    "a part of a larger buffer": () => new Uint8Array([0, ...bytes, 0]).subarray(1, -1),
    "an ArrayBuffer": () => bytes.slice().buffer,
    "a Blob": () => new Blob([bytes]),
    "a stream": () => toStream(bytes, 3),
    "a stream with empty chunks": () => streamOf([new Uint8Array(), bytes, new Uint8Array()]),
    "a DataView": () => new DataView(bytes.slice().buffer),
    "a stream of text": () => streamOf(["Grü", "ße, 世", "界 🌍"]),
    "a stream of buffers": () => streamOf([bytes.slice(0, 3).buffer, bytes.slice(3).buffer]),
    "a stream of Node's, where there is one": () => {
      const { Readable } = nodeModule<{ Readable: { from(chunks: Uint8Array[]): UploadBody } }>("node:stream") ?? {};
      return Readable?.from([bytes.slice(0, 3), bytes.slice(3)]) ?? bytes;
    },
    "text cut within a character": async function* () {
      yield await Promise.resolve(text.slice(0, -1));
      yield text.slice(-1);
    },
    "an async iterable": async function* () {
      for (const byte of bytes) yield await Promise.resolve(Uint8Array.of(byte));
    },
  };
  for (const [name, body] of Object.entries(bodies)) {
    test(`upload() takes ${name}`, async ({ source }) => {
      const info = await source.upload("a", body());
      assertEquals([info.size, info.contentHash], [bytes.byteLength, await hashOf(bytes)]);
      assertEquals(toText(await source.read("a")), text);
    });
  }

  const empty: Record<string, () => UploadBody> = {
    "an empty string": () => "",
    "an empty Blob": () => new Blob([]),
    "an empty stream": () => toStream(new Uint8Array()),
    "an empty async iterable": async function* () {},
  };
  for (const [name, body] of Object.entries(empty)) {
    test(`upload() makes an empty file of ${name}`, async ({ source }) => {
      const info = await source.upload("a", body());
      assertEquals([info.size, info.contentHash], [0, await hashOf(new Uint8Array())]);
      assertEquals((await source.stat("a"))?.size, 0);
    });
  }

  for (const [name, body] of Object.entries(UNREADABLE)) {
    for (const size of [10, 2 * PART_BYTES]) {
      test(`upload() of ${name}, which has ${size} bytes, fails and leaves the file that is there`, async (bench) => {
        const { source, store, prefix } = bench;
        await source.upload("a", "former");
        const unreadable = await body(size);
        // Not every runtime has all kinds.
        if (unreadable === undefined) return;
        const isStored = await source.upload("a", unreadable).then(() => true, () => false);
        const stored = await source.read("a");
        // Deno reads the whole file when it opens it, so later changes have no effect.
        assert(
          isStored && name.includes("a file of Node's") ? isSame(stored, someBytes(size)) : toText(stored) === "former",
        );
        assertEquals(await store.listUploads(prefix), []);
      });
    }
  }

  test("upload() takes a Blob's own type", async ({ source }) => {
    await source.upload("a", new Blob(["A"], { type: "text/x-test" }));
    assertEquals((await source.stat("a"))?.contentType, "text/x-test");
  });

  const sizes: [name: string, size: number, isMultipart: boolean][] = [
    ["one byte less than a part", PART_BYTES - 1, false],
    ["exactly one part", PART_BYTES, false],
    ["one byte more than a part", PART_BYTES + 1, true],
    ["exactly two parts", 2 * PART_BYTES, true],
    ["two parts and a half", 2.5 * PART_BYTES, true],
  ];
  const kinds: Record<string, (bytes: Uint8Array<ArrayBuffer>) => UploadBody> = {
    "a Blob": (bytes) => new Blob([bytes]),
    "a stream": (bytes) => toStream(bytes),
    "a Uint8Array": (bytes) => bytes,
  };
  for (const [sizeName, size, isMultipart] of sizes) {
    for (const [kind, toBody] of Object.entries(kinds)) {
      test(`upload() takes ${kind} of ${sizeName}`, async ({ prefix, open, store }) => {
        const source = open(prefix, { upload: { partSizeBytes: PART_BYTES } });
        const content = someBytes(size);
        const info = await source.upload("a", toBody(content), { contentType: "text/x-test" });
        assertEquals([info.size, info.contentHash], [size, await hashOf(content)]);
        assertMatch(info.etag ?? "", isMultipart ? /^"[0-9a-f]{32}-\d+"$/ : /^"[0-9a-f]{32}"$/);
        assert(isSame(await source.read("a"), content));
        const stat = await source.stat("a");
        assertEquals([stat?.size, stat?.etag, stat?.contentType], [size, info.etag, "text/x-test"]);
        assertEquals(await store.listUploads(prefix), []);
      });
    }
  }

  test("upload() stores metadata of a file sent in parts", async ({ prefix, open }) => {
    const source = open(prefix, { upload: { partSizeBytes: PART_BYTES } });
    await source.upload("a", toStream(someBytes(PART_BYTES + 1)), { metadata: { colour: "blue" } });
    assertEquals((await source.stat("a"))?.metadata, { colour: "blue" });
  });

  test("upload() with equalParts cuts every part but the last to the same size", async ({ prefix, open }) => {
    const source = open(prefix, { upload: { partSizeBytes: PART_BYTES } }, { equalParts: true });
    const content = someBytes(2 * PART_BYTES + 1);
    const { etag } = await source.upload("a", toStream(content));
    assertMatch(etag ?? "", /-3"$/);
    assert(isSame(await source.read("a"), content));
  });

  test("upload() without checksums stores the same file", async ({ prefix, open }) => {
    const source = open(prefix, { upload: { partSizeBytes: PART_BYTES } }, { checksums: "none" });
    const content = someBytes(PART_BYTES + 1);
    const info = await source.upload("a", toStream(content));
    assertEquals(info.contentHash, await hashOf(content));
    assert(isSame(await source.read("a"), content));
  });

  test("upload() sends one part after the other with concurrency 1", async ({ prefix, open }) => {
    const source = open(prefix, { upload: { partSizeBytes: PART_BYTES, concurrency: 1 } });
    const content = someBytes(3 * PART_BYTES);
    await source.upload("a", new Blob([content]));
    assert(isSame(await source.read("a"), content));
  });

  test("upload() with ifNoneMatch keeps an existing file from one sent in parts", async ({ prefix, open, store }) => {
    const source = open(prefix, { upload: { partSizeBytes: PART_BYTES } });
    await source.upload("a", "first");
    const upload = () => source.upload("a", toStream(someBytes(PART_BYTES + 1)), { ifNoneMatch: "*" });
    await assertRejects(upload, PreconditionFailedError, '"a"');
    assertEquals(toText(await source.read("a")), "first");
    assertEquals(await store.listUploads(prefix), []);
  });

  test("upload() reports progress up to the whole size", async ({ prefix, open }) => {
    const source = open(prefix, { upload: { partSizeBytes: PART_BYTES } });
    const reports: TransferProgress[] = [];
    const size = 2 * PART_BYTES + 1;
    await source.upload("a", new Blob([someBytes(size)]), { onProgress: (report) => reports.push(report) });
    const sent = reports.map((report) => report.transferredBytes);
    assertEquals(sent, sent.toSorted((a, b) => a - b));
    assertEquals(reports[0], { transferredBytes: 0, totalBytes: size });
    assertEquals(reports.at(-1), { transferredBytes: size, totalBytes: size });
    assert(reports.length > size / 2 ** 20, `${reports.length} reports of 3 parts`);
  });

  test("stream() delivers a file that was sent in parts", async ({ prefix, open }) => {
    const source = open(prefix, { upload: { partSizeBytes: PART_BYTES } });
    const content = someBytes(2 * PART_BYTES + 1);
    await source.upload("a", toStream(content));
    const { body } = await source.stream("a");
    const chunks = await collect(body);
    assertEquals(await hashOf(await new Blob(chunks).bytes()), await hashOf(content));
  });
}

/** Chromium has no `ReadableStream.from`. */
function streamOf<T>(chunks: readonly T[]): ReadableStream<T> {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
}
