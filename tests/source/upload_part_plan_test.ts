import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { FileTooLargeError } from "../../mod.ts";
import { planParts } from "../../src/operations/part_plan.ts";

// With `size: "max"` wherever there is a length: fast-check would otherwise make nothing longer than 10.
const RUNS = { numRuns: 10_000 };
const MIB = 1024 ** 2;

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
      const plan = planParts(isKnown ? size : undefined, { partSizeBytes, equalParts, maxParts: 10_000 });
      // Only what cannot be known beforehand, and may not be cut otherwise, does not fit.
      const fits = isKnown || !equalParts || size <= 10_000 * partSizeBytes;
      let rest = size;
      let last = 0;
      let parts = 0;
      while (rest > 0 && parts < 10_000) {
        const part = plan.sizeOf(++parts);
        // Without messages: there are millions of these, and the counterexample says enough.
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

Deno.test("planParts() needs at most 10,000 parts for any size up to 10,000 of 5 GiB", () => {
  const settings = { partSizeBytes: 8 * MIB, equalParts: false, maxParts: 10_000 };
  for (
    const size of [0, 1, 8 * MIB, 80_000 * MIB, 80_000 * MIB + 1, 1024 ** 4, 5 * 1024 ** 4, 10_000 * 5 * 1024 ** 3]
  ) {
    const parts = Math.ceil(size / planParts(size, settings).sizeOf(1));
    assertEquals(parts <= 10_000, true, `${size} bytes in ${parts} parts`);
  }
});

Deno.test("planParts() reaches 5 TiB with parts that grow while the size is unknown", () => {
  const plan = planParts(undefined, { partSizeBytes: 8 * MIB, equalParts: false, maxParts: 10_000 });
  assertEquals([1, 900, 901, 1801, 8101].map((part) => plan.sizeOf(part) / MIB), [8, 8, 16, 32, 4096]);
  let total = 0;
  for (let part = 1; part <= 10_000; part++) total += plan.sizeOf(part);
  assertEquals(total >= 5 * 1024 ** 4, true);
});

Deno.test("planParts() keeps parts equal where a store needs it", () => {
  const plan = planParts(undefined, { partSizeBytes: 8 * MIB, equalParts: true, maxParts: 10_000 });
  assertEquals([plan.sizeOf(1), plan.sizeOf(10_000)], [8 * MIB, 8 * MIB]);
});

Deno.test("planParts() makes parts larger where a store takes fewer", () => {
  const known = planParts(100 * 1024 * MIB, { partSizeBytes: 8 * MIB, equalParts: false, maxParts: 1_000 });
  assertEquals(known.sizeOf(1), Math.ceil(100 * 1024 * MIB / 1_000));
  const unknown = planParts(undefined, { partSizeBytes: 8 * MIB, equalParts: false, maxParts: 1_000 });
  assertEquals([1, 90, 91, 181, 811, 1_000].map((part) => unknown.sizeOf(part) / MIB), [8, 8, 16, 32, 4096, 5120]);
  assertThrows(() => unknown.sizeOf(1_001), FileTooLargeError, "the body has more than 1000 parts");
});
