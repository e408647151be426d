import { assert, assertEquals, assertRejects } from "@std/assert";
import { createStorage, prefixStorage, restoreSnapshot, snapshot, type Storage } from "unstorage";
import type { S3Source } from "../../mod.ts";
import { s3SourceDriver } from "../../src/adapters/unstorage.ts";
import { startStorageServer } from "./storage_server.ts";

/**
 * Registers tests of everything that unstorage documents for a storage, on a source of a store.
 *
 * @param open Returns the source of an empty folder.
 */
export function testStorage(store: string, open: () => S3Source): void {
  const test = (name: string, act: (storage: Storage, source: S3Source) => Promise<void>) =>
    Deno.test(`s3SourceDriver() ${name} on ${store}`, async () => {
      const source = open();
      await act(createStorage({ driver: s3SourceDriver(source) }), source);
    });
  const sorted = async (keys: Promise<string[]>) => (await keys).toSorted();

  test("stores and returns values of all types", async (storage) => {
    const values = ["text", "", 0, 1.5, false, true, null, { a: [1, { b: "ü" }] }, [1, 2]];
    for (const [index, value] of values.entries()) {
      await storage.setItem(`v:${index}`, value);
      // unstorage parses what it reads: an empty text stays one.
      assertEquals(await storage.getItem(`v:${index}`), value);
    }
    await storage.setItem("json", { toJSON: () => ({ kept: true }) });
    assertEquals(await storage.getItem("json"), { kept: true });
    class Opaque {}
    await assertRejects(() => storage.setItem("opaque", new Opaque()), Error, "Cannot stringify value");
    assertEquals(await storage.hasItem("opaque"), false);
  });

  test("has null for what is missing, and removes what is set to undefined", async (storage) => {
    assertEquals([await storage.getItem("a"), await storage.getItemRaw("a"), await storage.hasItem("a")], [
      null,
      null,
      false,
    ]);
    assertEquals(Object.keys(await storage.getMeta("a")), []);
    assertEquals(await storage.getKeys(), []);
    await storage.removeItem("a");
    await storage.clear();
    await storage.setItem("a", "1");
    await storage.setItemRaw("b", "2");
    assertEquals(await sorted(storage.getKeys()), ["a", "b"]);
    await storage.setItem("a", undefined as unknown as string);
    await storage.setItemRaw("b", undefined);
    assertEquals(await storage.getKeys(), []);
  });

  test("treats a:b, a/b, /a/b/ and a:b?query as one key, and a/b as its path", async (storage, source) => {
    await storage.setItem("a:b.txt", "1");
    for (const key of ["a:b.txt", "a/b.txt", "/a/b.txt/", "a\\b.txt", ":a::b.txt", "a:b.txt?q=1"]) {
      assertEquals([key, await storage.getItem(key)], [key, 1]);
    }
    const { files } = await source.list();
    assertEquals(files.map(({ path }) => path), ["a/b.txt"]);
    assertEquals((await source.stat("a/b.txt"))?.contentType, "text/plain; charset=utf-8");
  });

  test("keeps raw values byte by byte", async (storage) => {
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
    const values = [bytes, bytes.buffer, bytes.subarray(3, 200), new Blob([bytes]), new Blob([bytes]).stream(), "ü"];
    for (const value of values) {
      const expected = value instanceof ReadableStream
        ? bytes
        : new Uint8Array(await new Response(value).arrayBuffer());
      await storage.setItemRaw("raw", value);
      assertEquals(await storage.getItemRaw("raw"), expected);
    }
    await storage.setItemRaw("raw", bytes);
    const stream = await storage.getItemRaw("raw", { type: "stream" });
    assert(stream instanceof ReadableStream);
    assertEquals(new Uint8Array(await new Response(stream).arrayBuffer()), bytes);
    assertEquals(await storage.getItemRaw("none", { type: "stream" }), null);
    await storage.setItemRaw("empty", new Uint8Array());
    assertEquals(await storage.getItemRaw("empty"), new Uint8Array());
  });

  test("stores and returns many values at a time, each with its options", async (storage, source) => {
    await storage.setItems<string | { two: number }>([
      { key: "t:1", value: "one" },
      { key: "t:2", value: { two: 2 }, options: { contentType: "application/x-two" } },
    ], { metadata: { by: "ines" } });
    assertEquals(await storage.getItems(["t:1", { key: "t/2?q" }, "t:3"]), [
      { key: "t:1", value: "one" },
      { key: "t:2", value: { two: 2 } },
      { key: "t:3", value: null },
    ]);
    const info = await source.stat("t/2");
    assertEquals([info?.contentType, info?.metadata["by"]], ["application/x-two", "ines"]);
  });

  test("has metadata of its own and of setMeta", async (storage) => {
    const before = Date.now();
    await storage.setItemRaw("a.png", new Uint8Array(7), { metadata: { author: "Ines", size: "other" } });
    await storage.setMeta("a.png", { note: "mine", mtime: new Date(0) });
    const native = await storage.getMeta("a.png", { nativeOnly: true });
    const { mtime, etag } = native;
    assert(mtime instanceof Date && Math.abs(mtime.getTime() - before) < 60_000);
    assert(typeof etag === "string" && etag.startsWith('"'));
    const { author, size, contentType } = native;
    assertEquals({ author, size, contentType }, { author: "Ines", size: 7, contentType: "image/png" });
    const { note, mtime: own, size: still } = await storage.getMeta("a.png");
    assertEquals({ note, own, still }, { note: "mine", own: new Date(0), still: 7 });
    assertEquals(await storage.getKeys(), ["a.png"]);
    await storage.removeMeta("a.png");
    assertEquals((await storage.getMeta("a.png"))["note"], undefined);
    await storage.setMeta("a.png", { note: "again" });
    await storage.removeItem("a.png", { removeMeta: true });
    assertEquals(Object.keys(await storage.getMeta("a.png")), []);
  });

  test("lists the keys below a base and up to a depth", async (storage) => {
    for (const key of ["a", "s:1", "s:t:2", "s:t:u:3", "s2:4"]) await storage.setItem(key, key);
    assertEquals(await sorted(storage.getKeys()), ["a", "s2:4", "s:1", "s:t:2", "s:t:u:3"]);
    assertEquals(await sorted(storage.getKeys("s")), ["s:1", "s:t:2", "s:t:u:3"]);
    assertEquals(await sorted(storage.keys("s/t/")), ["s:t:2", "s:t:u:3"]);
    assertEquals(await storage.getKeys("none"), []);
    assertEquals(await storage.getKeys(undefined, { maxDepth: 0 }), ["a"]);
    assertEquals(await sorted(storage.getKeys("", { maxDepth: 1 })), ["a", "s2:4", "s:1"]);
    assertEquals(await sorted(storage.getKeys("s", { maxDepth: 2 })), ["s:1", "s:t:2"]);
  });

  test("can be mounted beside others, cleared alone and unmounted", async (storage, source) => {
    const mounted = createStorage();
    const driver = s3SourceDriver(source);
    mounted.mount("files", driver);
    assertEquals(mounted.getMount("files:a:b"), { base: "files:", driver });
    assertEquals(mounted.getMounts("files"), [{ base: "files:", driver }]);
    await mounted.setItem("files:a:b", "here");
    await mounted.setItem("other", "in memory");
    assertEquals(await storage.getItem("a:b"), "here");
    assertEquals(await sorted(mounted.getKeys()), ["files:a:b", "other"]);
    assertEquals(await mounted.getKeys("files:a"), ["files:a:b"]);
    assertEquals(await mounted.getKeys("files", { maxDepth: 1 }), []);
    await mounted.clear("files");
    assertEquals([await mounted.getKeys(), await storage.getKeys()], [["other"], []]);
    await mounted.setItem("files:c", "kept");
    await mounted.unmount("files");
    assertEquals([await mounted.getItem("files:c"), await storage.getItem("c")], [null, "kept"]);
    await mounted.dispose();
    await storage.dispose();
    assertEquals(await storage.getItem("c"), "kept");
  });

  test("clears all, or what is below a base, with the metadata", async (storage, source) => {
    const files = ["a", "b", "b$", "b/c", "b2/d", "b/x:y", "b//z"];
    const driver = s3SourceDriver(source);
    for (const path of files) await source.upload(path, path);
    await driver.clear("b:");
    const left = await source.list();
    assertEquals(left.files.map(({ path }) => path), ["a", "b", "b$", "b2/d"]);
    await storage.clear();
    assertEquals((await source.list()).files, []);
    await storage.clear();
  });

  test("is watched for what this storage writes", async (storage) => {
    const events: [string, string][] = [];
    const stop = await storage.watch((event, key) => events.push([event, key]));
    await storage.setItem("a:b", 1);
    await storage.setItemRaw("c", "2");
    await storage.removeItem("a/b");
    await stop();
    await storage.setItem("d", 1);
    assertEquals(events, [["update", "a:b"], ["update", "c"], ["remove", "a:b"]]);
    await storage.watch(() => {});
    await storage.unwatch();
  });

  test("works with snapshots", async (storage) => {
    const values = { "a": "1", "b:c": { d: true }, "ü:日本": ["x"] };
    await restoreSnapshot(storage, values, "backup");
    const copy: Record<string, unknown> = await snapshot(storage, "backup");
    assertEquals(copy, { ...values, a: 1 });
    assertEquals(await sorted(storage.getKeys()), ["backup:a", "backup:b:c", "backup:ü:日本"]);
  });

  test("works with a prefix", async (storage) => {
    const users = prefixStorage<string | { n: number }>(storage, "users");
    await users.setItem("ada", { n: 1 });
    await users.setItems([{ key: "bob", value: "B" }]);
    await storage.setItem("usersx", "not below it");
    assertEquals(await storage.getItem("users:ada"), { n: 1 });
    assertEquals(await users.getItems(["ada", "bob"]), [{ key: "ada", value: { n: 1 } }, { key: "bob", value: "B" }]);
    assertEquals(await sorted(users.getKeys()), ["ada", "bob"]);
    assertEquals(await users.has("ada"), true);
    await users.remove("ada");
    await users.del("bob");
    assertEquals(await storage.keys(), ["usersx"]);
  });

  test("expires values stored with ttl", async (storage) => {
    await storage.setItem("session", "x", { ttl: 1 });
    await storage.setItem("kept", "y", { ttl: 1000 });
    const { ttl } = await storage.getMeta("kept");
    assert(typeof ttl === "number" && ttl > 900 && ttl <= 1000);
    while (await storage.hasItem("session")) await new Promise((resolve) => setTimeout(resolve, 50));
    assertEquals([await storage.getItem("session"), await storage.getItemRaw("session")], [null, null]);
    assertEquals([await storage.hasItem("session"), Object.keys(await storage.getMeta("session"))], [false, []]);
    assertEquals(await storage.getItem("kept"), "y");
    await storage.setItem("session", "z");
    assertEquals(await storage.getItem("session"), "z");
  });

  test("serves unstorage's own HTTP server and its client", async (storage) => {
    await using server = await startStorageServer(storage);
    const { remote, url } = server;
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
    await remote.setItem("a:b c?", { n: 1 });
    await remote.setItemRaw("a:ü.bin", bytes);
    assertEquals(await storage.getItem("a:b c"), { n: 1 });
    assertEquals(await remote.getItem("a:b c"), { n: 1 });
    assertEquals(new Uint8Array(await remote.getItemRaw<ArrayBuffer>("a:ü.bin") ?? []), bytes);
    assertEquals(await sorted(remote.getKeys("a")), ["a:b c", "a:ü.bin"]);
    assertEquals([await remote.hasItem("a:b c"), await remote.hasItem("none"), await remote.getItem("none")], [
      true,
      false,
      null,
    ]);
    await remote.setItem("session", "x", { ttl: 100 });
    const { ttl, mtime } = await remote.getMeta("session");
    assert(mtime instanceof Date && typeof ttl === "number" && ttl > 90);
    for (const path of ["..%2Fteam-2%2Fa", "a/%2e%2e/%2e%2e/b", "%2E%2E:a"]) {
      const response = await fetch(`${url}/${path}`);
      await response.body?.cancel();
      assertEquals([path, response.status >= 400], [path, true]);
    }
    await remote.removeItem("session");
    await remote.clear();
    assertEquals(await storage.getKeys(), []);
  });
}
