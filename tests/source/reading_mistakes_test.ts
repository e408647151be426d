import { assertEquals, assertRejects } from "@std/assert";
import { createS3Source, type S3Source } from "../../mod.ts";
import { createMemoryS3 } from "../../src/testing/mod.ts";

function open(): { source: S3Source; requests: () => number } {
  const s3 = createMemoryS3();
  s3.putObject({ bucket: "bucket", key: "folder/a.txt", body: "hello" });
  return { source: createS3Source(s3.config, { fetch: s3.fetch }), requests: () => s3.requests.length };
}

const FORM = "it must be { offset, length } or { suffixLength }, in bytes";

for (
  const [options, problem] of [
    [{ range: { start: 0, end: 2 } }, `option "range": ${FORM}, not { end, start }`],
    [{ range: { offset: 0, end: 2 } }, `option "range": ${FORM}, not { end, offset }`],
    [{ range: { offset: 0, suffixLength: 2 } }, `option "range": ${FORM}, not { offset, suffixLength }`],
    [{ range: { length: 2 } }, `option "range": ${FORM}, not { length }`],
    [{ range: {} }, `option "range": ${FORM}`],
    [{ range: "bytes=0-5" }, `option "range": ${FORM}, not a string`],
    [{ range: [0, 5] }, `option "range": ${FORM}, not a list`],
    [{ range: 5 }, `option "range": ${FORM}, not a number`],
    [{ range: { start: 0 }, maxBytes: 9 }, `option "range": ${FORM}, not { start }`],
    [{ maxBytes: "1MB" }, 'option "maxBytes": it must be a number of bytes, not a string'],
    [{ maxBytes: -1 }, 'option "maxBytes": it must be a number of bytes, not -1'],
    [{ verify: "no" }, 'option "verify": it must be true or false, not a string'],
  ] as const
) {
  Deno.test(`read() and stream() say what is wrong with ${JSON.stringify(options)}, and send nothing`, async () => {
    const { source, requests } = open();
    for (const operation of ["read", "stream"] as const) {
      if (operation === "stream" && "maxBytes" in options) continue;
      const call = () => Reflect.apply(source[operation], source, ["folder/a.txt", options]);
      const error = await assertRejects(call, Error);
      assertEquals(error.message, `Cannot ${operation}() with the ${problem}`);
    }
    assertEquals(requests(), 0);
  });
}

Deno.test("read() takes a range whose length is undefined", async () => {
  const { source } = open();
  const bytes = await source.read("folder/a.txt", { range: { offset: 3, length: undefined } });
  assertEquals(new TextDecoder().decode(bytes), "lo");
});

Deno.test("read(), stat() and delete() say to leave out a leading slash", async () => {
  const { source, requests } = open();
  for (const operation of ["read", "readText", "readJson", "stream", "stat", "delete", "downloadUrl"] as const) {
    const error = await assertRejects(() => source[operation]("/folder/a.txt"), Error);
    assertEquals(error.message, 'Cannot use the path "/folder/a.txt": it starts with "/"; leave that out');
  }
  assertEquals(requests(), 0);
});

Deno.test("read() of a folder says that it is one; stat() finds no file there, and delete() leaves its files", async () => {
  const { source } = open();
  for (const operation of ["read", "readText", "stream"] as const) {
    const error = await assertRejects(() => source[operation]("folder/"), Error);
    const reason =
      'it does not exist as a file; a path that ends in "/" is a folder (NoSuchKey: The specified key does not exist.)';
    assertEquals(error.message, `Cannot read "folder/": ${reason}`);
  }
  assertEquals(await source.stat("folder/"), null);
  await source.delete("folder/");
  assertEquals(await source.readText("folder/a.txt"), "hello");
});
