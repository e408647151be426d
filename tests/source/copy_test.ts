import { assert, assertEquals, assertRejects } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { InvalidArgumentError } from "../../mod.ts";
import { copy } from "../../src/operations/copy.ts";
import { someBytes } from "../conformance/suite.ts";
import { KEYS, stubContext, stubFetch, stubSource } from "../support/stub_fetch.ts";
import { createMemoryS3 } from "../../src/testing/mod.ts";

const FACTS = {
  "cache-control": "no-cache",
  "content-disposition": "inline",
  "content-encoding": "x-test",
  "content-language": "de",
  "content-type": "text/x-test",
  expires: "Thu, 01 Jan 2032 00:00:00 GMT",
};

for (const [name, value] of Object.entries(FACTS)) {
  Deno.test(`copy() in parts keeps ${name}`, async () => {
    const store = stubFetch(({ method, url }) => {
      const headers = { ...FACTS, etag: '"old"', "content-length": "25" };
      if (method === "HEAD") return new Response(null, { headers });
      if (url.includes("uploads=")) return new Response("<R><UploadId>u</UploadId></R>");
      return new Response('<R><ETag>"new"</ETag></R>');
    });
    await copy(stubContext(store), "from", "to", { maxCopyBytes: 20, partSizeBytes: 10 });
    const begun = store.requests.find(({ url }) => url.includes("uploads="));
    assertEquals(begun?.headers.get(name), value);
  });
}

/** A store with one file that has these headers; takes copies of it. */
function storeWith(headers: Record<string, string>, copied = '<R><ETag>"new"</ETag></R>') {
  return stubFetch(({ method }) =>
    method === "HEAD"
      ? new Response(null, { headers: { etag: '"old"', "content-length": "5", ...headers } })
      : new Response(copied)
  );
}

Deno.test("copy() copies the version that it has looked at, with everything that is stored", async () => {
  const store = storeWith({ ...FACTS, "x-amz-meta-colour": "blue", "last-modified": "Tue, 01 Jan 2030 00:00:00 GMT" });
  const info = await stubSource(store).copy("from +", "to");
  assertEquals(info, {
    path: "to",
    name: "to",
    size: 5,
    etag: '"new"',
    lastModified: null,
    contentType: "text/x-test",
    contentHash: null,
    metadata: { colour: "blue" },
  });
  const { method, url, headers } = store.requests[1] ?? {};
  assertEquals([method, url], ["PUT", "http://store.test:8333/media/team/to"]);
  assertEquals(headers?.get("x-amz-copy-source"), "/media/team/from%20%2B");
  assertEquals(headers?.get("x-amz-copy-source-if-match"), '"old"');
  assertEquals(headers?.get("x-amz-metadata-directive"), null);
});

Deno.test("copy() returns the time of the copy if the store sends it", async () => {
  const copied = "<R><ETag>e</ETag><LastModified>2031-01-01T00:00:00.000Z</LastModified></R>";
  const store = storeWith({ "last-modified": "Tue, 01 Jan 2030 00:00:00 GMT" }, copied);
  assertEquals((await stubSource(store).copy("a", "b")).lastModified, new Date("2031-01-01T00:00:00Z"));
});

Deno.test("copy() with new metadata replaces the old, and keeps the digest and the other headers", async () => {
  const digest = "0".repeat(64);
  const store = storeWith({ ...FACTS, "x-amz-meta-colour": "blue", "x-amz-meta-sha256": digest });
  const { metadata } = await stubSource(store).copy("a", "a", { metadata: { Shape: "round" } });
  assertEquals(metadata, { shape: "round", sha256: digest });
  const sent = Object.fromEntries(store.requests[1]?.headers ?? []);
  assertEquals(sent["x-amz-metadata-directive"], "REPLACE");
  assertEquals([sent["x-amz-meta-shape"], sent["x-amz-meta-colour"]], ["round", undefined]);
  assertEquals(sent["x-amz-meta-sha256"], digest);
  assertEquals(Object.keys(FACTS).map((name) => sent[name]), Object.values(FACTS));
});

Deno.test("copy() in parts waits longer for a store the larger the parts are", async () => {
  using time = new FakeTime();
  const size = 6 * 1024 ** 3;
  const store = stubFetch(async ({ method, url }) => {
    if (method === "HEAD") return new Response(null, { headers: { etag: '"old"', "content-length": `${size}` } });
    if (url.includes("uploads=")) return new Response("<R><UploadId>u</UploadId></R>");
    if (url.includes("partNumber=")) await new Promise((resolve) => setTimeout(resolve, 60_000));
    return new Response('<R><ETag>"new"</ETag></R>');
  });
  const source = stubSource(store, {}, { retry: { maxAttempts: 1 } });
  let outcome: unknown;
  source.copy("a", "b").then(({ etag }) => outcome = etag, (error) => outcome = error);
  for (let ticks = 0; outcome === undefined && ticks < 10_000; ticks++) await time.tickAsync(1_000);
  assertEquals(outcome, '"new"');
});

