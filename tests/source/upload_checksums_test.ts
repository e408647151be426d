import { assert, assertEquals, assertRejects } from "@std/assert";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { crc32 as nodeCrc32 } from "node:zlib";
import { AccessDeniedError, createS3Source, IntegrityError, type S3Source, type S3SourceConfig } from "../../mod.ts";
import { createMemoryS3, type MemoryS3, type MemoryS3Options } from "../../src/testing/mod.ts";
import { someBytes } from "../conformance/suite.ts";
import { oddStore } from "../support/odd_store.ts";
import { s3Error } from "../support/stub_fetch.ts";

const MIB = 1024 ** 2;
const BYTES = someBytes(11 * MIB + 5);
const PARTS = [BYTES.subarray(0, 5 * MIB), BYTES.subarray(5 * MIB, 10 * MIB), BYTES.subarray(10 * MIB)];
const UNSIGNED = "UNSIGNED-PAYLOAD";

const sha256 = (bytes: Uint8Array, encoding: "hex" | "base64" = "hex") =>
  createHash("sha256").update(bytes).digest(encoding);
const crc32 = (bytes: Uint8Array) => {
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(nodeCrc32(bytes));
  return checksum.toString("base64");
};

/** An in-memory S3 and a source on it, with the warnings that it reports; `fetch` may alter what is sent. */
function setUp(
  { fetch = (s3) => s3.fetch, config, ...options }: MemoryS3Options & {
    fetch?: (s3: MemoryS3) => typeof globalThis.fetch;
    config?: S3SourceConfig;
  } = {},
): { s3: MemoryS3; source: S3Source; warnings: string[] } {
  const s3 = createMemoryS3(options);
  const warnings: string[] = [];
  const source = createS3Source({ ...s3.config, ...config }, {
    fetch: fetch(s3),
    upload: { partSizeBytes: 5 * MIB },
    retry: { maxAttempts: 1 },
    onEvent(event) {
      if (event.type === "warning") warnings.push(event.message);
    },
  });
  return { s3, source, warnings };
}

/** The values of a header in the requests for an operation, in the order of the parts. */
function sent({ requests }: MemoryS3, operation: string, header: string): (string | undefined)[] {
  return requests.filter((request) => request.operation === operation)
    .toSorted((a, b) => a.query.localeCompare(b.query))
    .map(({ headers }) => headers[header]);
}

Deno.test("upload() in parts sends the CRC-32 of each part, and then that of the whole file", async () => {
  const { s3, source, warnings } = setUp();
  const { contentHash } = await source.upload("a", BYTES);
  assertEquals(contentHash, `sha256:${sha256(BYTES)}`);
  assertEquals(sent(s3, "CreateMultipartUpload", "x-amz-checksum-algorithm"), ["CRC32"]);
  assertEquals(sent(s3, "CreateMultipartUpload", "x-amz-checksum-type"), ["FULL_OBJECT"]);
  assertEquals(sent(s3, "UploadPart", "x-amz-checksum-crc32"), PARTS.map(crc32));
  assertEquals(sent(s3, "CompleteMultipartUpload", "x-amz-checksum-crc32"), [crc32(BYTES)]);
  assertEquals(sent(s3, "CompleteMultipartUpload", "x-amz-checksum-type"), ["FULL_OBJECT"]);
  assertEquals(warnings, []);
});

Deno.test("a file that was uploaded in parts is verified without a question about them", async () => {
  const { s3, source } = setUp();
  await source.upload("a", BYTES, { contentHash: false });
  s3.requests.length = 0;
  const { body } = await source.stream("a");
  assertEquals(sha256(await new Response(body).bytes()), sha256(BYTES));
  assertEquals(s3.requests.map(({ operation }) => operation), ["GetObject"]);
});

