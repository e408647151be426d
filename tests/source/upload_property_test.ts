import { assert, assertEquals, assertThrows } from "@std/assert";
import { parse } from "content-disposition";
import fc from "fast-check";
import { createHash } from "node:crypto";
import { FileTooLargeError, type UploadBody } from "../../mod.ts";
import { openBody } from "../../src/operations/body_source.ts";
import { contentDisposition } from "../../src/s3/content_disposition.ts";
import { planParts } from "../../src/operations/part_plan.ts";
import { upload as uploadTo } from "../../src/operations/upload.ts";
import { stubContext, type StubFetch } from "../support/stub_fetch.ts";

// With `size: "max"` wherever there is a length: fast-check would otherwise make nothing longer than 10.
const RUNS = { numRuns: 10_000 };
const MIB = 1024 ** 2;

Deno.test("a body is the same bytes however it is cut into chunks and taken", async () => {
  const chunks = fc.array(fc.uint8Array({ maxLength: 40, size: "max" }), { maxLength: 12, size: "max" });
  const lengths = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(chunks, lengths, fc.boolean(), async (chunks, lengths, isStream) => {
      async function* iterate() {
        for (const chunk of chunks) yield await Promise.resolve(chunk.slice());
      }
      const stream = () =>
        new ReadableStream<Uint8Array>({
          start(controller) {
            for (const chunk of chunks) controller.enqueue(chunk.slice());
            controller.close();
          },
        });
      const source = openBody(isStream ? stream() : iterate());
      const taken: number[] = [];
      for (let index = 0;; index++) {
        const length = lengths[index % lengths.length] ?? 1;
        const { bytes, isLast } = await source.take(length);
        taken.push(...bytes);
        assert(isLast ? bytes.byteLength <= length : bytes.byteLength === length, "a short piece that is not the last");
        if (isLast) break;
      }
      assertEquals(taken, chunks.flatMap((chunk) => [...chunk]));
    }),
    RUNS,
  );
});

Deno.test("upload() makes the same object however the body is cut into chunks, and the chunks into parts", async () => {
  const chunks = fc.array(fc.uint8Array({ maxLength: 30, size: "max" }), { maxLength: 5, size: "max" });
  const options = fc.record({
    partSizeBytes: fc.integer({ min: 10, max: 60 }),
    concurrency: fc.integer({ min: 1, max: 4 }),
    equalParts: fc.boolean(),
    sendChecksums: fc.boolean(),
  });
  const kinds = fc.constantFrom("stream", "async iterable", "Blob", "Uint8Array");
  await fc.assert(
    fc.asyncProperty(chunks, options, kinds, fc.boolean(), async (chunks, upload, kind, isDeclared) => {
      const whole = Uint8Array.from(chunks.flatMap((chunk) => [...chunk]));
      const store = tinyPartsStore();
      const body = toBody(kind, { chunks, whole });
      const size = isDeclared ? { size: whole.byteLength } : {};
      const info = await uploadTo({ ...stubContext(store), upload }, "a", body, size);
      const hash = `sha256:${createHash("sha256").update(whole).digest("hex")}`;
      assertEquals([info.size, info.contentHash], [whole.byteLength, hash]);
      assertEquals(store.object(), [...whole]);
    }),
    RUNS,
  );
});

