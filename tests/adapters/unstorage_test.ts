import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { createStorage, defineDriver, type Driver } from "unstorage";
import {
  AccessDeniedError,
  ConfigError,
  createS3Source,
  IntegrityError,
  InvalidArgumentError,
  InvalidPathError,
  PreconditionFailedError,
  type S3Source,
  ServiceError,
} from "../../mod.ts";
import { s3SourceDriver } from "../../src/adapters/unstorage.ts";
import { createMemoryS3 } from "../../src/testing/mod.ts";
import { testStorage } from "./unstorage_suite.ts";

testStorage("an in-memory S3", () => {
  const s3 = createMemoryS3();
  return createS3Source({ ...s3.config, prefix: "team" }, { fetch: s3.fetch });
});

function createWorld(config: { bucket?: string } = {}) {
  const s3 = createMemoryS3();
  const source = createS3Source({ ...s3.config, prefix: "team", ...config }, {
    fetch: s3.fetch,
    retry: { maxAttempts: 1 },
  });
  const driver = s3SourceDriver(source);
  return { s3, source, driver, storage: createStorage({ driver }) };
}

Deno.test("s3SourceDriver() is a driver and a driver's factory by unstorage's types", () => {
  const { source } = createWorld();
  const factory = defineDriver<S3Source | (() => S3Source), S3Source>(s3SourceDriver);
  const driver: Driver<unknown, S3Source> = factory(source);
  assertEquals(driver.getInstance?.(), source);
  const { name, watch, dispose } = driver;
  assertEquals({ name, watch, dispose }, { name: "s3-source", watch: undefined, dispose: undefined });
});

const HOSTILE_KEYS = [
  "..",
  "a:..",
  "..:team-2:a",
  "../team-2/a",
  "a:..:..:..:root.txt",
  "a\\..\\..\\b",
  ".",
  "a:.:b",
  "",
  ":",
  "/",
  "::",
  "a\u0000b",
  "a\nb",
  "\ud800",
  "x".repeat(1025),
];

for (const key of HOSTILE_KEYS) {
  Deno.test(`s3SourceDriver() refuses the key ${JSON.stringify(key.slice(0, 20))} before any request`, async () => {
    const { s3, driver, storage } = createWorld();
    const calls = [driver.getItem, driver.getItemRaw, driver.hasItem, driver.getMeta, driver.removeItem];
    for (const call of calls) await assertRejects(() => call(key), InvalidPathError);
    await assertRejects(() => driver.setItem(key, "x"), InvalidPathError);
    await assertRejects(() => driver.setItemRaw(key, "x"), InvalidPathError);
    // unstorage itself already refuses some of them.
    await assertRejects(() => storage.setItem(key, "x"));
    await assertRejects(() => storage.setMeta(key, { a: 1 }).then(() => storage.getItem(key)));
    assertEquals(s3.requests.filter(({ key: sent }) => sent !== "team/$"), []);
  });
}

Deno.test("s3SourceDriver() lists and clears nothing beyond the source", async () => {
  const { s3, driver, storage } = createWorld();
  const others = ["team-2/a", "root.txt", "Team/a", "teams"];
  for (const key of others) s3.putObject({ bucket: "bucket", key, body: "not yours" });
  for (const base of ["..", "..:", "a:..:", "../team-2"]) {
    await assertRejects(() => driver.getKeys(base), InvalidPathError);
    await assertRejects(() => driver.clear(base), InvalidPathError);
  }
  for (const base of ["", ":", "/", "::"]) assertEquals(await driver.getKeys(base), []);
  await storage.clear();
  assertEquals(s3.listKeys("bucket").toSorted(), others.toSorted());
});

Deno.test("s3SourceDriver() lists and clears more keys than a page has", async () => {
  const { s3, storage } = createWorld();
  for (let index = 0; index < 2500; index++) s3.putObject({ bucket: "bucket", key: `team/i/${index}`, body: "" });
  assertEquals((await storage.getKeys("i")).length, 2500);
  await storage.clear();
  assertEquals(s3.listKeys("bucket"), []);
});

Deno.test("s3SourceDriver() keeps unusual keys apart", async () => {
  const { storage, driver } = createWorld();
  const keys = [
    "ü:日本:🎉",
    "e\u0301",
    "\u00e9",
    "a b",
    "%2e%2e:a",
    "..a:b..",
    "...",
    "a%2Fb",
    "a+b&c=<d>#'\"",
    "$",
    "a$b",
  ];
  for (const key of keys) await storage.setItem(key, { key });
  for (const key of keys) assertEquals(await storage.getItem(key), { key });
  // unstorage hides keys that end in "$": metadata.
  assertEquals((await storage.getKeys()).toSorted(), keys.filter((key) => key !== "$").toSorted());
  assertEquals((await driver.getKeys()).toSorted(), keys.toSorted());
});

