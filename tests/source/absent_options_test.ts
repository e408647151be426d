import { assertEquals } from "@std/assert";
import { createS3Source } from "../../mod.ts";
import { createMemoryS3 } from "../../src/testing/mod.ts";

const s3 = createMemoryS3();

/** As they come from an environment that lacks the variables. */
const config = {
  ...s3.config,
  prefix: undefined,
  region: undefined,
  sessionToken: undefined,
  credentialsUrl: undefined,
  credentialsUrlSecret: undefined,
  allowInsecureCredentialsUrl: undefined,
};
const source = createS3Source(config, { fetch: s3.fetch });

Deno.test("createS3Source() takes undefined for an option that is absent", async () => {
  assertEquals((await source.connect()).prefix, "");
});

Deno.test("upload() takes undefined for options that are absent", async () => {
  const { size } = await source.upload("a.txt", "abc", {
    contentType: undefined,
    size: undefined,
    metadata: undefined,
    ifNoneMatch: undefined,
    ifMatch: undefined,
    cacheControl: undefined,
    contentDisposition: undefined,
    onProgress: undefined,
    signal: undefined,
  });
  const { contentType, metadata } = await source.stat("a.txt") ?? {};
  assertEquals({ size, contentType, metadata }, {
    size: 3,
    contentType: "text/plain; charset=utf-8",
    metadata: {},
  });
});

Deno.test("read(), stream(), list() and walk() take undefined for options that are absent", async () => {
  await source.upload("b/c.txt", "abc");
  const read = await source.read("b/c.txt", { range: undefined, maxBytes: undefined, ifMatch: undefined });
  const { body, range } = await source.stream("b/c.txt", { range: undefined, ifMatch: undefined, signal: undefined });
  await body.cancel();
  const { files } = await source.list({ prefix: undefined, cursor: undefined, limit: undefined, recursive: undefined });
  const walked = await Array.fromAsync(source.walk({ prefix: undefined }), ({ path }) => path);
  assertEquals([read.byteLength, range], [3, { offset: 0, length: 3 }]);
  assertEquals([files.map(({ path }) => path), walked], [["a.txt", "b/c.txt"], ["a.txt", "b/c.txt"]]);
});

Deno.test("copy() keeps the metadata where new ones are undefined", async () => {
  await source.upload("from.txt", "abc", { metadata: { colour: "blue" } });
  await source.copy("from.txt", "to.txt", { metadata: undefined });
  assertEquals((await source.stat("to.txt"))?.metadata, { colour: "blue" });
});

Deno.test("downloadUrl() takes undefined for options that are absent", async () => {
  const { url } = await source.downloadUrl("a.txt", {
    expiresInSeconds: undefined,
    filename: undefined,
    inline: undefined,
  });
  const { searchParams } = new URL(url);
  assertEquals(searchParams.get("response-content-disposition"), 'attachment; filename="a.txt"');
  assertEquals(searchParams.get("X-Amz-Expires"), "300");
});

Deno.test("prepareUpload() and prepareMultipartUpload() take undefined for options that are absent", async () => {
  const absent = { contentType: undefined, expiresInSeconds: undefined, metadata: undefined };
  const whole = { maxBytes: undefined, method: undefined, ifNoneMatch: undefined };
  const { method, headers } = await source.prepareUpload("d", { ...absent, ...whole, size: 1 });
  assertEquals([method, headers], ["PUT", { "content-type": "application/octet-stream" }]);
  const upload = await source.prepareMultipartUpload("e", { ...absent, partSizeBytes: undefined, size: 1 });
  await upload.uploadPart(1, new Uint8Array(1), { signal: undefined });
  assertEquals((await upload.complete({ ifNoneMatch: undefined, ifMatch: undefined })).size, 1);
});
