import { assert, assertEquals, assertRejects } from "@std/assert";
import { type ByteRange, FileTooLargeError, RangeNotSatisfiableError } from "../../mod.ts";
import { type ConformanceTest, isSame, PART_BYTES, someBytes, toText } from "./suite.ts";

/** `download.partSizeBytes`, by default. */
const SLICE_BYTES = 8 * 1024 ** 2;

/** Parts of a file. */
export function testRanges(test: ConformanceTest): void {
  const ranges: [name: string, range: ByteRange, offset: number, text: string][] = [
    ["the first bytes", { offset: 0, length: 4 }, 0, "0123"],
    ["one byte", { offset: 5, length: 1 }, 5, "5"],
    ["everything from an offset", { offset: 7 }, 7, "789"],
    ["everything from the beginning", { offset: 0 }, 0, "0123456789"],
    ["the last byte", { offset: 9 }, 9, "9"],
    ["what there is of a range that is too long", { offset: 8, length: 100 }, 8, "89"],
    ["the end", { suffixLength: 3 }, 7, "789"],
    ["everything for an end that is too long", { suffixLength: 100 }, 0, "0123456789"],
  ];
  for (const [name, range, offset, text] of ranges) {
    test(`read() with a range reads ${name}`, async ({ source }) => {
      await source.upload("a.txt", "0123456789");
      assertEquals(toText(await source.read("a.txt", { range })), text);
    });

    test(`stream() with a range streams ${name}`, async ({ source }) => {
      await source.upload("a.txt", "0123456789", { contentType: "text/x-test" });
      const { info, range: streamed, body } = await source.stream("a.txt", { range });
      assertEquals(streamed, { offset, length: text.length });
      assertEquals([info.size, info.contentType], [10, "text/x-test"]);
      assertEquals(await new Response(body).text(), text);
    });
  }

  const outside: Record<string, ByteRange> = {
    "at the end": { offset: 10 },
    "behind the end": { offset: 11, length: 5 },
  };
  for (const [name, range] of Object.entries(outside)) {
    test(`read() rejects with RangeNotSatisfiableError for a range ${name}`, async ({ source }) => {
      await source.upload("a.txt", "0123456789");
      const error = await assertRejects(() => source.read("a.txt", { range }), RangeNotSatisfiableError, '"a.txt"');
      assertEquals([error.path, error.status], ["a.txt", 416]);
    });
  }

  test("stream() rejects with RangeNotSatisfiableError for a range behind the end", async ({ source }) => {
    await source.upload("a.txt", "0123456789");
    await assertRejects(() => source.stream("a.txt", { range: { offset: 10 } }), RangeNotSatisfiableError);
  });

  test("read() applies maxBytes to the range, not to the file", async ({ source }) => {
    await source.upload("a.txt", "0123456789");
    const range = { offset: 2, length: 4 };
    assertEquals(toText(await source.read("a.txt", { range, maxBytes: 4 })), "2345");
    await assertRejects(() => source.read("a.txt", { range, maxBytes: 3 }), FileTooLargeError);
  });

  for (const [name, partSizeBytes] of [["at once", 4 * SLICE_BYTES], ["in parts", PART_BYTES]] as const) {
    test(`read() fetches a large file that went up ${name} in slices`, async ({ open, prefix, store }) => {
      const bytes = someBytes(2 * SLICE_BYTES + 100_003);
      const ranges: (string | null)[] = [];
      const fetch: typeof globalThis.fetch = async (input, init) => {
        if (init?.method === "GET") ranges.push(new Headers(init.headers).get("range"));
        return await store.fetch(input, init);
      };
      const source = open(prefix, { fetch, upload: { partSizeBytes } });
      await source.upload("a", bytes);
      assert(isSame(await source.read("a"), bytes));
      assertEquals(ranges.length, 3);
      const range = { offset: 3 };
      assert(isSame(await source.read("a", { range }), bytes.subarray(3)));
      assertEquals(ranges.length, 6);
      assert(isSame(await source.read("a", { maxBytes: bytes.byteLength }), bytes));
      await assertRejects(() => source.read("a", { maxBytes: bytes.byteLength - 1 }), FileTooLargeError);
      assertEquals(ranges.length, 10);
    });
  }
}
