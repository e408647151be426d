import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { createS3Source, InvalidArgumentError, type S3Source } from "../../mod.ts";
import type { OPERATION_OPTIONS } from "../../src/options/operation_options.ts";
import { createMemoryS3 } from "../../src/testing/memory_s3/memory_s3.ts";

function open(): { source: S3Source; requests: () => number } {
  const s3 = createMemoryS3({ buckets: ["media"] });
  return { source: createS3Source(s3.config, { fetch: s3.fetch }), requests: () => s3.requests.length };
}

/** As callers without a compiler would write it. */
const WRONG = { ...JSON.parse('{ "signl": 1 }'), absent: undefined };

const CALLS: Record<
  Exclude<keyof typeof OPERATION_OPTIONS, "walk" | "partUrl" | "uploadPart" | "parts" | "complete" | "abort">,
  (source: S3Source) => Promise<unknown>
> = {
  connect: (source) => source.connect(WRONG),
  stat: (source) => source.stat("a", WRONG),
  read: (source) => source.read("a", WRONG),
  stream: (source) => source.stream("a", WRONG),
  list: (source) => source.list(WRONG),
  upload: (source) => source.upload("a", "A", WRONG),
  delete: (source) => source.delete("a", WRONG),
  deleteMany: (source) => source.deleteMany(["a"], WRONG),
  deleteFolder: (source) => source.deleteFolder("a", WRONG),
  copy: (source) => source.copy("a", "b", WRONG),
  move: (source) => source.move("a", "b", WRONG),
  downloadUrl: (source) => source.downloadUrl("a", WRONG),
  prepareUpload: (source) => source.prepareUpload("a", WRONG),
  prepareMultipartUpload: (source) => source.prepareMultipartUpload("a", WRONG),
  abortStaleUploads: (source) => source.abortStaleUploads(WRONG),
  diagnose: (source) => source.diagnose(WRONG),
  credentials: (source) => source.credentials(WRONG),
};

for (const [operation, call] of Object.entries(CALLS)) {
  Deno.test(`${operation}() refuses an option it does not know, before it asks for anything`, async () => {
    const { source, requests } = open();
    const message = `Cannot ${operation}() with the option "signl": there is no such option; did you mean "signal"?`;
    await assertRejects(() => call(source), InvalidArgumentError, message);
    assertEquals(requests(), 0);
  });
}

Deno.test("walk() refuses an option it does not know, and a path in place of options", () => {
  const { source } = open();
  assertThrows(() => source.walk(WRONG), InvalidArgumentError, 'with the option "signl"');
  assertThrows(
    () => source.walk(JSON.parse('"notes"')),
    InvalidArgumentError,
    "the options are not an object, but a string",
  );
});

for (const operation of ["prepareUpload", "prepareMultipartUpload", "abortStaleUploads"] as const) {
  Deno.test(`${operation}() refuses to do without options`, async () => {
    const { source, requests } = open();
    const args = operation === "abortStaleUploads" ? [] : ["a"];
    const message = `Cannot ${operation}(): the options are not an object, but nothing`;
    await assertRejects(() => Reflect.apply(source[operation], source, args), InvalidArgumentError, message);
    assertEquals(requests(), 0);
  });
}
