// The in-memory S3 behind a real socket, checked by the AWS SDK.
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from "@aws-sdk/client-s3";
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { assertChecksumVerified, CHECKSUM_KINDS, uploadParts } from "../support/checksum_oracle.ts";
import { PART_BYTES, someBytes } from "../conformance/suite.ts";
import { createMemoryS3, type MemoryS3 } from "../../src/testing/memory_s3/memory_s3.ts";

/** Registers a test with an in-memory S3 and an SDK client for it. */
function sdkTest(name: string, run: (sdk: S3Client, s3: MemoryS3) => Promise<void>): void {
  Deno.test(`createMemoryS3() ${name}`, async () => {
    const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, ({ url, method, headers, body }) => {
      return s3.fetch(url, { method, headers, body });
    });
    const s3 = createMemoryS3({ endpointUrl: `http://127.0.0.1:${server.addr.port}` });
    const sdk = new S3Client({
      endpoint: s3.config.endpointUrl,
      region: s3.config.region,
      credentials: { ...s3.config },
      forcePathStyle: true,
      requestChecksumCalculation: "WHEN_REQUIRED",
      maxAttempts: 1,
    });
    try {
      await run(sdk, s3);
    } finally {
      sdk.destroy();
      await server.shutdown();
    }
  });
}

const Bucket = "bucket";
const Key = "a b/ü+%2e &<>'\".txt";

sdkTest("returns to the SDK what it stored", async (sdk) => {
  await sdk.send(
    new PutObjectCommand({
      Bucket,
      Key,
      Body: "content",
      ContentType: "text/x-test",
      CacheControl: "no-cache",
      Metadata: { colour: "blue" },
      ChecksumAlgorithm: "SHA256",
    }),
  );
  const got = await sdk.send(new GetObjectCommand({ Bucket, Key, ChecksumMode: "ENABLED" }));
  assertEquals(await got.Body?.transformToString(), "content");
  assertEquals([got.ContentType, got.CacheControl, got.Metadata], ["text/x-test", "no-cache", { colour: "blue" }]);
  assertEquals(got.ChecksumSHA256, "7XACtDnprIRfIjV9giusFERzD722AW0+yUMil7nsn3M=");
  assertEquals((await sdk.send(new HeadObjectCommand({ Bucket, Key }))).ContentLength, 7);
});

sdkTest("lists page by page with folders", async (sdk, s3) => {
  const keys = ["a/1", "a/2", "a b/1", "b&c", "c", "d/1"];
  for (const key of keys) s3.putObject({ bucket: Bucket, key, body: key });
  const entries: (string | undefined)[] = [];
  let ContinuationToken: string | undefined;
  do {
    const input = { Bucket, Delimiter: "/", MaxKeys: 2, ...(ContinuationToken && { ContinuationToken }) };
    const page = await sdk.send(new ListObjectsV2Command(input));
    entries.push(...(page.Contents ?? []).map((object) => object.Key));
    entries.push(...(page.CommonPrefixes ?? []).map((folder) => folder.Prefix));
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken !== undefined);
  assertEquals(entries, ["a b/", "a/", "b&c", "c", "d/"].sort());
});

sdkTest("lists pages of keys and folders with ListObjects", async (sdk, s3) => {
  for (const key of ["a b/1", "a/1", "a/2", "b&c", "c", "d/1"]) s3.putObject({ bucket: Bucket, key, body: key });
  const entries: (string | undefined)[] = [];
  let Marker: string | undefined;
  do {
    const input = { Bucket, Delimiter: "/", MaxKeys: 2, EncodingType: "url" as const, ...(Marker && { Marker }) };
    const page = await sdk.send(new ListObjectsCommand(input));
    entries.push(...(page.Contents ?? []).map((object) => object.Key));
    entries.push(...(page.CommonPrefixes ?? []).map((folder) => folder.Prefix));
    assertEquals(page.Marker, Marker === undefined ? "" : encodeURIComponent(Marker).replace("%2F", "/"));
    Marker = page.NextMarker && decodeURIComponent(page.NextMarker.replaceAll("+", " "));
  } while (Marker !== undefined);
  assertEquals(entries, ["a+b/", "a/", "b%26c", "c", "d/"]);
});

sdkTest("lists the keys after another", async (sdk, s3) => {
  for (const key of ["a/1", "a/2", "b"]) s3.putObject({ bucket: Bucket, key, body: key });
  const page = await sdk.send(new ListObjectsV2Command({ Bucket, StartAfter: "a/1" }));
  assertEquals(page.Contents?.map((object) => object.Key), ["a/2", "b"]);
  assertEquals([page.KeyCount, page.IsTruncated, page.StartAfter], [2, false, "a/1"]);
});

sdkTest("deletes many, missing ones among them", async (sdk, s3) => {
  s3.putObject({ bucket: Bucket, key: Key, body: "" });
  const input = { Bucket, Delete: { Objects: [{ Key }, { Key: "missing" }] } };
  const { Deleted, Errors } = await sdk.send(new DeleteObjectsCommand(input));
  assertEquals(Deleted?.map((object) => object.Key), [Key, "missing"]);
  assertEquals(Errors, undefined);
  assertEquals(s3.listKeys(Bucket), []);
});

sdkTest("copies an object with its headers and metadata", async (sdk, s3) => {
  s3.putObject({ bucket: Bucket, key: Key, body: "content", contentType: "text/x-test", metadata: { colour: "blue" } });
  const CopySource = `${Bucket}/${encodeURIComponent(Key)}`;
  await sdk.send(new CopyObjectCommand({ Bucket, Key: "copy", CopySource }));
  const [original, copy] = [s3.getObject(Bucket, Key), s3.getObject(Bucket, "copy")];
  assertEquals(copy, original && { ...original, key: "copy" });
  const input = { Bucket, Key: "copy", CopySource, CopySourceIfMatch: '"other"' };
  const error = await assertRejects(() => sdk.send(new CopyObjectCommand(input)), Error);
  assertEquals(error.name, "PreconditionFailed");
});

