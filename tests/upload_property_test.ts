import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { openBody } from "../src/operations/body_source.ts";
import { contentDisposition } from "../src/operations/download_url.ts";
import { planParts } from "../src/operations/part_plan.ts";

const RUNS = { numRuns: 10_000 };
const MIB = 1024 ** 2;

Deno.test("a body is the same bytes however it is cut into chunks and taken", async () => {
  const chunks = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 12 });
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

Deno.test("planParts() keeps to S3's limits for any size up to 5 TiB", () => {
  const size = fc.oneof(
    fc.integer({ min: 1, max: 5 * 1024 ** 4 }),
    fc.integer({ min: 1, max: 100 * MIB }),
    fc.integer({ min: -5, max: 5 }).map((offset) => 80_000 * MIB + offset),
  );
  const partSizeBytes = fc.integer({ min: 5 * MIB, max: 5 * 1024 * MIB });
  fc.assert(
    fc.property(size, partSizeBytes, fc.boolean(), fc.boolean(), (size, partSizeBytes, equalParts, isKnown) => {
      const plan = planParts(isKnown ? size : undefined, { partSizeBytes, equalParts });
      let rest = size;
      let parts = 0;
      try {
        while (rest > 0) {
          const part = plan.sizeOf(++parts);
          assert(part >= 5 * MIB && part <= 5 * 1024 * MIB && Number.isInteger(part), `a part of ${part} bytes`);
          rest -= part;
        }
      } catch (error) {
        // Only what cannot be known beforehand, and may not be cut otherwise, does not fit.
        assert(equalParts && !isKnown && size > 10_000 * partSizeBytes, String(error));
        return;
      }
      assert(parts <= 10_000, `${parts} parts`);
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("contentDisposition() survives any file name", () => {
  const names = fc.oneof(
    fc.string({ unit: "binary", maxLength: 60 }),
    fc.string({
      unit: fc.constantFrom('"', "\\", "\r", "\n", ";", "'", "%", "*", "=", "ü", "文", "\u202e", "a"),
      maxLength: 20,
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
    }),
    RUNS,
  );
});