Deno.test("s3SourceDriver() lists only keys that lead back to their file", async () => {
  const { s3, source, storage } = createWorld();
  for (const path of ["a/b", "a:b", "a//c", "dir/", "q?x", "back\\slash"]) {
    s3.putObject({ bucket: "bucket", key: `team/${path}`, body: path });
  }
  assertEquals(await storage.getKeys(), ["a:b"]);
  assertEquals(await storage.getItem("a:b"), "a/b");
  await storage.clear();
  assertEquals((await source.list()).files, []);
});

Deno.test("s3SourceDriver() sends one request for each item, with what its options say", async () => {
  const { s3, storage } = createWorld();
  const metadata = { author: "Ines" };
  const options = { contentType: "text/x-note", cacheControl: "no-store", metadata, ttl: undefined, type: "other" };
  await storage.setItem("a:b", "text", options);
  await storage.getItem("a:b");
  await storage.getItemRaw("a:b");
  await storage.hasItem("a:b");
  await storage.getMeta("a:b", { nativeOnly: true });
  await storage.getKeys("a");
  await storage.removeItem("a:b");
  assertEquals(s3.requests.map(({ method, key }) => `${method} ${key}`), [
    "PUT team/a/b",
    "GET team/a/b",
    "GET team/a/b",
    "HEAD team/a/b",
    "HEAD team/a/b",
    "GET ",
    "DELETE team/a/b",
  ]);
  assertEquals(new URLSearchParams(s3.requests[5]?.query).get("prefix"), "team/a/");
  const { headers } = s3.requests[0] ?? {};
  const sent = ["content-type", "cache-control", "x-amz-meta-author"].map((name) => headers?.[name]);
  assertEquals(sent, ["text/x-note", "no-store", "Ines"]);
});

Deno.test("s3SourceDriver() stores the end of an item's life, to the millisecond", async () => {
  using time = new FakeTime("2030-01-01T00:00:00Z");
  const { s3, driver } = createWorld();
  await driver.setItem("a", "x", { ttl: 60, metadata: { author: "Ines" } });
  const { metadata } = s3.getObject("bucket", "team/a") ?? {};
  assertEquals(metadata?.["unstorage-expires-at"], "2030-01-01T00:01:00.000Z");
  time.tick(59_999);
  const meta = await driver.getMeta("a");
  assertEquals([await driver.getItem("a"), await driver.hasItem("a"), meta?.ttl, meta?.["author"]], [
    "x",
    true,
    1,
    "Ines",
  ]);
  assertEquals(meta?.["unstorage-expires-at"], undefined);
  time.tick(1);
  assertEquals([await driver.getItem("a"), await driver.getItemRaw("a"), await driver.hasItem("a")], [
    null,
    null,
    false,
  ]);
  assertEquals([await driver.getMeta("a"), await driver.getKeys()], [null, ["a"]]);
  await assertRejects(() => driver.setItem("a", "y", { ifNoneMatch: "*" }), PreconditionFailedError);
  s3.putObject({ bucket: "bucket", key: "team/b", body: "b", metadata: { "unstorage-expires-at": "soon" } });
  assertEquals([await driver.getItem("b"), "ttl" in (await driver.getMeta("b") ?? {})], ["b", false]);
});

Deno.test("s3SourceDriver() refuses a ttl that is no time, and takes 0 for none", async () => {
  const { s3, driver } = createWorld();
  for (const ttl of [-1, NaN, Infinity, 1e300, "60", {}, null] as number[]) {
    const error = await assertRejects(() => driver.setItem("a", "x", { ttl }), InvalidArgumentError);
    assertEquals(error.message, 'Cannot store "a": "ttl" must be a number of seconds greater than 0');
  }
  assertEquals(s3.requests, []);
  await driver.setItem("a", "x", { ttl: 0 });
  assertEquals((await driver.getMeta("a"))?.ttl, undefined);
});

Deno.test("s3SourceDriver() writes on conditions, and stops with a signal", async () => {
  const { driver } = createWorld();
  await driver.setItem("lock", "1", { ifNoneMatch: "*" });
  await assertRejects(() => driver.setItem("lock", "2", { ifNoneMatch: "*" }), PreconditionFailedError);
  const meta = await driver.getMeta("lock");
  const ifMatch = meta?.etag ?? "";
  await driver.setItemRaw("lock", "3", { ifMatch });
  await assertRejects(() => driver.setItemRaw("lock", "4", { ifMatch }), PreconditionFailedError);
  assertEquals(await driver.getItem("lock"), "3");
  const signal = AbortSignal.abort(new Error("enough"));
  const { getItem, getItemRaw, hasItem, getMeta, removeItem } = driver;
  for (const call of [getItem, getItemRaw, hasItem, getMeta, removeItem]) {
    await assertRejects(() => call("lock", { signal }), Error, "enough");
  }
  await assertRejects(() => driver.setItem("lock", "5", { signal }), Error, "enough");
  await assertRejects(() => driver.getKeys("", { signal }), Error, "enough");
  await assertRejects(() => driver.clear("", { signal }), Error, "enough");
  assertEquals(await driver.getItem("lock"), "3");
});