sdkTest("joins the parts of an upload", async (sdk, s3) => {
  const first = new Uint8Array(5 * 1024 * 1024).fill(1);
  s3.putObject({ bucket: Bucket, key: "source", body: "0123456789" });
  const created = { Bucket, Key, ChecksumAlgorithm: "SHA256", ContentType: "text/x-test" } as const;
  const { UploadId } = await sdk.send(new CreateMultipartUploadCommand(created));
  const upload = { Bucket, Key, UploadId };
  const one = await sdk.send(
    new UploadPartCommand({ ...upload, PartNumber: 1, Body: first, ChecksumAlgorithm: "SHA256" }),
  );
  const two = await sdk.send(
    new UploadPartCopyCommand({ ...upload, PartNumber: 2, CopySource: "bucket/source", CopySourceRange: "bytes=2-4" }),
  );
  assertEquals((await sdk.send(new ListPartsCommand(upload))).Parts?.map((part) => part.Size), [first.length, 3]);
  const uploads = await sdk.send(new ListMultipartUploadsCommand({ Bucket, Prefix: "a b/" }));
  assertEquals(uploads.Uploads?.map((entry) => [entry.Key, entry.UploadId]), [[Key, UploadId]]);

  const Parts = [
    { PartNumber: 1, ETag: one.ETag, ChecksumSHA256: one.ChecksumSHA256 },
    { PartNumber: 2, ETag: two.CopyPartResult?.ETag, ChecksumSHA256: two.CopyPartResult?.ChecksumSHA256 },
  ];
  const completed = await sdk.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } }));
  assertMatch(completed.ETag ?? "", /^"[0-9a-f]{32}-2"$/);
  assertMatch(completed.ChecksumSHA256 ?? "", /^[A-Za-z0-9+/]{43}=-2$/);
  const stored = s3.getObject(Bucket, Key);
  assertEquals([stored?.body.length, stored?.contentType], [first.length + 3, "text/x-test"]);
  assertEquals(s3.listUploads(Bucket), []);
});

for (
  const [name, numbers, code] of [
    ["parts out of order", [2, 1], "InvalidPartOrder"],
    ["a part that was never sent", [1, 3], "InvalidPart"],
    ["a small part before the last", [1, 2], "EntityTooSmall"],
  ] as const
) {
  sdkTest(`refuses ${name}`, async (sdk) => {
    const { UploadId } = await sdk.send(new CreateMultipartUploadCommand({ Bucket, Key }));
    const upload = { Bucket, Key, UploadId };
    const etags: (string | undefined)[] = ["", "", "", '"00"'];
    for (const PartNumber of [1, 2]) {
      etags[PartNumber] = (await sdk.send(new UploadPartCommand({ ...upload, PartNumber, Body: "small" }))).ETag;
    }
    const Parts = numbers.map((PartNumber) => ({ PartNumber, ETag: etags[PartNumber] }));
    const complete = new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } });
    assertEquals((await assertRejects(() => sdk.send(complete), Error)).name, code);
  });
}

sdkTest("checks the conditions of a write", async (sdk) => {
  const { ETag } = await sdk.send(new PutObjectCommand({ Bucket, Key, Body: "1", IfNoneMatch: "*" }));
  const codes = [];
  for (
    const condition of [{ IfNoneMatch: "*" }, { IfMatch: '"other"' }, { Key: "missing", IfMatch: ETag }]
  ) {
    const put = new PutObjectCommand({ Bucket, Key, Body: "2", ...condition });
    codes.push((await assertRejects(() => sdk.send(put), Error)).name);
  }
  assertEquals(codes, ["PreconditionFailed", "PreconditionFailed", "NoSuchKey"]);
  await sdk.send(new PutObjectCommand({ Bucket, Key, Body: "2", IfMatch: ETag }));
});

for (const kind of CHECKSUM_KINDS) {
  sdkTest(`stores the SDK's checksum with ${kind.join(", ")}`, async (sdk, s3) => {
    await assertChecksumVerified(sdk, { config: s3.config, kind });
  });
}

sdkTest("returns one part of an object", async (sdk, s3) => {
  const bytes = someBytes(PART_BYTES + 3);
  const sizes = [PART_BYTES, 3];
  await uploadParts(sdk, { Bucket, Key }, { bytes, sizes, algorithm: "SHA256", type: "COMPOSITE" });
  const head = await sdk.send(new HeadObjectCommand({ Bucket, Key, PartNumber: 2 }));
  const range = `bytes ${PART_BYTES}-${PART_BYTES + 2}/${PART_BYTES + 3}`;
  assertEquals([head.ContentLength, head.ContentRange, head.PartsCount], [3, range, 2]);
  const got = await sdk.send(new GetObjectCommand({ Bucket, Key, PartNumber: 2 }));
  assertEquals(await got.Body?.transformToByteArray(), bytes.slice(PART_BYTES));
  await assertRejects(() => sdk.send(new GetObjectCommand({ Bucket, Key, PartNumber: 3 })), Error);

  s3.putObject({ bucket: Bucket, key: "whole", body: "content" });
  const whole = await sdk.send(new HeadObjectCommand({ Bucket, Key: "whole", PartNumber: 1 }));
  assertEquals([whole.ContentRange, whole.PartsCount], ["bytes 0-6/7", undefined]);
});