Deno.test("planParts() keeps to S3's limits for any size up to 5 TiB", () => {
  const TIB = 1024 ** 4;
  const size = fc.oneof(
    fc.integer({ min: 1, max: 5 * TIB }),
    fc.integer({ min: 1, max: 100 * MIB }),
    fc.integer({ min: -5, max: 5 }).map((offset) => 80_000 * MIB + offset),
    fc.integer({ min: 0, max: 5 }).map((offset) => 5 * TIB - offset),
  );
  const partSizeBytes = fc.oneof(
    fc.constantFrom(5 * MIB, 8 * MIB, 5 * 1024 * MIB),
    fc.integer({ min: 5 * MIB, max: 5 * 1024 * MIB }),
  );
  fc.assert(
    fc.property(size, partSizeBytes, fc.boolean(), fc.boolean(), (size, partSizeBytes, equalParts, isKnown) => {
      const plan = planParts(isKnown ? size : undefined, { partSizeBytes, equalParts });
      // Only what cannot be known beforehand, and may not be cut otherwise, does not fit.
      const fits = isKnown || !equalParts || size <= 10_000 * partSizeBytes;
      let rest = size;
      let last = 0;
      let parts = 0;
      while (rest > 0 && parts < 10_000) {
        const part = plan.sizeOf(++parts);
        // Without messages: there are millions of these, and the counterexample tells enough.
        assert(part >= partSizeBytes && part <= 5 * 1024 * MIB && Number.isInteger(part));
        assert(parts === 1 || (isKnown || equalParts ? part === last : part >= last));
        last = part;
        rest -= part;
      }
      assertEquals(rest <= 0, fits);
      assertThrows(() => plan.sizeOf(10_001), FileTooLargeError);
    }),
    RUNS,
  );
});

Deno.test("contentDisposition() survives any file name", () => {
  const names = fc.oneof(
    fc.string({ unit: "binary", maxLength: 60, size: "max" }),
    fc.string({
      unit: fc.constantFrom('"', "\\", "\r", "\n", ";", "'", "%", "*", "=", "ü", "文", "\u202e", "a"),
      maxLength: 20,
      size: "max",
    }),
  );
  fc.assert(
    fc.property(names, fc.constantFrom("attachment" as const, "inline" as const), (name, type) => {
      const header = contentDisposition(type, name);
      const [, shownType, plain, extended] =
        /^(\w+); filename="([^"\\]*)"(?:; filename\*=UTF-8''([\w.~%-]*))?$/.exec(header) ?? [];
      assertEquals(shownType, type);
      assert(/^[\x20-\x7e]*$/.test(header), header);
      assertEquals(extended === undefined ? plain : decodeURIComponent(extended), name.toWellFormed());
      const read = parse(header);
      assertEquals([read.type, read.parameters["filename"]], [type, name.toWellFormed()]);
    }),
    RUNS,
  );
});

function toBody(
  kind: string,
  { chunks, whole }: { chunks: readonly Uint8Array[]; whole: Uint8Array<ArrayBuffer> },
): UploadBody {
  async function* iterate() {
    for (const chunk of chunks) yield await Promise.resolve(chunk.slice());
  }
  if (kind === "stream") return ReadableStream.from(iterate());
  if (kind === "Blob") return new Blob(chunks.map((chunk) => chunk.slice()));
  return kind === "Uint8Array" ? whole.slice() : iterate();
}

/** A store that takes parts of any size; S3's least are 5 MiB, which are too many bytes for so many runs. */
function tinyPartsStore(): StubFetch & { object(): number[] | undefined } {
  const parts = new Map<string, Uint8Array>();
  let object: number[] | undefined;
  const answer = async (url: URL, init: RequestInit): Promise<Response> => {
    const bytes = await new Response(init.body ?? null).bytes();
    const partNumber = url.searchParams.get("partNumber");
    if (partNumber !== null) parts.set(partNumber, bytes);
    else if (init.method === "PUT") object = [...bytes];
    else if (url.searchParams.has("uploads")) return new Response("<A><UploadId>1</UploadId></A>");
    else {
      const listed = new TextDecoder().decode(bytes).matchAll(/<PartNumber>(\d+)<.*?<ETag>\D*(\d+)/g);
      object = Array.from(listed, ([, number = "", tag]) => number === tag ? [...parts.get(number) ?? []] : []).flat();
      return new Response('<A><ETag>"tag"</ETag></A>');
    }
    return new Response(null, { headers: { etag: `"${partNumber ?? "tag"}"` } });
  };
  return {
    requests: [],
    fetch: (input, init = {}) => answer(new URL(input instanceof Request ? input.url : input), init),
    object: () => object,
  };
}
