import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { InvalidPathError, type S3Source } from "../../mod.ts";
import { s3Object, stubFetch, stubSource } from "../support/stub_fetch.ts";

const badPaths = {
  "the empty path": "",
  "an absolute path": "/a",
  "a dot segment": "a/./b",
  "a parent segment": "../a",
  "a parent segment at the end": "a/..",
  "a NUL": "a\u0000b",
  "a line break": "a\nb",
  "a delete character": "a\u007f",
  "half a surrogate pair": "a\ud800",
  "more than 1,024 bytes": "ü".repeat(513),
};
const operations: Record<string, (source: S3Source, path: string) => Promise<unknown>> = {
  stat: (source, path) => source.stat(path),
  read: (source, path) => source.read(path),
  stream: (source, path) => source.stream(path),
  upload: (source, path) => source.upload(path, "x"),
  delete: (source, path) => source.delete(path),
  deleteMany: (source, path) => source.deleteMany(["fine", path]),
  deleteFolder: (source, path) => source.deleteFolder(path),
  "copy from": (source, path) => source.copy(path, "fine"),
  "copy to": (source, path) => source.copy("fine", path),
  "move from": (source, path) => source.move(path, "fine"),
  "move to": (source, path) => source.move("fine", path),
  downloadUrl: (source, path) => source.downloadUrl(path),
  prepareUpload: (source, path) => source.prepareUpload(path, { size: 1 }),
  prepareMultipartUpload: (source, path) => source.prepareMultipartUpload(path, { size: 1 }),
  "partUrl of resumeMultipartUpload": async (source, path) =>
    await source.resumeMultipartUpload({ path, uploadId: "u", size: 1, partSizeBytes: 5 * 1024 ** 2 }).partUrl(1),
};
for (const [operation, run] of Object.entries(operations)) {
  for (const [name, path] of Object.entries(badPaths)) {
    Deno.test(`${operation}() refuses ${name} and sends nothing`, async () => {
      const store = stubFetch(s3Object("x"));
      await assertRejects(() => run(stubSource(store), path), InvalidPathError, "Cannot use the path");
      assertEquals(store.requests.length, 0);
    });
  }

  Deno.test(`${operation}() refuses a key that is too long only with the prefix`, async () => {
    const store = stubFetch(s3Object("x", { "content-length": "1" }));
    const path = "a".repeat(1021);
    const outcome = await run(stubSource(store, { prefix: "p/q" }), path).then(
      (result) => JSON.stringify(result),
      (error) => String(error),
    );
    assertEquals(/with the source's prefix it has more than 1024 bytes/.test(outcome), true, outcome);
  });
}

for (const [name, path] of Object.entries(badPaths).slice(1)) {
  Deno.test(`list(), walk() and folder() refuse ${name}`, async () => {
    const source = stubSource(stubFetch());
    await assertRejects(() => source.list({ prefix: path }), InvalidPathError);
    assertThrows(() => source.walk({ prefix: path }), InvalidPathError);
    assertThrows(() => source.folder(path), InvalidPathError);
  });
}
