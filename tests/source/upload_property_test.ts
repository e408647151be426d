import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { createHash } from "node:crypto";
import type { UploadBody } from "../../mod.ts";
import { openBody } from "../../src/operations/open_body.ts";
import { upload as uploadTo } from "../../src/operations/upload.ts";
import { createLearnedTraits } from "../../src/s3/learned_traits.ts";
import { stubContext, type StubFetch } from "../support/stub_fetch.ts";

// With `size: "max"` wherever there is a length: fast-check would otherwise make nothing longer than 10.
const RUNS = { numRuns: 10_000 };

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
      const source = openBody(isStream ? stream() : iterate(), { action: "upload", path: "a" });
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
  });
  const traits = fc.record({
    checksums: fc.constantFrom<"sha256" | "none">("sha256", "none"),
    equalParts: fc.boolean(),
  });
  const kinds = fc.constantFrom("stream", "async iterable", "Blob", "Uint8Array");
  await fc.assert(
    fc.asyncProperty(chunks, options, traits, kinds, fc.boolean(), async (chunks, upload, given, kind, isDeclared) => {
      const traits = createLearnedTraits({ maxParts: 10_000, ...given }, { isTrusted: true, emit: undefined });
      const whole = Uint8Array.from(chunks.flatMap((chunk) => [...chunk]));
      const store = tinyPartsStore();
      const body = toBody(kind, { chunks, whole });
      const size = isDeclared ? { size: whole.byteLength } : {};
      const info = await uploadTo({ ...stubContext(store), upload, traits }, "a", body, size);
      const hash = `sha256:${createHash("sha256").update(whole).digest("hex")}`;
      assertEquals([info.size, info.contentHash], [whole.byteLength, hash]);
      assertEquals(store.object(), [...whole]);
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
