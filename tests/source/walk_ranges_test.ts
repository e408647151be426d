import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { AccessDeniedError, createS3Source, type S3Source, ScopeChangedError, ServiceError } from "../../mod.ts";
import { combineFetch, createFakeBroker } from "../../src/testing/mod.ts";
import { createMemoryS3 } from "../../src/testing/memory_s3/memory_s3.ts";
import { sortedStore } from "../support/sorted_store.ts";
import { s3Error } from "../support/stub_fetch.ts";

async function pathsOf(source: S3Source, concurrency: number, prefix?: string): Promise<string[]> {
  return await Array.fromAsync(source.walk({ prefix, concurrency }), ({ path }) => path);
}

const numbered = (count: number) => Array.from({ length: count }, (_, index) => String(index).padStart(5, "0"));
const HUNDREDS = numbered(300);

// Beyond the Basic Multilingual Plane, in UTF-16 before `\uff5e`, in UTF-8 after it.
const PIECES = [
  "a",
  "b",
  "0",
  "9",
  "~",
  " ",
  "/x",
  "/y",
  "-",
  ".b",
  "-1/",
  "é",
  "\uff5e",
  "\u{1f600}",
  "long-beginning/",
  "%",
  "+",
];
const PATHS = fc.uniqueArray(
  fc.array(fc.constantFrom(...PIECES), { maxLength: 6 }).map((pieces) => `a${pieces.join("")}`),
  { maxLength: 60, size: "max" },
).filter((paths) => paths.every((path) => !path.includes("//")));

for (const order of ["bytes", "units", "folders"] as const) {
  Deno.test(`walk() with concurrency lists any files once, in the order of ${order}`, async () => {
    const sizes = fc.record({ pageKeys: fc.integer({ min: 1, max: 5 }), concurrency: fc.integer({ min: 2, max: 9 }) });
    await fc.assert(
      fc.asyncProperty(PATHS, sizes, fc.constantFrom("", "a", "ab", "along-beginning/", "a\u{1f600}"), async (
        paths,
        { pageKeys, concurrency },
        prefix,
      ) => {
        const store = sortedStore(paths, { pageKeys, order });
        const expected = store.paths.filter((path) =>
          path.startsWith(prefix) && !(path === prefix && path.endsWith("/"))
        );
        assertEquals(await pathsOf(store.source, concurrency, prefix), expected);
        assert(store.mostAtOnce() <= concurrency, `${store.mostAtOnce()}`);
      }),
      { numRuns: 200 },
    );
  });
}

const SETS: Record<string, string[]> = {
  "flat numbers": HUNDREDS,
  "hashes": Array.from({ length: 300 }, (_, index) => (index * 2_654_435_761 % 2 ** 32).toString(16).padStart(8, "0")),
  "few folders": HUNDREDS.map((name, index) => `${["raw", "done", "old"][index % 3]}/2026/${name}.json`),
};

for (const [name, paths] of Object.entries(SETS)) {
  Deno.test(`walk() with concurrency takes a fraction of the round trips, and few more requests [${name}]`, async () => {
    const store = sortedStore(paths);
    assertEquals(await pathsOf(store.source, 8), store.paths);
    assert(store.rounds() <= 35, `${store.rounds()} instead of 100`);
    assert(store.requests.length <= 180, `${store.requests.length} instead of 100`);
    assertEquals(store.mostAtOnce(), 8);
  });
}

Deno.test("walk() with concurrency starts nowhere that a folder could have as its name", async () => {
  const store = sortedStore(HUNDREDS.map((name, index) => `${index % 10}/${name}`), { order: "folders" });
  assertEquals(await pathsOf(store.source, 8), store.paths);
});

Deno.test("walk() with concurrency sends one request for files that fit on a page, and for none", async () => {
  for (const paths of [["a", "b"], []]) {
    const store = sortedStore(paths);
    assertEquals(await pathsOf(store.source, 8), paths);
    assertEquals(store.requests.length, 1);
  }
});

Deno.test("walk() with concurrency 1 sends what it does without", async () => {
  const [one, other] = [sortedStore(HUNDREDS), sortedStore(HUNDREDS)];
  assertEquals(await pathsOf(one.source, 1), await Array.fromAsync(other.source.walk(), ({ path }) => path));
  assertEquals(one.requests.map(String), other.requests.map(String));
  assertEquals(one.mostAtOnce(), 1);
});

const REFUSED: Record<string, Parameters<typeof sortedStore>[1]> = {
  "ignores": { startAfter: () => "" },
  "refuses": { answer: (query) => query.has("start-after") ? s3Error(501, "NotImplemented") : undefined },
};

for (const [verb, habits] of Object.entries(REFUSED)) {
  Deno.test(`walk() with concurrency lists one page after another if the store ${verb} start-after`, async () => {
    const store = sortedStore(HUNDREDS, habits);
    assertEquals(await pathsOf(store.source, 4), store.paths);
    const refused = store.requests.filter((query) => query.has("start-after")).length;
    // Once more without `encoding-type`, which may be what is refused.
    assertEquals([refused, store.requests.length], verb === "refuses" ? [6, 106] : [3, 103]);
  });
}

