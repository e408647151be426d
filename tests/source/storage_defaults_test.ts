import { assertEquals, assertThrows } from "@std/assert";
import { ConfigError, createS3Source, type Encryption } from "../../mod.ts";
import { s3Object, stubFetch, stubSource } from "../support/stub_fetch.ts";

const KEPT = {
  "x-amz-server-side-encryption": "aws:kms",
  "x-amz-server-side-encryption-aws-kms-key-id": "alias/media",
  "x-amz-storage-class": "STANDARD_IA",
};
const UPLOAD = {
  partSizeBytes: 5 * 1024 ** 2,
  encryption: { algorithm: "aws:kms", kmsKeyId: "alias/media" },
  storageClass: "STANDARD_IA",
} as const;

const BEGUN = new Response("<InitiateMultipartUploadResult><UploadId>U1</UploadId></InitiateMultipartUploadResult>");

function keptHeaders(headers: Headers | Readonly<Record<string, string>>): Record<string, string | null> {
  const sent = new Headers(headers);
  return Object.fromEntries(Object.keys(KEPT).map((name) => [name, sent.get(name)]));
}

Deno.test("upload.encryption and upload.storageClass are sent with PutObject", async () => {
  const store = stubFetch(new Response(null, { headers: { etag: '"e"' } }));
  await stubSource(store, {}, { upload: UPLOAD }).upload("a.txt", "hello");
  assertEquals(store.requests.map(({ headers }) => keptHeaders(headers)), [KEPT]);
});

Deno.test("upload.encryption and upload.storageClass are sent when an upload in parts begins, and only then", async () => {
  const store = stubFetch(
    BEGUN.clone(),
    new Response(null, { headers: { etag: '"1"' } }),
    new Response(null, { headers: { etag: '"2"' } }),
    new Response("<CompleteMultipartUploadResult><ETag>&quot;e-2&quot;</ETag></CompleteMultipartUploadResult>"),
  );
  const source = stubSource(store, {}, { upload: { ...UPLOAD, concurrency: 1 } });
  await source.upload("a.bin", new Uint8Array(6 * 1024 ** 2));
  const none = { ...KEPT, ...Object.fromEntries(Object.keys(KEPT).map((name) => [name, null])) };
  assertEquals(store.requests.map(({ headers }) => keptHeaders(headers)), [KEPT, none, none, none]);
});

Deno.test("upload.encryption and upload.storageClass are sent with CopyObject, which keeps everything else", async () => {
  const store = stubFetch(
    s3Object("x"),
    new Response("<CopyObjectResult><ETag>&quot;c&quot;</ETag></CopyObjectResult>"),
  );
  await stubSource(store, {}, { upload: UPLOAD }).copy("a.txt", "b.txt");
  assertEquals(keptHeaders(store.requests[1]?.headers ?? {}), KEPT);
  assertEquals(store.requests[1]?.headers.has("x-amz-metadata-directive"), false);
});

for (const method of ["PUT", "POST"] as const) {
  Deno.test(`upload.encryption and upload.storageClass are a part of a prepared ${method}`, async () => {
    const source = stubSource(stubFetch(), {}, { upload: UPLOAD });
    const { headers, fields } = await source.prepareUpload("a.txt", { size: 5, method });
    assertEquals(keptHeaders(method === "PUT" ? headers : fields), KEPT);
  });
}

Deno.test("upload.encryption and upload.storageClass are sent with prepareMultipartUpload()", async () => {
  const store = stubFetch(BEGUN.clone());
  await stubSource(store, {}, { upload: UPLOAD }).prepareMultipartUpload("a.bin", { size: 6 * 1024 ** 2 });
  assertEquals(store.requests.map(({ headers }) => keptHeaders(headers)), [KEPT]);
});

Deno.test("AES256 has no key of its own", async () => {
  const store = stubFetch(new Response(null, { headers: { etag: '"e"' } }));
  const encryption: Encryption = { algorithm: "AES256" };
  await stubSource(store, {}, { upload: { encryption } }).upload("a.txt", "hello");
  assertEquals(keptHeaders(store.requests[0]?.headers ?? {}), {
    "x-amz-server-side-encryption": "AES256",
    "x-amz-server-side-encryption-aws-kms-key-id": null,
    "x-amz-storage-class": null,
  });
});

for (
  const [upload, message] of [
    [{ encryption: "AES256" }, '"upload.encryption": it must be an object with an "algorithm", not a string'],
    [{ encryption: { algorithm: "aes256" } }, 'its algorithm must be "AES256", "aws:kms" or "aws:kms:dsse"'],
    [{ encryption: { algorithm: "AES256", kmsKeyId: "k" } }, 'its "kmsKeyId" needs the algorithm "aws:kms"'],
    [{ encryption: { algorithm: "aws:kms", kmsKeyId: "" } }, "its kmsKeyId cannot be used: it must not be empty"],
    [
      { encryption: { algorithm: "aws:kms", kmsKeyID: "k" } },
      'there is no option "kmsKeyID" in it; did you mean "kmsKeyId"?',
    ],
    [{ storageClass: "IA\n" }, '"upload.storageClass": it must be printable ASCII'],
  ] as const
) {
  Deno.test(`createS3Source() refuses upload: ${JSON.stringify(upload)}`, () => {
    assertThrows(() => createS3Source({ bucket: "media" }, { upload: upload as never }), ConfigError, message);
  });
}