Deno.test("s3SourceDriver() refuses raw values that are no bytes, and says so", async () => {
  const { s3, storage } = createWorld();
  for (const value of [null, 7, true, { a: 1 }, [1, 2]]) {
    await assertRejects(() => storage.setItemRaw("a", value), InvalidArgumentError, 'Cannot upload "a"');
  }
  assertEquals(s3.requests, []);
});

Deno.test("s3SourceDriver() returns text of any bytes", async () => {
  const { storage } = createWorld();
  await storage.setItemRaw("a", new Uint8Array([0x61, 0xff, 0x62]));
  assertEquals(await storage.getItem("a"), "a\ufffdb");
});

Deno.test("s3SourceDriver() fails as the source does, and mistakes no failure for a missing item", async () => {
  const missing = createWorld({ bucket: "none" });
  const calls = [missing.driver.getItem, missing.driver.getItemRaw, missing.driver.hasItem, missing.driver.getMeta];
  for (const call of calls) {
    const error = await assertRejects(() => call("a"), ServiceError);
    assertEquals(error.code, "NoSuchBucket");
  }
  const { s3, driver, storage } = createWorld();
  await storage.setItem("a", "1");
  await storage.setItem("b", "2");
  s3.credentials.set(s3.config.accessKeyId, { secretAccessKey: s3.config.secretAccessKey, prefix: "elsewhere/" });
  await assertRejects(() => storage.getItem("a"), AccessDeniedError);
  await assertRejects(() => storage.hasItem("a"), AccessDeniedError);
  await assertRejects(() => driver.clear(), AccessDeniedError);
});

Deno.test("s3SourceDriver() fails for a value whose checksum does not match", async () => {
  const { s3, driver } = createWorld();
  const metadata = { sha256: "0".repeat(64) };
  s3.putObject({ bucket: "bucket", key: "team/a", body: "damaged", metadata });
  await assertRejects(() => driver.getItem("a"), IntegrityError);
  await assertRejects(() => driver.getItemRaw("a"), IntegrityError);
});

Deno.test("s3SourceDriver() sends 32 requests at a time, whatever unstorage starts, and goes on after failures", async () => {
  const s3 = createMemoryS3();
  const counts = { running: 0, most: 0, total: 0 };
  const source = createS3Source(s3.config, {
    async fetch(input, init) {
      counts.most = Math.max(counts.most, ++counts.running);
      try {
        await new Promise((resolve) => setTimeout(resolve, 1));
        if (++counts.total % 3 === 0) return new Response(null, { status: 418 });
        return await s3.fetch(input, init);
      } finally {
        counts.running--;
      }
    },
  });
  const storage = createStorage({ driver: s3SourceDriver(source) });
  const settled = await Promise.allSettled(Array.from({ length: 300 }, (_, index) => storage.setItem(`i:${index}`, 1)));
  assertEquals(counts, { running: 0, most: 32, total: 300 });
  assertEquals(settled.filter(({ status }) => status === "rejected").length, 100);
  assertEquals(s3.listKeys("bucket").length, 200);
});

Deno.test("s3SourceDriver() lets streams wait without holding up other items", async () => {
  const { driver } = createWorld();
  await driver.setItem("a", "1");
  const streams = await Promise.all(Array.from({ length: 100 }, () => driver.getItemRaw("a", { type: "stream" })));
  assertEquals(await driver.getItem("a"), "1");
  for (const stream of streams) if (stream instanceof ReadableStream) await stream.cancel();
});

Deno.test("s3SourceDriver() creates the source when it is first needed, and once", async () => {
  const { source } = createWorld();
  let created = 0;
  const driver = s3SourceDriver(() => {
    created++;
    return source;
  });
  assertEquals(created, 0);
  await Promise.all([driver.setItem("a", "1"), driver.setItem("b", "2"), driver.getItem("a")]);
  assertEquals([created, driver.getInstance()], [1, source]);
  const broken = s3SourceDriver(() => createS3Source({ bucket: "" }));
  await assertRejects(() => broken.getItem("a"), ConfigError);
  assertThrows(() => broken.getInstance(), ConfigError);
  for (const other of [undefined, null, {}, { bucket: "media" }, "media"] as unknown as S3Source[]) {
    assertThrows(() => s3SourceDriver(other), ConfigError, "pass what createS3Source returns");
    await assertRejects(
      () => s3SourceDriver(() => other).hasItem("a"),
      ConfigError,
      "pass what createS3Source returns",
    );
  }
});
