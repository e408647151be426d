import { assertEquals, assertRejects } from "@std/assert";
import { IntegrityError } from "../../mod.ts";
import { type ConformanceTest, PART_BYTES, someBytes, toStream, toText } from "./suite.ts";

/** Failed uploads store nothing, leave nothing behind, and cancel the source of the bytes. */
export function testFailures(test: ConformanceTest): void {
  const partsOf = { upload: { partSizeBytes: PART_BYTES } };

  const declared: [name: string, size: number, declared: number][] = [
    ["a smaller file", 10, 11],
    ["a larger file", 11, 10],
    ["a smaller file in parts", 2 * PART_BYTES, 2 * PART_BYTES + 1],
    ["a larger file in parts", 2 * PART_BYTES + 1, 2 * PART_BYTES],
    ["a file in parts that was declared small", 2 * PART_BYTES, 10],
  ];
  for (const [name, actual, size] of declared) {
    test(`upload() of ${name} than declared stores nothing`, async ({ prefix, open, store }) => {
      const source = open(prefix, partsOf);
      const upload = () => source.upload("a", toStream(someBytes(actual)), { size });
      await assertRejects(upload, IntegrityError, '"a"');
      assertEquals(await source.stat("a"), null);
      assertEquals(await store.listUploads(prefix), []);
    });
  }

  test("upload() of a Blob of another size than declared stores nothing", async ({ source }) => {
    await assertRejects(() => source.upload("a", new Blob(["12345"]), { size: 4 }), IntegrityError, '"a"');
    assertEquals(await source.stat("a"), null);
  });

  for (const failAfter of [0, 10, PART_BYTES, 2.5 * PART_BYTES]) {
    test(`upload() of a stream that fails after ${failAfter} bytes leaves nothing`, async ({ prefix, open, store }) => {
      const source = open(prefix, partsOf);
      await source.upload("a", "first");
      const upload = () => source.upload("a", failingAfter(failAfter));
      await assertRejects(upload, Error, "the disk is gone");
      assertEquals((await source.stat("a"))?.size, 5);
      assertEquals(await store.listUploads(prefix), []);
    });
  }

  test("upload() of an iterable that throws leaves nothing", async ({ prefix, open, store }) => {
    const source = open(prefix, partsOf);
    const body = async function* () {
      yield await Promise.resolve(someBytes(PART_BYTES + 1));
      throw new Error("the disk is gone");
    };
    await assertRejects(() => source.upload("a", body()), Error, "the disk is gone");
    assertEquals(await store.listUploads(prefix), []);
  });

  test("upload() that is aborted leaves nothing and cancels its stream", async ({ prefix, open, store }) => {
    const source = open(prefix, partsOf);
    const controller = new AbortController();
    const reason = new Error("the user went away");
    let cancelled: unknown;
    let chunks = 0;
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull(stream) {
        if (++chunks === 3) controller.abort(reason);
        stream.enqueue(someBytes(PART_BYTES));
      },
      cancel(why) {
        cancelled = why ?? "cancelled";
      },
    });
    const error = await assertRejects(() => source.upload("a", body, { signal: controller.signal }));
    assertEquals(error, reason);
    assertEquals(cancelled !== undefined, true);
    assertEquals(await source.stat("a"), null);
    assertEquals(await store.listUploads(prefix), []);
  });

  for (const checksums of ["sha256", "none"] as const) {
    const way = checksums === "none" ? "without" : "with";
    test(`upload() ${way} checksums, whose bytes are altered on their way, keeps the old file`, async (bench) => {
      await bench.source.upload("a", "old");
      const source = bench.open(bench.prefix, {
        fetch: (input, init) =>
          bench.store.fetch(input, init?.method === "PUT" ? { ...init, body: new Uint8Array(3).fill(65) } : init),
        retry: { maxAttempts: 1 },
      }, { checksums });
      await assertRejects(() => source.upload("a", "new"));
      assertEquals(toText(await bench.source.read("a")), "old");
    });
  }

  test("stream() that is aborted fails with the signal's reason", async ({ source }) => {
    await source.upload("a", someBytes(4_000_000));
    const controller = new AbortController();
    const { body } = await source.stream("a", { signal: controller.signal });
    const reader = body.getReader();
    await reader.read();
    const reason = new Error("the user went away");
    controller.abort(reason);
    const error = await assertRejects(async () => {
      while (!(await reader.read()).done);
    });
    assertEquals(error, reason);
  });
}

function failingAfter(byteCount: number): ReadableStream<Uint8Array<ArrayBuffer>> {
  const bytes = someBytes(byteCount);
  let offset = 0;
  return new ReadableStream({
    pull(controller) {
      if (offset >= byteCount) throw new Error("the disk is gone");
      controller.enqueue(bytes.slice(offset, offset += 1_000_000));
    },
  });
}
