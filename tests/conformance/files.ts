import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { FileNotFoundError, FileTooLargeError, PreconditionFailedError } from "../../mod.ts";
import { type ConformanceTest, someBytes, toText } from "./suite.ts";

/** Writing, reading, describing and replacing a file. */
export function testFiles(test: ConformanceTest): void {
  test("upload() stores a file that read() gives back", async ({ source }) => {
    await source.upload("hello.txt", "Hello, wörld!");
    assertEquals(toText(await source.read("hello.txt")), "Hello, wörld!");
  });

  test("upload() says what it stored", async ({ source }) => {
    const { etag, ...info } = await source.upload("notes/hello.txt", "Hello", {
      contentType: "text/plain",
      metadata: { colour: "blue" },
    });
    assertMatch(etag ?? "", /^"[0-9a-f]{32}"$/);
    assertEquals(info, {
      path: "notes/hello.txt",
      name: "hello.txt",
      size: 5,
      lastModified: null,
      contentType: "text/plain",
      contentHash: "sha256:185f8db32271fe25f561a6fc938b2e264306ec304eda518007d1764826381969",
      metadata: { colour: "blue" },
    });
  });

  test("upload() replaces the file at the same path", async ({ source }) => {
    await source.upload("a.txt", "first, and longer", { metadata: { colour: "blue" } });
    await source.upload("a.txt", "second");
    assertEquals(toText(await source.read("a.txt")), "second");
    assertEquals((await source.stat("a.txt"))?.metadata, {});
  });

  test("upload() stores application/octet-stream when no type is given", async ({ source }) => {
    // Without an extension, as SeaweedFS 4.48 treats this type as unknown and guesses another from `.txt`.
    await source.upload("a", "A");
    assertEquals((await source.stat("a"))?.contentType, "application/octet-stream");
  });

  test("upload() stores cacheControl", async ({ source, store }) => {
    await source.upload("a.txt", "A", { cacheControl: "max-age=60" });
    const response = await store.fetch((await source.downloadUrl("a.txt")).url);
    await response.body?.cancel();
    assertEquals(response.headers.get("cache-control"), "max-age=60");
  });

  test("stat() describes a file", async ({ source }) => {
    const before = Date.now();
    const { etag } = await source.upload("notes/hello.txt", "Hello", {
      contentType: "text/plain",
      metadata: { colour: "blue", "Two-Words": "a b" },
    });
    const { lastModified, contentHash, ...info } = await source.stat("notes/hello.txt") ?? {};
    assertEquals(info, {
      path: "notes/hello.txt",
      name: "hello.txt",
      size: 5,
      contentType: "text/plain",
      etag,
      metadata: { colour: "blue", "two-words": "a b" },
    });
    assert(Math.abs((lastModified?.getTime() ?? 0) - before) < 60_000);
    assertEquals(contentHash, "sha256:185f8db32271fe25f561a6fc938b2e264306ec304eda518007d1764826381969");
  });

  test("stat() returns null for a missing file", async ({ source }) => {
    assertEquals(await source.stat("missing.txt"), null);
  });

  test("stat() returns null for a folder", async ({ source }) => {
    await source.upload("folder/a.txt", "A");
    assertEquals(await source.stat("folder"), null);
  });

  test("upload() stores a file beside a folder of the same name", async ({ source }) => {
    await source.upload("same/a.txt", "A");
    await source.upload("same", "file");
    assertEquals(toText(await source.read("same")), "file");
    assertEquals(toText(await source.read("same/a.txt")), "A");
    const { files, folders } = await source.list({ recursive: false });
    assertEquals([files.map((file) => file.path), folders], [["same"], ["same/"]]);
  });

  test("list() has the files of a folder beside a file of the same name", async ({ source }) => {
    await source.upload("same/a.txt", "A");
    await source.upload("same", "file");
    assertEquals((await source.list({ prefix: "same" })).files.map((file) => file.path), ["same", "same/a.txt"]);
    assertEquals((await source.folder("same").list()).files.map((file) => file.path), ["a.txt"]);
  });

  test("read() rejects with FileNotFoundError for a missing file", async ({ source }) => {
    const error = await assertRejects(() => source.read("missing.txt"), FileNotFoundError, '"missing.txt"');
    assertEquals([error.code, error.path, error.status], ["FileNotFound", "missing.txt", 404]);
  });

  test("read() gives back an empty file", async ({ source }) => {
    await source.upload("empty", "");
    assertEquals((await source.read("empty")).byteLength, 0);
    assertEquals((await source.stat("empty"))?.size, 0);
  });

  test("read() accepts a file of exactly maxBytes", async ({ source }) => {
    await source.upload("a", someBytes(1000));
    assertEquals((await source.read("a", { maxBytes: 1000 })).byteLength, 1000);
  });

  test("read() rejects with FileTooLargeError beyond maxBytes", async ({ source }) => {
    await source.upload("a", someBytes(1001));
    const error = await assertRejects(() => source.read("a", { maxBytes: 1000 }), FileTooLargeError, '"a"');
    assertEquals(error.path, "a");
  });

  test("read() accepts an empty file with maxBytes 0", async ({ source }) => {
    await source.upload("empty", "");
    assertEquals((await source.read("empty", { maxBytes: 0 })).byteLength, 0);
  });

  test("stream() delivers a file with its facts", async ({ source }) => {
    const bytes = someBytes(300_000);
    const { etag } = await source.upload("a.bin", bytes, { contentType: "image/x-test" });
    const { info, range, body } = await source.stream("a.bin");
    assertEquals([info.path, info.size, info.contentType, info.etag], ["a.bin", 300_000, "image/x-test", etag]);
    assertEquals(range, { offset: 0, length: 300_000 });
    assertEquals(await new Response(body).bytes(), bytes);
  });

  test("stream() delivers an empty file", async ({ source }) => {
    await source.upload("empty", "");
    const { range, body } = await source.stream("empty");
    assertEquals(range, { offset: 0, length: 0 });
    assertEquals((await new Response(body).bytes()).byteLength, 0);
  });

  test("stream() rejects with FileNotFoundError for a missing file", async ({ source }) => {
    await assertRejects(() => source.stream("missing.txt"), FileNotFoundError, '"missing.txt"');
  });

  test("stream() can be cancelled", async ({ source }) => {
    await source.upload("a", someBytes(3_000_000));
    const { body } = await source.stream("a");
    const reader = body.getReader();
    await reader.read();
    await reader.cancel();
  });

  test("read() with ifMatch reads the file of that etag", async ({ source }) => {
    const etag = (await source.upload("a", "first")).etag ?? "";
    assertEquals(toText(await source.read("a", { ifMatch: etag })), "first");
  });

  test("read() with ifMatch rejects with PreconditionFailedError after a change", async ({ source }) => {
    const etag = (await source.upload("a", "first")).etag ?? "";
    await source.upload("a", "second");
    await assertRejects(() => source.read("a", { ifMatch: etag }), PreconditionFailedError, '"a"');
  });

  test("upload() with ifNoneMatch creates a file", async ({ source }) => {
    await source.upload("a", "first", { ifNoneMatch: "*" });
    assertEquals(toText(await source.read("a")), "first");
  });

  test("upload() with ifNoneMatch keeps an existing file", async ({ source }) => {
    await source.upload("a", "first");
    await assertRejects(() => source.upload("a", "second", { ifNoneMatch: "*" }), PreconditionFailedError, '"a"');
    assertEquals(toText(await source.read("a")), "first");
  });

  test("upload() with ifMatch replaces the file of that etag", async ({ source }) => {
    const etag = (await source.upload("a", "first")).etag ?? "";
    await source.upload("a", "second", { ifMatch: etag });
    assertEquals(toText(await source.read("a")), "second");
  });

  test("upload() with ifMatch keeps a changed file", async ({ source }) => {
    const etag = (await source.upload("a", "first")).etag ?? "";
    await source.upload("a", "second");
    await assertRejects(() => source.upload("a", "third", { ifMatch: etag }), PreconditionFailedError, '"a"');
    assertEquals(toText(await source.read("a")), "second");
  });

  test("capabilities says what a source can do", ({ source }) => {
    assertEquals(source.capabilities, {
      canUpload: true,
      canDelete: true,
      canList: true,
      canGenerateSignedUrls: true,
      requiresProxyDownload: false,
      maxFileSizeBytes: source.capabilities.maxFileSizeBytes,
    });
    assert(source.capabilities.maxFileSizeBytes >= 5 * 1024 ** 4);
    return Promise.resolve();
  });

  test("connect() says where the source is", async ({ source, store, prefix }) => {
    const { bucket = "", endpointUrl = "" } = store.config;
    assertEquals(await source.connect(), {
      bucket: bucket ?? "",
      prefix,
      region: "us-east-1",
      endpoint: endpointUrl ?? "",
      expiresAt: null,
    });
  });
}