for (
  const [endpointUrl, isTrusted] of [
    ["https://memory.s3.test", true],
    ["http://127.0.0.1:8333", true],
    ["http://127.9.9.9", true],
    ["http://[::1]:8333", true],
    ["http://localhost:8333", true],
    ["http://store.localhost", true],
    ["http://memory.s3.test", false],
    ["http://10.0.0.1", false],
    ["http://[::2]", false],
    ["http://localhost.s3.test", false],
    ["http://mylocalhost", false],
  ] as const
) {
  const what = isTrusted ? "only the checksums of parts" : "also the SHA-256 of parts";
  Deno.test(`upload() signs ${what} on their way to ${endpointUrl}`, async () => {
    const { s3, source } = setUp({ endpointUrl });
    await source.upload("a", BYTES);
    const hashes = PARTS.map((part) => isTrusted ? UNSIGNED : sha256(part));
    assertEquals(sent(s3, "UploadPart", "x-amz-content-sha256"), hashes);
    assertEquals(sent(s3, "CompleteMultipartUpload", "x-amz-content-sha256").includes(UNSIGNED), false);
    for (const authorization of sent(s3, "UploadPart", "authorization")) {
      assert(authorization?.includes(";x-amz-checksum-crc32;"), authorization);
    }
  });
}

Deno.test('checksums: "sha256" sends the SHA-256 of parts, and signs it', async () => {
  const { s3, source } = setUp({ config: { store: { checksums: "sha256" } } });
  await source.upload("a", BYTES);
  assertEquals(sent(s3, "CreateMultipartUpload", "x-amz-checksum-type"), [undefined]);
  assertEquals(sent(s3, "UploadPart", "x-amz-checksum-sha256"), PARTS.map((part) => sha256(part, "base64")));
  assertEquals(sent(s3, "UploadPart", "x-amz-content-sha256"), PARTS.map((part) => sha256(part)));
  assertEquals(sent(s3, "CompleteMultipartUpload", "x-amz-checksum-crc32"), [undefined]);
  assertEquals(sha256(await source.read("a")), sha256(BYTES));
});

Deno.test("upload() signs the SHA-256 of parts once a bucket policy has denied unsigned ones", async () => {
  const denies = (s3: MemoryS3): typeof fetch => async (url, init) => {
    const isDenied = new Headers(init?.headers).get("x-amz-content-sha256") === UNSIGNED;
    return isDenied ? s3Error(403, "AccessDenied") : await s3.fetch(url, init);
  };
  const { s3, source, warnings } = setUp({ fetch: denies });
  for (const name of ["a", "b"]) {
    s3.requests.length = 0;
    await source.upload(name, BYTES);
    assertEquals(sent(s3, "UploadPart", "x-amz-content-sha256"), PARTS.map((part) => sha256(part)));
    assertEquals(sent(s3, "UploadPart", "x-amz-checksum-crc32"), PARTS.map(crc32));
    assertEquals(sent(s3, "CompleteMultipartUpload", "x-amz-checksum-crc32"), [crc32(BYTES)]);
  }
  assertEquals(warnings, [
    "The store denies UNSIGNED-PAYLOAD, so parts are signed with their SHA-256, as with " +
    'store.checksums: "sha256"',
  ]);
});

Deno.test("upload() rejects with the denial of a part that may not be stored in any form", async () => {
  const denies = (s3: MemoryS3): typeof fetch => async (url, init) =>
    String(url).includes("partNumber=") ? s3Error(403, "AccessDenied") : await s3.fetch(url, init);
  const { s3, source, warnings } = setUp({ fetch: denies });
  await assertRejects(() => source.upload("a", BYTES), AccessDeniedError);
  assertEquals([s3.listUploads("bucket"), warnings], [[], []]);
});

Deno.test("upload() learns that a store keeps no checksums of whole files, also over http:", async () => {
  const { s3, source, warnings } = setUp({ quirks: ["noChecksumType"], endpointUrl: "http://memory.s3.test" });
  for (const name of ["a", "b"]) await source.upload(name, BYTES);
  assertEquals(sent(s3, "CreateMultipartUpload", "x-amz-checksum-type"), ["FULL_OBJECT", undefined, undefined]);
  assertEquals(sent(s3, "CompleteMultipartUpload", "x-amz-checksum-crc32"), [undefined, undefined]);
  assertEquals(sent(s3, "UploadPart", "x-amz-checksum-crc32"), PARTS.flatMap((part) => [crc32(part), crc32(part)]));
  assertEquals(warnings, [
    "The store does not take x-amz-checksum-type, so files sent in parts have a checksum of their parts' checksums",
  ]);
  assertEquals(sha256(await source.read("a")), sha256(BYTES));
});

