// Rules of the in-memory S3 that the AWS SDK and our own client never break.
import { assertEquals, assertRejects } from "@std/assert";
import { createHash, createHmac } from "node:crypto";
import process from "node:process";
import { presignQuery } from "../../src/s3/sign/presign.ts";
import { createMemoryS3, type MemoryS3 } from "../../src/testing/memory_s3/memory_s3.ts";
import { signedFetch, type SignedRequest, type SigningTarget } from "../support/signed_fetch.ts";

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);
const MINUTE_MS = 60_000;

function send(s3: MemoryS3, request: SignedRequest, target: Partial<SigningTarget> = {}): Promise<Response> {
  const { endpointUrl } = s3.config;
  return signedFetch(request, { fetch: s3.fetch, endpointUrl, credentials: s3.config, nowMs: NOW, ...target });
}

async function outcomeOf(response: Response): Promise<string> {
  const code = /<Code>(\w+)<\/Code>/.exec(await response.text())?.[1];
  return code === undefined ? String(response.status) : `${response.status} ${code}`;
}

function createS3(): MemoryS3 {
  const s3 = createMemoryS3({ now: () => NOW });
  s3.putObject({ bucket: "bucket", key: "a", body: "0123456789" });
  return s3;
}

for (
  const [minutes, outcome] of [[-16, "403 RequestTimeTooSkewed"], [-14, "200"], [14, "200"], [
    16,
    "403 RequestTimeTooSkewed",
  ]] as const
) {
  Deno.test(`createMemoryS3() responds with ${outcome} to a request signed ${minutes} minutes from now`, async () => {
    const response = await send(createS3(), { path: "/bucket/a" }, { nowMs: NOW + minutes * MINUTE_MS });
    assertEquals(await outcomeOf(response), outcome);
  });
}

for (
  const [signedMs, expiresInSeconds, outcome] of [
    [-60_000, 60, "200"],
    [-61_000, 60, "403 AccessDenied"],
    [14 * MINUTE_MS, 60, "200"],
    [16 * MINUTE_MS, 60, "403 AccessDenied"],
    [0, 604_800, "200"],
    [0, 604_801, "400 AuthorizationQueryParametersError"],
    [0, -1, "400 AuthorizationQueryParametersError"],
  ] as const
) {
  Deno.test(`createMemoryS3() responds with ${outcome} to a URL signed at ${signedMs} ms for ${expiresInSeconds} s`, async () => {
    const s3 = createS3();
    const query = presignQuery(
      { method: "GET", host: "memory.s3.test", path: "/bucket/a", query: {}, headers: {} },
      { credentials: s3.config, region: "us-east-1", nowMs: NOW + signedMs, expiresInSeconds },
    );
    assertEquals(await outcomeOf(await s3.fetch(`https://memory.s3.test/bucket/a?${query}`)), outcome);
  });
}

for (
  const [name, headers, outcome] of [
    ["the MD5 of the body", { "content-md5": "f8VicOenD6gaWTW3Lqy+KQ==" }, "200"],
    ["the MD5 of another body", { "content-md5": "AAAAAAAAAAAAAAAAAAAAAA==" }, "400 BadDigest"],
    ["a CRC-32 of another length", { "x-amz-checksum-crc32": "AAAA" }, "400 InvalidRequest"],
    ["a CRC-32 of another body", { "x-amz-checksum-crc32": "AAAAAA==" }, "400 BadDigest"],
  ] as const
) {
  Deno.test(`createMemoryS3() responds with ${outcome} to an upload with ${name}`, async () => {
    assertEquals(
      await outcomeOf(await send(createS3(), { path: "/bucket/b", method: "PUT", body: "A", headers: { ...headers } })),
      outcome,
    );
  });
}

Deno.test("createMemoryS3() lists pages of max-keys, and continues after a folder", async () => {
  const s3 = createMemoryS3({ now: () => NOW });
  for (const key of ["a/1", "a/2", "b", "c/1"]) s3.putObject({ bucket: "bucket", key, body: "" });
  const pages: string[][] = [];
  for (let token: string | undefined = ""; token !== undefined && pages.length < 5;) {
    const query: Record<string, string> = { "list-type": "2", "max-keys": "1", delimiter: "/" };
    if (token !== "") query["continuation-token"] = token;
    const text = await (await send(s3, { path: "/bucket", query })).text();
    const names = text.matchAll(/<(?:Key|CommonPrefixes><Prefix)>(.*?)</g);
    pages.push(Array.from(names, ([, name = ""]) => name));
    token = /<NextContinuationToken>(.*?)</.exec(text)?.[1];
  }
  assertEquals(pages, [["a/"], ["b"], ["c/"]]);
});

