import { assertEquals } from "@std/assert";
import { createS3Source } from "../../mod.ts";
import { createMemoryS3 } from "../../src/testing/mod.ts";

// What a caller changes right after a call, which may still have to load the operation.

const s3 = createMemoryS3();
const source = createS3Source(s3.config, { fetch: s3.fetch });

Deno.test("upload() uses the options that it was called with", async () => {
  const options = { contentType: "text/a", metadata: { number: "1" } };
  const uploading = source.upload("a", "abc", options);
  options.contentType = "text/b";
  options.metadata.number = "2";
  await uploading;
  const { contentType, metadata } = await source.stat("a") ?? {};
  assertEquals({ contentType, metadata }, { contentType: "text/a", metadata: { number: "1" } });
});

Deno.test("upload() uses options that are inherited", async () => {
  await source.upload("inherited", "abc", Object.create({ contentType: "text/a" }));
  assertEquals((await source.stat("inherited"))?.contentType, "text/a");
});

Deno.test("stream() reads the range that it was called with", async () => {
  await source.upload("b", "abc");
  const range = { offset: 1, length: 1 };
  const streaming = source.stream("b", { range });
  range.offset = 2;
  assertEquals(await new Response((await streaming).body).text(), "b");
});

for (
  const [name, changed] of [["an array", ["1", "2"]], ["a Set", new Set(["1", "2"])]] satisfies [
    string,
    string[] | Set<string>,
  ][]
) {
  Deno.test(`deleteMany() deletes the paths that ${name} had when it was called`, async () => {
    for (const path of ["1", "2", "3"]) await source.upload(path, "abc");
    const deleting = source.deleteMany(changed);
    if (changed instanceof Set) {
      changed.clear();
      changed.add("3");
    } else {
      changed.splice(0, 2, "3");
    }
    await deleting;
    const left = await Promise.all(["1", "2", "3"].map((path) => source.stat(path)));
    assertEquals(left.map((file) => file !== null), [false, false, true]);
  });
}

Deno.test("a resumed upload signs with the options that it was called with", async () => {
  const { state } = await source.prepareMultipartUpload("parts", { size: 100 });
  const options = { expiresInSeconds: 60 };
  const signing = source.resumeMultipartUpload(state).partUrl(1, options);
  options.expiresInSeconds = 600;
  assertEquals(new URL((await signing).url).searchParams.get("X-Amz-Expires"), "60");
});