/** Sends parts as `alter` returns them. */
const altering =
  (alter: (bytes: Uint8Array<ArrayBuffer>, url: URL) => URL) => (s3: MemoryS3): typeof fetch => async (url, init) => {
    const target = new URL(String(url));
    if (!target.searchParams.has("partNumber")) return await s3.fetch(url, init);
    const bytes = new Uint8Array(await new Response(init?.body).arrayBuffer());
    return await s3.fetch(alter(bytes, target), { ...init, body: bytes });
  };

for (const offset of [0, 1, 255, 5 * MIB - 1, 5 * MIB, 10 * MIB - 1, 10 * MIB, 11 * MIB + 4]) {
  Deno.test(`upload() fails if the byte at ${offset} is altered on its way`, async () => {
    const { s3, source } = setUp({
      fetch: altering((bytes, url) => {
        const at = offset - 5 * MIB * (Number(url.searchParams.get("partNumber")) - 1);
        if (at >= 0 && at < bytes.byteLength) bytes[at] = (bytes[at] ?? 0) ^ 0x10;
        return url;
      }),
    });
    const error = await assertRejects(() => source.upload("a", BYTES), IntegrityError);
    assertEquals([error.code, s3.listKeys("bucket"), s3.listUploads("bucket")], ["BadDigest", [], []]);
  });
}

Deno.test("upload() whose last answer was lost knows its file by the checksum of the whole", async () => {
  for (const isOurs of [true, false]) {
    const { source } = oddStore(({ method, url }) => {
      const agreed = { "x-amz-checksum-algorithm": "CRC32", "x-amz-checksum-type": "FULL_OBJECT" };
      if (url.includes("uploads=")) return new Response("<R><UploadId>u</UploadId></R>", { headers: agreed });
      if (method === "PUT") return new Response(null, { headers: { etag: '"part"' } });
      if (method !== "HEAD") return s3Error(404, "NoSuchUpload");
      const kept = isOurs ? crc32(new Uint8Array(9 * MIB)) : "AAAAAA==";
      const headers = { etag: '"t-2"', "content-length": `${9 * MIB}`, "x-amz-checksum-crc32": kept };
      return new Response(null, { headers });
    });
    const uploading = () => source.upload("a", new Uint8Array(9 * MIB));
    if (isOurs) assertEquals((await uploading()).etag, '"t-2"');
    else await assertRejects(uploading, Error, "NoSuchUpload");
  }
});

Deno.test("parts whose checksum a store refuses are sent again with their SHA-256 in the signature", async () => {
  const { source, requests } = oddStore(({ method, url, headers }) => {
    if (url.includes("uploads=")) return new Response("<R><UploadId>u</UploadId></R>");
    if (method !== "PUT") return new Response('<R><ETag>"t-2"</ETag></R>');
    if (headers.has("x-amz-checksum-crc32")) return s3Error(501, "NotImplemented");
    return new Response(null, { headers: { etag: '"part"' } });
  });
  const zeros = new Uint8Array(9 * MIB);
  await source.upload("a", zeros);
  const parts = requests.filter(({ url }) => url.includes("partNumber="));
  for (const { headers } of parts) {
    assertEquals(headers.get("x-amz-content-sha256") === UNSIGNED, headers.has("x-amz-checksum-crc32"));
  }
  const signed = parts.map(({ headers }) => headers.get("x-amz-content-sha256")).filter((hash) => hash !== UNSIGNED);
  assertEquals(signed.toSorted(), [sha256(zeros.subarray(8 * MIB)), sha256(zeros.subarray(MIB))].toSorted());
});