Deno.test("copy() of a file to itself is refused, and nothing is deleted", async () => {
  const store = stubFetch();
  await assertRejects(() => stubSource(store).copy("a", "a"), InvalidArgumentError, "to itself");
  assertEquals(store.requests.length, 0);
});

const MIB = 1024 ** 2;
const SIZE = 23 * MIB;
const LIMITS = { maxCopyBytes: 6 * MIB, partSizeBytes: 5 * MIB };

const BYTES = someBytes(SIZE);

/** An S3 in memory with a large file, the context of an operation on it, and how many parts are copied at a time. */
function bench() {
  const s3 = createMemoryS3({
    buckets: ["media"],
    endpointUrl: "http://store.test:8333",
    credentials: { [KEYS.accessKeyId]: { secretAccessKey: KEYS.secretAccessKey } },
  });
  const facts = { contentType: "text/x-test", metadata: { colour: "blue" } };
  s3.putObject({ bucket: "media", key: "team/from", body: BYTES, ...facts });
  let [running, most] = [0, 0];
  const store = stubFetch(async ({ url, method, headers, body }) => {
    const isPart = url.includes("partNumber=");
    if (isPart) most = Math.max(most, ++running);
    try {
      if (isPart) await new Promise((resolve) => setTimeout(resolve, 5));
      return await s3.fetch(url, { method, headers, ...method !== "GET" && method !== "HEAD" && { body } });
    } finally {
      if (isPart) running--;
    }
  });
  return { s3, store, context: stubContext(store), most: () => most };
}

Deno.test("copy() in parts makes the same file, with the same facts, a few parts at a time", async () => {
  const { s3, store, context, most } = bench();
  const info = await copy(context, "from", "to", LIMITS);
  const copied = s3.getObject("media", "team/to");
  assertEquals([info.path, info.size, copied?.contentType, copied?.metadata], [
    "to",
    SIZE,
    "text/x-test",
    { colour: "blue" },
  ]);
  assert(copied !== null && new Blob([copied.body]).size === SIZE);
  assertEquals(await digestOf(copied.body), await digestOf(BYTES));
  assertEquals(store.requests.filter(({ url }) => url.includes("partNumber=")).length, 5);
  assertEquals(most(), 4);
});

Deno.test("copy() copies a file of just the limit by one request, and one byte more in parts", async () => {
  for (const [maxCopyBytes, parts] of [[SIZE, 0], [SIZE - 1, 5]] as const) {
    const { store, context } = bench();
    await copy(context, "from", "to", { ...LIMITS, maxCopyBytes });
    assertEquals(store.requests.filter(({ url }) => url.includes("partNumber=")).length, parts);
  }
});

Deno.test("copy() takes 5 GiB by one request, and more in parts, where nothing else is said", async () => {
  for (const [size, isInParts] of [[5 * 1024 ** 3, false], [5 * 1024 ** 3 + 1, true]] as const) {
    const store = stubFetch(({ method, url }) => {
      if (method === "HEAD") return new Response(null, { headers: { etag: '"old"', "content-length": `${size}` } });
      if (url.includes("uploads=")) return new Response("<R><UploadId>u</UploadId></R>");
      return new Response('<R><ETag>"new"</ETag></R>');
    });
    await copy(stubContext(store), "from", "to");
    assertEquals(store.requests.some(({ url }) => url.includes("partNumber=")), isInParts);
  }
});

async function digestOf(body: Uint8Array<ArrayBuffer> | string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", await new Blob([body]).arrayBuffer());
  return new Uint8Array(digest).toHex();
}

Deno.test("copy() copies a file beyond one request's limit in parts", async () => {
  const store = stubFetch(({ method, url }) => {
    if (method === "HEAD") return new Response(null, { headers: { etag: '"old"', "content-length": "25" } });
    if (url.includes("uploads=")) return new Response("<R><UploadId>u</UploadId></R>");
    return new Response('<R><ETag>"new"</ETag></R>');
  });
  const info = await copy(stubContext(store), "from +", "to", { maxCopyBytes: 20, partSizeBytes: 10 });
  assertEquals([info.path, info.size, info.etag], ["to", 25, '"new"']);
  const copied = store.requests.filter(({ url }) => url.includes("partNumber"));
  assertEquals(copied.map(({ headers }) => headers.get("x-amz-copy-source-range")), [
    "bytes=0-9",
    "bytes=10-19",
    "bytes=20-24",
  ]);
  assertEquals(copied[0]?.headers.get("x-amz-copy-source"), "/media/team/from%20%2B");
  assertEquals(copied[0]?.headers.get("x-amz-copy-source-if-match"), '"old"');
});
