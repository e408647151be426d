import { assertEquals, assertRejects } from "@std/assert";
import { createS3Source, type FileAttributes, InvalidArgumentError, type S3Source } from "../../mod.ts";
import { copy } from "../../src/operations/copy.ts";
import { createMemoryS3 } from "../../src/testing/mod.ts";
import { send } from "../conformance/plain_requests.ts";
import { stubContext, stubFetch, stubSource } from "../support/stub_fetch.ts";
import { multipartStore, stored } from "../support/stub_uploads.ts";

const KEY = "arn:aws:kms:us-east-1:1:key/2";

const ATTRIBUTES: FileAttributes = {
  contentType: "text/x-test",
  metadata: { Colour: "blue" },
  cacheControl: "max-age=60",
  contentDisposition: "inline",
  storageClass: "STANDARD_IA",
  encryption: { algorithm: "aws:kms", kmsKeyId: KEY },
};
const HEADERS: Readonly<Record<string, string>> = {
  "content-type": "text/x-test",
  "x-amz-meta-colour": "blue",
  "cache-control": "max-age=60",
  "content-disposition": "inline",
  "x-amz-storage-class": "STANDARD_IA",
  "x-amz-server-side-encryption": "aws:kms",
  "x-amz-server-side-encryption-aws-kms-key-id": KEY,
};

/** Those of {@link HEADERS} that were sent, with other values where they differ. */
function kept(headers: Headers): Record<string, string> {
  return Object.fromEntries([...headers].filter(([name]) => name in HEADERS));
}

/** A source in memory, and how the store keeps a file. */
function world() {
  const s3 = createMemoryS3({ buckets: ["media"] });
  const source = createS3Source(s3.config, { fetch: s3.fetch });
  const keptOf = async (path: string) => {
    const { url } = await source.downloadUrl(path);
    const { headers } = await s3.fetch(url);
    return ["x-amz-storage-class", "x-amz-server-side-encryption-aws-kms-key-id"].map((name) => headers.get(name));
  };
  return { s3, source, keptOf };
}

Deno.test("upload() sends all attributes, in place of the source's defaults", async () => {
  const store = stubFetch(stored());
  await stubSource(store, {}, { upload: { storageClass: "GLACIER_IR" } }).upload("a", "x", ATTRIBUTES);
  assertEquals(kept(store.requests[0]?.headers ?? new Headers()), HEADERS);
});

Deno.test("prepareMultipartUpload() and upload() in parts send all attributes as they begin", async () => {
  const store = multipartStore();
  await stubSource(store).prepareMultipartUpload("a", { size: 1, ...ATTRIBUTES });
  await stubSource(store).upload("a", new Uint8Array(9 * 1024 ** 2), ATTRIBUTES);
  const begun = store.requests.filter(({ url }) => url.includes("?uploads"));
  assertEquals(begun.map(({ headers }) => kept(headers)), [HEADERS, HEADERS]);
});

for (const method of ["PUT", "POST"] as const) {
  Deno.test(`prepareUpload() with ${method} signs all attributes, and the store keeps them`, async () => {
    const { s3, source, keptOf } = world();
    const prepared = await source.prepareUpload("a", { size: 5, method, ...ATTRIBUTES });
    const fields = method === "PUT" ? prepared.headers : prepared.fields;
    assertEquals(kept(new Headers(fields)), HEADERS);
    assertEquals(await send({ fetch: s3.fetch }, prepared, "hello"), "stored");
    const { contentType, metadata } = await source.stat("a") ?? {};
    assertEquals([contentType, metadata], ["text/x-test", { colour: "blue" }]);
    assertEquals(await keptOf("a"), ["STANDARD_IA", KEY]);
  });
}

Deno.test("prepareUpload() with POST names the fields as S3 documents them", async () => {
  const { fields } = await stubSource(stubFetch()).prepareUpload("a", { size: 5, method: "POST", ...ATTRIBUTES });
  assertEquals(Object.keys(fields).slice(0, 5), [
    "key",
    "Content-Type",
    "Cache-Control",
    "Content-Disposition",
    "x-amz-meta-colour",
  ]);
});

const REPLACED: Readonly<Record<string, { attributes: FileAttributes; headers: Readonly<Record<string, string>> }>> = {
  contentType: { attributes: { contentType: "text/plain" }, headers: { "content-type": "text/plain" } },
  "an empty contentType": { attributes: { contentType: "" }, headers: { "content-type": "image/png" } },
  cacheControl: { attributes: { cacheControl: "no-store" }, headers: { "cache-control": "no-store" } },
  contentDisposition: {
    attributes: { contentDisposition: "attachment" },
    headers: { "content-disposition": "attachment" },
  },
  metadata: { attributes: { metadata: { colour: "red" } }, headers: { "x-amz-meta-colour": "red" } },
  storageClass: { attributes: { storageClass: "GLACIER_IR" }, headers: { "x-amz-storage-class": "GLACIER_IR" } },
  "the key": {
    attributes: { encryption: { algorithm: "aws:kms:dsse", kmsKeyId: "k" } },
    headers: {
      "x-amz-server-side-encryption": "aws:kms:dsse",
      "x-amz-server-side-encryption-aws-kms-key-id": "k",
    },
  },
};

