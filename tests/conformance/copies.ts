import { assert, assertEquals, assertRejects } from "@std/assert";
import { FileNotFoundError, PreconditionFailedError } from "../../mod.ts";
import { type ConformanceTest, isSame, PART_BYTES, someBytes, toStream, toText } from "./suite.ts";

/** Copying and moving within a source. */
export function testCopies(test: ConformanceTest): void {
  test("move() keeps an original that somebody changes while it is copied", async ({ source: other, store, prefix, open }) => {
    await other.upload("a", "first");
    const source = open(prefix, {
      fetch: async (input, init) => {
        const response = await store.fetch(input, init);
        if (new Headers(init?.headers).has("x-amz-copy-source")) await other.upload("a", "second");
        return response;
      },
    });
    await assertRejects(() => source.move("a", "b"), PreconditionFailedError, "it changed while it was being copied");
    assertEquals(toText(await source.read("a")), "second");
    assertEquals(toText(await source.read("b")), "first");
  });

  test("move() keeps an original that somebody changes right before it is deleted", async ({ source: other, store, prefix, open }) => {
    await other.upload("a", "first");
    const source = open(prefix, {
      fetch: async (input, init) => {
        if (init?.method === "DELETE") await other.upload("a", "second");
        return await store.fetch(input, init);
      },
    });
    await assertRejects(() => source.move("a", "b"), PreconditionFailedError, "it changed while it was being copied");
    assertEquals(toText(await source.read("a")), "second");
  });

  test("copy() keeps content, type and metadata", async ({ source }) => {
    await source.upload("a.txt", "A", { contentType: "text/x-test", metadata: { colour: "blue" } });
    const info = await source.copy("a.txt", "folder/b.txt");
    assertEquals([info.path, info.name, info.size], ["folder/b.txt", "b.txt", 1]);
    const stat = await source.stat("folder/b.txt");
    assertEquals([stat?.contentType, stat?.metadata], ["text/x-test", { colour: "blue" }]);
    assertEquals(toText(await source.read("folder/b.txt")), "A");
    assertEquals(toText(await source.read("a.txt")), "A");
  });

  test("copy() keeps metadata of any text, also when it replaces another attribute", async ({ source }) => {
    const metadata = { colour: "bläu 東京 👋", two_words: "=?utf-8?q?x?=" };
    assertEquals((await source.upload("a", "A", { metadata })).metadata, metadata);
    await source.copy("a", "b");
    await source.copy("a", "c", { contentType: "text/x-other" });
    for (const path of ["a", "b", "c"]) assertEquals((await source.stat(path))?.metadata, metadata);
  });

  test("copy() of a file onto itself replaces its metadata, and nothing else", async ({ source }) => {
    const facts = {
      contentType: "text/x-test",
      cacheControl: "no-cache",
      metadata: { colour: "blue", shape: "round" },
    };
    await source.upload("a b", "A", facts);
    const info = await source.copy("a b", "a b", { metadata: { colour: "red" } });
    const stat = await source.stat("a b");
    assertEquals([info.metadata, stat?.metadata, stat?.contentType], [
      { colour: "red" },
      { colour: "red" },
      "text/x-test",
    ]);
    assertEquals(toText(await source.read("a b")), "A");
    await source.copy("a b", "a b", { metadata: {} });
    assertEquals((await source.stat("a b"))?.metadata, {});
  });

  test("copy() replaces the attributes that are given, and keeps the others", async ({ source }) => {
    const metadata = { colour: "blue" };
    await source.upload("a", "A", { contentType: "text/x-test", cacheControl: "no-cache", metadata });
    for (const to of ["b", "a"]) {
      const copied = await source.copy("a", to, { contentType: "text/x-other" });
      const stat = await source.stat(to);
      assertEquals([copied.contentType, copied.metadata], ["text/x-other", metadata]);
      assertEquals([stat?.contentType, stat?.metadata], ["text/x-other", metadata]);
      assertEquals(toText(await source.read(to)), "A");
    }
  });

  test("diagnose() finds that every condition is honoured, and leaves nothing behind", async ({ source, store, prefix }) => {
    const { checks, leftBehind } = await source.diagnose();
    assertEquals(checks.filter(({ name }) => /Match$/.test(name)).map(({ name, outcome }) => `${name} ${outcome}`), [
      "ifNoneMatch allowed",
      "ifMatch allowed",
      "multipartIfNoneMatch allowed",
      "copyIfNoneMatch allowed",
    ]);
    assertEquals([leftBehind, (await source.list()).files, await store.listUploads(prefix)], [[], [], []]);
  });

  for (const operation of ["copy", "move"] as const) {
    test(`${operation}() with ifNoneMatch keeps the file at its target`, async ({ source }) => {
      await source.upload("a", "A");
      await source.upload("b", "B");
      await assertRejects(() => source[operation]("a", "b", { ifNoneMatch: "*" }), PreconditionFailedError, '"b"');
      assertEquals(toText(await source.read("b")), "B");
      assertEquals(toText(await source.read("a")), "A");
      await source[operation]("a", "c", { ifNoneMatch: "*" });
      assertEquals(toText(await source.read("c")), "A");
    });

    test(`${operation}() with ifMatch keeps a changed file at its target`, async ({ source }) => {
      await source.upload("a", "A");
      const ifMatch = (await source.upload("b", "first")).etag ?? "";
      await source.upload("b", "second");
      await assertRejects(() => source[operation]("a", "b", { ifMatch }), PreconditionFailedError, '"b"');
      assertEquals(toText(await source.read("b")), "second");
    });

    test(`${operation}() with ifMatch replaces the file of that etag at its target`, async ({ source }) => {
      await source.upload("a", "A");
      const ifMatch = (await source.upload("b", "B")).etag ?? "";
      await source[operation]("a", "b", { ifMatch });
      assertEquals(toText(await source.read("b")), "A");
    });
  }

  test("copy() replaces the file at its target", async ({ source }) => {
    await source.upload("a", "A");
    await source.upload("b", "B");
    await source.copy("a", "b");
    assertEquals(toText(await source.read("b")), "A");
  });

  for (const name of ["a b+c", "100%", "%2e%2e", "a?versionId=1", "a#b", "ü 😀", "it's <&>", "a\\b", "日本/語"]) {
    test(`copy() takes the name ${JSON.stringify(name)} on both sides`, async ({ source }) => {
      await source.upload(name, name);
      await source.copy(name, `to/${name}`);
      assertEquals(toText(await source.read(`to/${name}`)), name);
    });
  }

  test("copy() takes a file that was sent in parts", async ({ prefix, open }) => {
    const source = open(prefix, { upload: { partSizeBytes: PART_BYTES } });
    const content = someBytes(PART_BYTES + 1);
    await source.upload("a", toStream(content));
    await source.copy("a", "b");
    assert(isSame(await source.read("b"), content));
  });

  test("copy() rejects with FileNotFoundError for a missing file", async ({ source }) => {
    await assertRejects(() => source.copy("missing", "b"), FileNotFoundError, '"missing"');
    assertEquals(await source.stat("b"), null);
  });

  test("move() leaves the file at its target only", async ({ source }) => {
    await source.upload("a b", "A", { contentType: "text/x-test", metadata: { colour: "blue" } });
    const info = await source.move("a b", "c+d");
    assertEquals([info.path, info.size], ["c+d", 1]);
    assertEquals((await source.list()).files.map((file) => file.path), ["c+d"]);
    const stat = await source.stat("c+d");
    assertEquals([stat?.contentType, stat?.metadata], ["text/x-test", { colour: "blue" }]);
  });

  test("move() rejects with FileNotFoundError for a missing file", async ({ source }) => {
    await source.upload("b", "B");
    await assertRejects(() => source.move("missing", "b"), FileNotFoundError, '"missing"');
    assertEquals(toText(await source.read("b")), "B");
  });

  test("move() onto itself keeps the file", async ({ source }) => {
    await source.upload("a", "A");
    await source.move("a", "a").catch(() => {});
    assertEquals(toText(await source.read("a")), "A");
  });

  test("move() between paths that differ only in slashes loses nothing", async ({ source }) => {
    await source.upload("a/b", "A");
    for (const to of ["a//b", "a/b/", "a\\b"]) {
      await source.move("a/b", to).catch(() => {});
      await source.move(to, "a/b").catch(() => {});
      assertEquals(toText(await source.read("a/b")), "A");
    }
  });
}