for (const [partNumber, outcome] of [["0", "400"], ["1", "200"], ["10000", "200"], ["10001", "400"]] as const) {
  Deno.test(`createMemoryS3() responds with ${outcome} to part number ${partNumber}`, async () => {
    const s3 = createS3();
    const text = await (await send(s3, { path: "/bucket/b", method: "POST", query: { uploads: "" } })).text();
    const uploadId = /<UploadId>(.*?)</.exec(text)?.[1] ?? "";
    const request = { path: "/bucket/b", method: "PUT", body: "A", query: { partNumber, uploadId } };
    assertEquals((await outcomeOf(await send(s3, request))).slice(0, 3), outcome);
  });
}

Deno.test("createMemoryS3() takes keys of up to 1,024 bytes", async () => {
  for (const [length, outcome] of [[1024, "200"], [1025, "400 KeyTooLongError"]] as const) {
    const request = { path: `/bucket/${"k".repeat(length)}`, method: "PUT", body: "" };
    assertEquals(await outcomeOf(await send(createS3(), request)), outcome);
  }
});

Deno.test("createMemoryS3() responds with 304 to If-None-Match with the object's ETag", async () => {
  const s3 = createS3();
  const etag = '"781e5e245d69b566979b86e28d23f2c7"';
  const known = await send(s3, { path: "/bucket/a", headers: { "if-none-match": etag } });
  assertEquals([known.status, known.headers.get("etag")], [304, etag]);
  const other = await send(s3, { path: "/bucket/a", headers: { "if-none-match": '"other"' } });
  assertEquals(await other.text(), "0123456789");
});

Deno.test("createMemoryS3() refuses to copy an object to itself unchanged", async () => {
  const headers = { "x-amz-copy-source": "bucket/a" };
  const response = await send(createS3(), { path: "/bucket/a", method: "PUT", headers });
  assertEquals(await outcomeOf(response), "400 InvalidRequest");
});

Deno.test("createMemoryS3() refuses a signature that does not cover the host", async () => {
  const s3 = createS3();
  const hmac = (key: string | Uint8Array, text: string) => createHmac("sha256", key).update(text).digest();
  const hash = (text: string) => createHash("sha256").update(text).digest("hex");
  const [timestamp, date, payloadHash] = ["20260102T030405Z", "20260102", hash("")];
  const canonical = `GET\n/bucket/a\n\nx-amz-content-sha256:${payloadHash}\nx-amz-date:${timestamp}\n\n` +
    `x-amz-content-sha256;x-amz-date\n${payloadHash}`;
  const scope = `${date}/us-east-1/s3/aws4_request`;
  let key: string | Uint8Array = `AWS4${s3.config.secretAccessKey}`;
  for (const step of scope.split("/")) key = hmac(key, step);
  const signature = createHmac("sha256", key).update(`AWS4-HMAC-SHA256\n${timestamp}\n${scope}\n${hash(canonical)}`)
    .digest("hex");
  const response = await s3.fetch("https://memory.s3.test/bucket/a", {
    headers: {
      "x-amz-date": timestamp,
      "x-amz-content-sha256": payloadHash,
      authorization: `AWS4-HMAC-SHA256 Credential=${s3.config.accessKeyId}/${scope}, ` +
        `SignedHeaders=x-amz-content-sha256;x-amz-date, Signature=${signature}`,
    },
  });
  assertEquals(await outcomeOf(response), "403 AccessDenied");
});

for (const [count, outcome] of [[0, "400 MalformedXML"], [1000, "200"], [1001, "400 MalformedXML"]] as const) {
  Deno.test(`createMemoryS3() responds with ${outcome} to DeleteObjects with ${count} keys`, async () => {
    const body = `<Delete>${"<Object><Key>a</Key></Object>".repeat(count)}</Delete>`;
    const headers = { "content-md5": createHash("md5").update(body).digest("base64") };
    const request = { path: "/bucket", method: "POST", query: { delete: "" }, body, headers };
    assertEquals(await outcomeOf(await send(createS3(), request)), outcome);
  });
}

Deno.test("createMemoryS3() does not process a request that is aborted while it is read", async () => {
  const s3 = createS3();
  const controller = new AbortController();
  const body = new ReadableStream({ pull: () => controller.abort(new RangeError("enough")) });
  const request = { method: "PUT", body, signal: controller.signal, duplex: "half" };
  await assertRejects(() => s3.fetch("https://memory.s3.test/bucket/a", request), RangeError, "enough");
  assertEquals(s3.requests, []);
});

Deno.test("createMemoryS3() hashes without the runtime's own hashes too", async () => {
  const { getBuiltinModule } = process;
  process.getBuiltinModule = (() => undefined) as unknown as typeof getBuiltinModule;
  try {
    const s3 = createS3();
    const headers = { "x-amz-checksum-sha1": createHash("sha1").update("A").digest("base64") };
    assertEquals(await outcomeOf(await send(s3, { path: "/bucket/b", method: "PUT", body: "A", headers })), "200");
    const stored = await send(s3, { path: "/bucket/b", method: "HEAD" });
    assertEquals(stored.headers.get("etag"), '"7fc56270e7a70fa81a5935b72eacbe29"');
  } finally {
    process.getBuiltinModule = getBuiltinModule;
  }
});