for (const [name, { attributes, headers }] of Object.entries(REPLACED)) {
  for (const [to, maxCopyBytes] of [["b.png", undefined], ["a.png", undefined], ["b.png", 0]] as const) {
    const how = `${to === "a.png" ? "onto itself" : "to another path"}${maxCopyBytes === 0 ? " in parts" : ""}`;
    Deno.test(`copy() ${how} replaces ${name}, and keeps the other attributes`, async () => {
      const original = { ...HEADERS, etag: '"old"', "content-length": "5" };
      const store = stubFetch(({ method, url }) => {
        if (method === "HEAD") return new Response(null, { headers: original });
        if (url.includes("uploads=")) return new Response("<R><UploadId>u</UploadId></R>");
        return new Response('<R><ETag>"new"</ETag></R>');
      });
      const copying = { ...attributes, ...maxCopyBytes !== undefined && { maxCopyBytes, partSizeBytes: 5 } };
      const info = await copy(stubContext(store), "a.png", to, copying);
      const sent = store.requests[1]?.headers ?? new Headers();
      assertEquals(kept(sent), { ...HEADERS, ...headers });
      assertEquals(sent.get("x-amz-metadata-directive"), maxCopyBytes === 0 ? null : "REPLACE");
      assertEquals(info.contentType, headers["content-type"] ?? "text/x-test");
    });
  }
}

Deno.test("copy() replaces encryption with a key by one without", async () => {
  const original = { ...HEADERS, etag: '"old"', "content-length": "5" };
  const store = stubFetch(new Response(null, { headers: original }), new Response('<R><ETag>"new"</ETag></R>'));
  await stubSource(store).copy("a", "b", { encryption: { algorithm: "AES256" } });
  const { headers = new Headers() } = store.requests[1] ?? {};
  assertEquals(headers.get("x-amz-server-side-encryption"), "AES256");
  assertEquals(headers.has("x-amz-server-side-encryption-aws-kms-key-id"), false);
});

Deno.test("copy() and move() keep storage class and key, which S3 does not by itself", async () => {
  const { source, keptOf } = world();
  await source.upload("a", "x", ATTRIBUTES);
  await source.copy("a", "b");
  await source.move("a", "c");
  for (const path of ["b", "c"]) assertEquals(await keptOf(path), ["STANDARD_IA", KEY]);
});

Deno.test("copy() leaves AES256, the least of every bucket, to the bucket", async () => {
  const headers = { etag: '"old"', "content-length": "5", "x-amz-server-side-encryption": "AES256" };
  const store = stubFetch(new Response(null, { headers }), new Response('<R><ETag>"new"</ETag></R>'));
  await stubSource(store).copy("a", "b");
  assertEquals(kept(store.requests[1]?.headers ?? new Headers()), {});
});

const CALLS: Readonly<Record<string, (source: S3Source, attributes: FileAttributes) => Promise<unknown>>> = {
  upload: (source, attributes) => source.upload("a", "x", attributes),
  copy: (source, attributes) => source.copy("a", "b", attributes),
  prepareUpload: (source, attributes) => source.prepareUpload("a", { size: 1, ...attributes }),
  prepareMultipartUpload: (source, attributes) => source.prepareMultipartUpload("a", { size: 1, ...attributes }),
};

const REFUSED: readonly (readonly [attributes: unknown, message: string])[] = [
  [{ metadata: { "a b": "c" } }, 'the metadata name "a b" may only have A-Z, a-z, 0-9, - and _'],
  [{ metadata: { a: "b\0" } }, "the value of x-amz-meta-a has a control character"],
  [{ cacheControl: "a\nb" }, "the value of cache-control must be printable ASCII; encode it"],
  [{ contentDisposition: null }, '"contentDisposition": it must be a string, not null'],
  [{ storageClass: "" }, '"storageClass": it must not be empty'],
  [{ encryption: { algorithm: "AES128" } }, '"encryption": its algorithm must be "AES256"'],
];

for (const [name, call] of Object.entries(CALLS)) {
  Deno.test(`${name}() refuses attributes that cannot be sent, and sends nothing`, async () => {
    for (const [attributes, message] of REFUSED) {
      const store = stubFetch();
      const calling = () => call(stubSource(store), attributes as FileAttributes);
      await assertRejects(calling, InvalidArgumentError, message);
      assertEquals(store.requests.length, 0);
    }
  });
}
