import {
  AbortMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { createS3Source, type S3Source } from "../../mod.ts";
import { copy } from "../../src/operations/copy.ts";
import type { S3Client as SourceClient } from "../../src/s3/client.ts";
import { stubContext } from "../support/stub_fetch.ts";
import { assertChecksumVerified, CHECKSUM_KINDS, uploadParts } from "../support/checksum_oracle.ts";
import type { LimitedTest } from "../conformance/limited_tests.ts";
import { REFUSED } from "../conformance/plain_requests.ts";
import { collect, isSame, PART_BYTES, someBytes, toStream } from "../conformance/suite.ts";
import { randomNames } from "./random_names.ts";
import type { TestStore } from "./test_store.ts";

/** Registers the tests that compare us with the AWS SDK. */
export function testOracles({ config, bucket, sdk, listUploads }: TestStore, test: LimitedTest): void {
  const open = (prefix: string): S3Source =>
    createS3Source({ ...config, prefix }, { upload: { partSizeBytes: PART_BYTES } });
  const newPrefix = (): string => `${crypto.randomUUID()}/`;
  const get = (Key: string): Promise<GetObjectCommandOutput> =>
    sdk.send(new GetObjectCommand({ Bucket: bucket, Key, ChecksumMode: "ENABLED" }));

  for (const size of [0, 1, 100_000, PART_BYTES, 2 * PART_BYTES + 1]) {
    test(`upload() stores ${size} bytes that the SDK reads back identically`, async () => {
      const prefix = newPrefix();
      const bytes = someBytes(size);
      const info = await open(prefix).upload("ü+ /a.bin", toStream(bytes), {
        contentType: "image/x-test; q=1",
        metadata: { colour: "blue", "Two-Words": "a  b" },
        cacheControl: "max-age=60",
        contentDisposition: 'inline; filename="b.txt"',
      });
      const got = await get(`${prefix}ü+ /a.bin`);
      assert(isSame(await got.Body?.transformToByteArray() ?? new Uint8Array(), bytes));
      assertEquals([got.ContentType, got.ETag, got.ContentLength], ["image/x-test; q=1", info.etag, size]);
      assertEquals(got.Metadata, { colour: "blue", "two-words": "a  b" });
      assertEquals([got.CacheControl, got.ContentDisposition], ["max-age=60", 'inline; filename="b.txt"']);
      assertNotEquals(size > PART_BYTES ? got.ChecksumCRC32 : got.ChecksumSHA256, undefined);
    });
  }

  for (const kind of CHECKSUM_KINDS) {
    test(`read() and stream() verify what the SDK wrote with ${kind.join(", ")}`, async () => {
      await assertChecksumVerified(sdk, { config, kind });
    });
  }

  test("read() and stream() accept parts of different sizes that have a checksum", async () => {
    const prefix = newPrefix();
    const sizes = [PART_BYTES + 1_000, PART_BYTES, PART_BYTES + 500];
    const bytes = someBytes(3 * PART_BYTES + 1_500);
    const target = { Bucket: bucket, Key: `${prefix}a` };
    await uploadParts(sdk, target, { bytes, sizes, algorithm: "SHA256", type: "COMPOSITE" });
    assert(isSame(await open(prefix).read("a"), bytes));
    const streamed = await collect((await open(prefix).stream("a")).body);
    assert(isSame(await new Blob(streamed).bytes(), bytes));
  });

  test("list(), stat() and read() agree with the SDK about what it wrote", async () => {
    const prefix = newPrefix();
    const source = open(prefix);
    const names = randomNames(320);
    await eachOf(names, (name) =>
      sdk.send(
        new PutObjectCommand({
          Bucket: bucket,
          Key: prefix + name,
          Body: new TextEncoder().encode(name),
          ContentType: "text/x-test",
          Metadata: { length: String(name.length) },
        }),
      ));
    const listed = await collect(source.walk());
    assertEquals(listed.map((file) => file.path).toSorted(), names.toSorted());
    const heads = new Map<string, unknown>();
    await eachOf(names, async (name) => {
      const head = await sdk.send(new HeadObjectCommand({ Bucket: bucket, Key: prefix + name }));
      const facts = { size: head.ContentLength, etag: head.ETag, lastModified: head.LastModified?.getTime() };
      heads.set(name, facts);
      const stat = await source.stat(name);
      assertEquals({ size: stat?.size, etag: stat?.etag, lastModified: stat?.lastModified?.getTime() }, facts);
      assertEquals([stat?.contentType, stat?.metadata], [head.ContentType, head.Metadata]);
      assertEquals(new TextDecoder().decode(await source.read(name)), name);
    });
    for (const { path, size, etag } of listed) {
      assertEquals({ ...Object(heads.get(path)), lastModified: 0 }, { size, etag, lastModified: 0 });
    }
  });

  test("upload() stores names that the SDK lists and reads identically", async () => {
    const prefix = newPrefix();
    const source = open(prefix);
    const names = randomNames(320);
    await eachOf(names, (name) => source.upload(name, name));
    const page = await sdk.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix }));
    assertEquals(page.Contents?.map(({ Key = "" }) => Key.slice(prefix.length)).toSorted(), names.toSorted());
    await eachOf(names, async (name) => assertEquals(await (await get(prefix + name)).Body?.transformToString(), name));
  });

  test("list() has the order of the SDK", async () => {
    const prefix = newPrefix();
    await eachOf(randomNames(50), (name) => open(prefix).upload(name, ""));
    const page = await sdk.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix }));
    const { files } = await open(prefix).list();
    assertEquals(files.map((file) => prefix + file.path), page.Contents?.map(({ Key }) => Key));
  });

  test("deleteMany() removes what the SDK wrote, and the SDK what we wrote", async () => {
    const prefix = newPrefix();
    const names = randomNames(100);
    const source = open(prefix);
    const write = (name: string) => source.upload(name, name);
    await eachOf(names, write);
    assertEquals((await source.deleteMany(names)).deletedCount, 100);
    const { Contents = [] } = await sdk.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix }));
    assertEquals(Contents, []);
    await eachOf(names, write);
    const Objects = names.map((name) => ({ Key: prefix + name }));
    await sdk.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects } }));
    assertEquals((await source.list()).files, []);
  });

  test("copy() in parts and in one request, and move(), keep tags and raw UTF-8 that another client has set", async () => {
    const prefix = newPrefix();
    const at = (path: string) => ({ Bucket: bucket, Key: prefix + path });
    const bytes = someBytes(PART_BYTES + 1);
    await sdk.send(
      new PutObjectCommand({ ...at("a"), Body: bytes, Tagging: "a%20b=c%2Bd&e=", Metadata: { shape: "o" } }),
    );
    const context = stubContext({ fetch }, { ...config, prefix });
    // The SDK refuses to send it.
    const raw = String.fromCharCode(...new TextEncoder().encode("voilà 東京"));
    await copy({ ...context, client: addingHeader(context.client, "x-amz-meta-colour", raw) }, "a", "b", IN_PARTS);
    await copy(context, "b", "c", { ...IN_PARTS, cacheControl: "no-store" });
    await copy(context, "c", "d", { contentType: "text/x-test" });
    const { metadata } = await open(prefix).move("d", "e");
    assertEquals(metadata, { colour: "voilà 東京", shape: "o" });
    for (const path of ["b", "c", "e"]) {
      assertEquals((await open(prefix).stat(path))?.metadata, metadata);
      const { TagSet = [] } = await sdk.send(new GetObjectTaggingCommand(at(path)));
      assertEquals(Object.fromEntries(TagSet.map(({ Key, Value }) => [Key, Value])), { "a b": "c+d", e: "" });
    }
    assert(isSame(await open(prefix).read("e"), bytes));
  });

  test("downloadUrl() is accepted and refused like the SDK's own", async () => {
    const prefix = newPrefix();
    const source = open(prefix);
    for (const path of ["a b+ü.txt", "b"]) await source.upload(path, "0123456789");
    const command = new GetObjectCommand({ Bucket: bucket, Key: `${prefix}a b+ü.txt` });
    const twoMinutesAgo = new Date(Date.now() - 120_000);
    const past = createS3Source({ ...config, prefix }, { now: () => twoMinutesAgo.getTime() });
    const pairs = {
      valid: [
        (await source.downloadUrl("a b+ü.txt", { expiresInSeconds: 60 })).url,
        await getSignedUrl(sdk, command, { expiresIn: 60 }),
      ],
      expired: [
        (await past.downloadUrl("a b+ü.txt", { expiresInSeconds: 60 })).url,
        await getSignedUrl(sdk, command, { expiresIn: 60, signingDate: twoMinutesAgo }),
      ],
    };
    const alterations: Record<string, (url: string) => string> = {
      "as it is": (url) => url,
      "another file": (url) => url.replace(/a%20b[^?]*/, "b"),
      "a longer life": (url) => url.replace("X-Amz-Expires=60", "X-Amz-Expires=6000"),
      "another signature": (url) => url.replace(/(X-Amz-Signature=)([0-9a-f]{8})/, "$1deadbeef"),
      "an additional parameter": (url) => `${url}&response-content-type=text%2Fhtml`,
    };
    const outcomes: Record<string, string> = {};
    for (const [age, [ours = "", theirs = ""]] of Object.entries(pairs)) {
      for (const [name, alter] of Object.entries(alterations)) {
        const outcome = await outcomeOf(alter(ours));
        assertEquals(await outcomeOf(alter(theirs)), outcome, `${age}, ${name}`);
        outcomes[`${age}, ${name}`] = outcome;
      }
    }
    assertEquals(outcomes["valid, as it is"], "200 0123456789");
    delete outcomes["valid, as it is"];
    for (const [name, outcome] of Object.entries(outcomes)) assertMatch(outcome, REFUSED, name);
  });

  test("credentials() are those of an SDK client", async () => {
    const source = open(newPrefix());
    await source.upload("a", "A");
    const { prefix } = await source.connect();
    const { endpointUrl } = config;
    const client = new S3Client({
      endpoint: endpointUrl ?? "",
      region: "us-east-1",
      forcePathStyle: true,
      credentials: () => source.credentials(),
    });
    const got = await client.send(new GetObjectCommand({ Bucket: bucket, Key: `${prefix}a` }));
    assertEquals(await got.Body?.transformToString(), "A");
    client.destroy();
  });

  test("the SDK sees a multipart upload that is left behind", async () => {
    const Key = `${newPrefix()}a b/ü`;
    const { UploadId } = await sdk.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key }));
    assertEquals(await listUploads(Key), [Key]);
    await sdk.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId }));
  });
}

/** Registers the test that all tests before have left no upload behind. */
export function testLeftovers({ listUploads }: TestStore, test: LimitedTest): void {
  test("upload() has left no multipart upload behind in all tests before", async () => {
    assertEquals(await listUploads(""), []);
  });
}

async function outcomeOf(url: string): Promise<string> {
  const response = await fetch(url);
  const text = await response.text();
  return `${response.status} ${/<Code>(\w+)<\/Code>/.exec(text)?.[1] ?? text}`;
}

/** Runs some work for each item, eight at a time. */
async function eachOf<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const queue = items.values();
  const run = async () => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: 8 }, run));
}

const IN_PARTS = { maxCopyBytes: 0, partSizeBytes: PART_BYTES };

/** Adds a header to CreateMultipartUpload. */
function addingHeader(client: SourceClient, name: string, value: string): SourceClient {
  return {
    ...client,
    sendForXml: (request, read) => {
      const isBegin = request.operation === "CreateMultipartUpload";
      return client.sendForXml(
        isBegin ? { ...request, headers: { ...request.headers, [name]: value } } : request,
        read,
      );
    },
  };
}