Deno.test("walk() with concurrency rejects if the store no longer starts after a given key", async () => {
  const store = sortedStore(HUNDREDS, { startAfter: (key, count) => count < 12 ? key : "" });
  await assertRejects(() => pathsOf(store.source, 4), ServiceError, "the store also lists others");
});

Deno.test("walk() with concurrency goes on by markers where there is no ListObjectsV2", async () => {
  const store = sortedStore(HUNDREDS, { isOld: true });
  assertEquals(await pathsOf(store.source, 8), store.paths);
  assert(store.requests.length < 180 && store.rounds() < 40, `${store.rounds()}`);
});

Deno.test("walk() with concurrency has the files before a failure, then rejects, and stops its requests", async () => {
  const answer = (query: URLSearchParams) =>
    (query.get("continuation-token") ?? "") > "team/00200" ? s3Error(403, "AccessDenied") : undefined;
  const store = sortedStore(HUNDREDS, { answer });
  const found: string[] = [];
  await assertRejects(async () => {
    for await (const { path } of store.source.walk({ concurrency: 4 })) found.push(path);
  }, AccessDeniedError);
  assertEquals(found, HUNDREDS.slice(0, found.length));
  assert(found.length > 200 && found.length < 300, `${found.length}`);
  await assertNoMore(store.requests);
});

Deno.test("walk() with concurrency requests no more while its pages are not used", async () => {
  const store = sortedStore(numbered(3000));
  const files = store.source.walk({ concurrency: 4 })[Symbol.asyncIterator]();
  for (let count = 0; count < 10; count++) await files.next();
  await settle(store.requests);
  assert(store.requests.length < 60, `${store.requests.length} of 1,000`);
  await files.return?.();
  await assertNoMore(store.requests);
});

Deno.test("walk() with concurrency that is aborted rejects with the reason", async () => {
  const store = sortedStore(numbered(3000));
  const leaving = new AbortController();
  const reason = new Error("enough");
  let count = 0;
  const error = await assertRejects(async () => {
    for await (const _ of store.source.walk({ concurrency: 4, signal: leaving.signal })) {
      if (++count === 100) leaving.abort(reason);
    }
  });
  assertEquals([error, count], [reason, 100]);
  await assertNoMore(store.requests);
});

Deno.test("walk() with concurrency has all files that were there throughout", async () => {
  const store = sortedStore(HUNDREDS);
  const found: string[] = [];
  for await (const { path } of store.source.walk({ concurrency: 6 })) {
    found.push(path);
    if (found.length % 10 === 0) store.add(`${String(found.length * 7 % 300).padStart(5, "0")}-new-${found.length}`);
    if (found.length > 1000) break;
  }
  assertEquals(found.filter((path) => !path.includes("new")), HUNDREDS);
  assertEquals(found, [...new Set(found)].toSorted());
});

Deno.test("walk() with concurrency never lists ranges of two folders", async () => {
  let nowMs = Date.parse("2030-01-01T00:00:00Z");
  const now = () => nowMs;
  const store = createMemoryS3({ credentials: {}, now });
  const broker = createFakeBroker({
    secret: "s",
    now,
    grant(call) {
      const [accessKeyId, prefix, expiration] = [`KEY-${call}`, `team-${call}/`, new Date(nowMs + 900_000)];
      const keys = { secretAccessKey: "secret", sessionToken: "token" };
      store.credentials.set(accessKeyId, { ...keys, bucket: "bucket", prefix, expiresAt: expiration });
      return { accessKeyId, ...keys, expiration, s3Folder: `s3://bucket/${prefix}` };
    },
  });
  for (const path of numbered(20_000)) {
    for (const call of [1, 2]) {
      store.putObject({ bucket: "bucket", key: `team-${call}/${path}`, body: new Uint8Array(call) });
    }
  }
  const { endpointUrl } = store.config;
  const fetch = combineFetch({ "https://broker.test": broker.fetch, [endpointUrl]: store.fetch });
  const source = createS3Source({ ...broker.config, endpointUrl }, { fetch, now });
  const sizes: number[] = [];
  await assertRejects(async () => {
    for await (const { size } of source.walk({ concurrency: 2 })) {
      if (sizes.push(size) === 1500) nowMs += 1_000_000;
    }
  }, ScopeChangedError);
  assertEquals([sizes.length > 1500, new Set(sizes)], [true, new Set([1])]);
});

/** Waits until no request has been sent for a while. */
async function settle(requests: readonly unknown[]): Promise<void> {
  for (let before = -1; before !== requests.length;) {
    before = requests.length;
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

async function assertNoMore(requests: readonly unknown[]): Promise<void> {
  const before = requests.length;
  await settle(requests);
  assertEquals(requests.length, before);
}
