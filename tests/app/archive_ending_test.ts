import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { predictLength } from "client-zip";
import { announcedLength, endingFor, type Written } from "../../src/app/files/archive/ending.ts";

const GIB = 1024 ** 3;
const listName = "MISSING FILES.txt";
const because = "It was changed while the archive was made.";

/** The length of an archive of which these files were planned, and these written. */
function lengths(planned: readonly Written[], lost: readonly number[]) {
  const announced = announcedLength(planned);
  const written = planned.filter((_, index) => !lost.includes(index));
  const missing = lost.map((index) => ({ path: planned[index]?.name ?? "", message: because }));
  const ending = endingFor(written, missing, { announced, listName });
  const files = ending.files.map(({ name, text, fillBytes }) => ({
    name,
    size: text === "" ? fillBytes : new TextEncoder().encode(text).byteLength,
  }));
  return {
    ...ending,
    announced,
    written: Number(predictLength([...written, ...files] as { name: string; size: number }[])),
  };
}

for (
  const [what, sizes, lost] of [
    ["nothing", [], []],
    ["all files", [1, 2, 3], []],
    ["all but an empty file", [0, 0], [0]],
    ["all but a file", [5, 100_000], [0]],
    ["all but a file larger than a comment", [5, 100_000], [1]],
    ["all but a file of 5 GiB", [5 * GIB, 7, 8], [0]],
    ["all but a file of just 4 GiB", [4 * GIB - 1, 7, 8], [0]],
    ["all but a small one of 6 GiB in three", [2 * GIB, 2 * GIB, 2 * GIB, 4], [3]],
    ["nothing of a few", [1, 2, 3], [0, 1, 2]],
    ["nothing of 12 GiB", [6 * GIB, 6 * GIB], [0, 1]],
  ] as const
) {
  Deno.test(`endingFor() completes an archive that has ${what} to the byte`, () => {
    const planned = sizes.map((size, index) => ({ name: `folder/file ${index}`, size }));
    const { announced, written, comment, files } = lengths(planned, lost);
    assertEquals(written + comment.length, announced);
    assert(comment.length < 65_536);
    assertEquals(files.length > 0, lost.length > 0);
    for (const index of lost) assertStringIncludes(files[0]?.text ?? "", `file ${index}`);
  });
}

Deno.test("endingFor() lists as many of the missing files as it has room for, and counts the rest", () => {
  const planned = Array.from({ length: 10_000 }, (_, index) => ({ name: `${"x".repeat(900)}${index}`, size: 0 }));
  const { announced, written, comment, files } = lengths(planned, planned.map((_, index) => index));
  assertEquals(written + comment.length, announced);
  assertStringIncludes(files[0]?.text ?? "", "10000 files are missing");
  assertStringIncludes(files[0]?.text ?? "", " more.");
});

Deno.test("announcedLength() knows archives of more than 4 GiB", () => {
  const sizes = [5 * GIB, 3 * GIB, 1];
  const names = 3 * "folder/file 0".length;
  // Headers of 30, 46, 22, 56 and 20 bytes, descriptors of 16, or 24 with a large size, extra fields of 28 and 12.
  const expected = 9 * GIB - GIB + 1 + 3 * (30 + 16 + 46) + 2 * names + 8 + 28 + 12 + 12 + 22 + 56 + 20;
  const planned = sizes.map((size, index) => ({ name: `folder/file ${index}`, size }));
  assertEquals(announcedLength(planned) - 2_048, expected);
});
