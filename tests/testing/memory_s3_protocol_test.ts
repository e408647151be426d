import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { createS3Source } from "../../mod.ts";
import { presignQuery } from "../../src/s3/sign/presign.ts";
import { createMemoryS3, type MemoryS3, type MemoryS3Options } from "../../src/testing/memory_s3/memory_s3.ts";
import { signedFetch, type SignedRequest, type SigningTarget } from "../support/signed_fetch.ts";

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);

function createS3(options: MemoryS3Options = {}): MemoryS3 {
  const s3 = createMemoryS3({ now: () => NOW, ...options });
  s3.putObject({ bucket: "bucket", key: "a b/ü+%2e.txt", body: "0123456789" });
  return s3;
}

function send(s3: MemoryS3, request: SignedRequest, target: Partial<SigningTarget> = {}): Promise<Response> {
  const { endpointUrl } = s3.config;
  return signedFetch(request, { fetch: s3.fetch, endpointUrl, credentials: s3.config, nowMs: NOW, ...target });
}

async function codeOf(response: Response): Promise<string> {
  const code = /<Code>(\w+)<\/Code>/.exec(await response.text())?.[1];
  return `${response.status} ${code}`;
}

const OBJECT = { path: "/bucket/a b/ü+%2e.txt" };

Deno.test("createMemoryS3() serves a signed GET of an awkward key", async () => {
  const response = await send(createS3(), OBJECT);
  assertEquals([response.status, await response.text()], [200, "0123456789"]);
  assertEquals(response.headers.get("etag"), '"781e5e245d69b566979b86e28d23f2c7"');
  assertEquals(response.headers.get("last-modified"), "Fri, 02 Jan 2026 03:04:05 GMT");
});

for (
  const endpointUrl of [
    "https://bucket.s3.us-east-1.amazonaws.com",
    "https://bucket.s3.dualstack.us-east-1.amazonaws.com",
    "https://bucket.s3-fips.us-gov-west-1.amazonaws.com",
    "https://bucket.s3.cn-north-1.amazonaws.com.cn",
    "https://bucket.s3.eusc-de-east-1.amazonaws.eu",
    "https://bucket.s3.us-iso-east-1.c2s.ic.gov",
    "https://bucket.s3.us-isob-east-1.sc2s.sgov.gov",
    "https://bucket.s3.eu-isoe-west-1.cloud.adc-e.uk",
    "https://bucket.s3.us-isof-south-1.csp.hci.ic.gov",
    "https://bucket.memory.s3.test",
  ]
) {
  Deno.test(`createMemoryS3() finds the bucket in the host of ${endpointUrl}`, async () => {
    const response = await send(createS3(), { path: "/a b/ü+%2e.txt" }, { endpointUrl });
    assertEquals(await response.text(), "0123456789");
  });
}

for (const region of ["cn-north-1", "us-gov-west-1", "eusc-de-east-1", "us-isof-south-1", "eu-central-1"]) {
  Deno.test(`createMemoryS3() is a store in ${region}`, async () => {
    const s3 = createMemoryS3({ region });
    const { endpointUrl: _, ...config } = s3.config;
    const source = createS3Source(config, { fetch: s3.fetch });
    await source.upload("a", "A");
    assertEquals(await source.readText("a"), "A");
    assertEquals(s3.requests.map(({ bucket, path, status }) => [bucket, path, status]), [
      ["bucket", "/a", 200],
      ["bucket", "/a", 200],
    ]);
  });
}

for (const [addressing, bucket] of [["path", "my_bucket"], ["virtual", "media"]] as const) {
  Deno.test(`createMemoryS3() takes another store's names, with the bucket in the ${addressing} address`, async () => {
    const s3 = createMemoryS3({
      buckets: [bucket],
      region: "RegionOne",
      endpointUrl: "https://s3.example.com:9000",
    });
    const source = createS3Source({ ...s3.config, store: { addressing } }, { fetch: s3.fetch });
    await source.upload("a", "A");
    assertEquals((await source.list()).files.map(({ path }) => path), ["a"]);
    assertEquals(s3.listKeys(bucket), ["a"]);
    assertEquals(s3.requests[0]?.path, addressing === "path" ? "/my_bucket/a" : "/a");
  });
}

Deno.test("createMemoryS3() refuses a wrong secret", async () => {
  const credentials = { accessKeyId: "memory-access-key", secretAccessKey: "wrong" };
  assertEquals(await codeOf(await send(createS3(), OBJECT, { credentials })), "403 SignatureDoesNotMatch");
});

Deno.test("createMemoryS3() refuses unknown keys", async () => {
  const credentials = { accessKeyId: "unknown", secretAccessKey: "memory-secret-key" };
  assertEquals(await codeOf(await send(createS3(), OBJECT, { credentials })), "403 InvalidAccessKeyId");
});

Deno.test("createMemoryS3() refuses a request without a signature", async () => {
  const s3 = createS3();
  assertEquals(await codeOf(await s3.fetch(`${s3.config.endpointUrl}/bucket/a`)), "403 AccessDenied");
});

Deno.test("createMemoryS3() refuses a header that was added after signing", async () => {
  const s3 = createS3();
  const tampering: typeof fetch = (input, init) => {
    return s3.fetch(input, { ...init, headers: { ...init?.headers, "x-amz-acl": "public-read" } });
  };
  assertEquals(await codeOf(await send(s3, OBJECT, { fetch: tampering })), "403 AccessDenied");
});

Deno.test("createMemoryS3() refuses a query that was changed after signing", async () => {
  const s3 = createS3();
  const tampering: typeof fetch = (input, init) => s3.fetch(`${input}&prefix=team-2/`, init);
  const request = { path: "/bucket", query: { "list-type": "2" } };
  assertEquals(await codeOf(await send(s3, request, { fetch: tampering })), "403 SignatureDoesNotMatch");
});

Deno.test("createMemoryS3() refuses a request that is 16 minutes off", async () => {
  const response = await send(createS3(), OBJECT, { nowMs: NOW - 16 * 60_000 });
  assertEquals(response.headers.get("date"), "Fri, 02 Jan 2026 03:04:05 GMT");
  assertEquals(await codeOf(response), "403 RequestTimeTooSkewed");
});

Deno.test("createMemoryS3() names its region to a request for another", async () => {
  const response = await send(createS3({ region: "eu-west-1" }), OBJECT);
  assertEquals(response.headers.get("x-amz-bucket-region"), "eu-west-1");
  const text = await response.text();
  assertStringIncludes(text, "<Code>AuthorizationHeaderMalformed</Code>");
  assertStringIncludes(text, "<Region>eu-west-1</Region>");
});

Deno.test("createMemoryS3() refuses temporary keys without their token", async () => {
  const s3 = createS3({ credentials: { ASIA: { secretAccessKey: "s", sessionToken: "t" } } });
  const credentials = { accessKeyId: "ASIA", secretAccessKey: "s" };
  assertEquals(await codeOf(await send(s3, OBJECT, { credentials })), "400 InvalidToken");
});

Deno.test("createMemoryS3() refuses keys from the moment they expire", async () => {
  const s3 = createS3({ credentials: { ASIA: { secretAccessKey: "s", sessionToken: "t", expiresAt: new Date(NOW) } } });
  assertEquals(await codeOf(await send(s3, OBJECT)), "400 ExpiredToken");
});

Deno.test("createMemoryS3() confines keys to their bucket and prefix", async () => {
  const s3 = createS3({
    buckets: ["bucket", "other"],
    credentials: { ASIA: { secretAccessKey: "s", bucket: "bucket", prefix: "team/" } },
  });
  const statuses = [];
  const requests: SignedRequest[] = [
    { path: "/bucket/team/a", method: "PUT" },
    { path: "/bucket", query: { "list-type": "2", prefix: "team/x" } },
    { path: "/bucket/team-2/a" },
    { path: "/other/team/a" },
    { path: "/bucket", query: { "list-type": "2", prefix: "team" } },
    { path: "/bucket/team/b", method: "PUT", headers: { "x-amz-copy-source": "bucket/team-2/a" } },
    { path: "/bucket", method: "HEAD" },
    { path: "/" },
  ];
  for (const request of requests) statuses.push((await send(s3, request)).status);
  assertEquals(statuses, [200, 200, 403, 403, 403, 403, 403, 403]);
});

Deno.test("createMemoryS3() accepts a presigned URL until it expires", async () => {
  let now = NOW;
  const s3 = createS3({ now: () => now });
  const query = presignQuery(
    {
      method: "GET",
      host: "memory.s3.test",
      path: "/bucket/a%20b/%C3%BC%2B%252e.txt",
      query: { "response-content-type": "text/x-test" },
      headers: {},
    },
    { credentials: s3.config, region: "us-east-1", nowMs: NOW, expiresInSeconds: 60 },
  );
  const url = `https://memory.s3.test/bucket/a%20b/%C3%BC%2B%252e.txt?${query}`;
  const response = await s3.fetch(url);
  assertEquals(response.headers.get("content-type"), "text/x-test");
  assertEquals(await response.text(), "0123456789");
  assertEquals(await codeOf(await s3.fetch(url.replace("x-test", "html"))), "403 SignatureDoesNotMatch");
  now += 61_000;
  assertEquals(await codeOf(await s3.fetch(url)), "403 AccessDenied");
});

Deno.test("createMemoryS3() refuses a body that does not match its hash", async () => {
  const headers = { "x-amz-content-sha256": "0".repeat(64) };
  const response = await send(createS3(), { path: "/bucket/a", method: "PUT", body: "A", headers });
  assertEquals(await codeOf(response), "400 XAmzContentSHA256Mismatch");
});

Deno.test("createMemoryS3() refuses a body that does not match its checksum", async () => {
  const headers = { "x-amz-checksum-sha256": "A".repeat(43) + "=" };
  const s3 = createS3();
  const response = await send(s3, { path: "/bucket/a", method: "PUT", body: "A", headers });
  assertEquals(await codeOf(response), "400 BadDigest");
  assertEquals(s3.getObject("bucket", "a"), null);
});

const RANGES: [range: string, status: number, body: string, contentRange: string | null][] = [
  ["bytes=0-0", 206, "0", "bytes 0-0/10"],
  ["bytes=3-5", 206, "345", "bytes 3-5/10"],
  ["bytes=8-", 206, "89", "bytes 8-9/10"],
  ["bytes=8-100", 206, "89", "bytes 8-9/10"],
  ["bytes=-3", 206, "789", "bytes 7-9/10"],
  ["bytes=-100", 206, "0123456789", "bytes 0-9/10"],
  ["bytes=5-3", 200, "0123456789", null],
  ["lines=1-2", 200, "0123456789", null],
];

for (const [range, status, body, contentRange] of RANGES) {
  Deno.test(`createMemoryS3() serves the range ${range}`, async () => {
    const response = await send(createS3(), { ...OBJECT, headers: { range } });
    assertEquals([response.status, await response.text()], [status, body]);
    assertEquals(response.headers.get("content-range"), contentRange);
  });
}

for (const range of ["bytes=10-", "bytes=10-11", "bytes=-0"]) {
  Deno.test(`createMemoryS3() refuses the range ${range}`, async () => {
    const response = await send(createS3(), { ...OBJECT, headers: { range } });
    assertEquals(response.headers.get("content-range"), "bytes */10");
    assertEquals(await codeOf(response), "416 InvalidRange");
  });
}

Deno.test("createMemoryS3() lists in the order of UTF-8 bytes", async () => {
  const s3 = createMemoryS3({ now: () => NOW });
  for (const key of ["\u{1F600}", "\uFFFD", "a", "B"]) s3.putObject({ bucket: "bucket", key, body: "" });
  const response = await send(s3, { path: "/bucket", query: { "list-type": "2" } });
  const keys = Array.from((await response.text()).matchAll(/<Key>(.*?)<\/Key>/g), ([, key]) => key);
  assertEquals(keys, ["B", "a", "\uFFFD", "\u{1F600}"]);
});

Deno.test("createMemoryS3() writes keys percent-encoded with + for a space when asked to", async () => {
  const query = { "list-type": "2", "encoding-type": "url" };
  const text = await (await send(createS3(), { path: "/bucket", query })).text();
  assertStringIncludes(text, "<Key>a+b/%C3%BC%2B%252e.txt</Key>");
  assertStringIncludes(text, "<EncodingType>url</EncodingType>");
});

Deno.test("createMemoryS3() responds with NotImplemented to unsupported operations", async () => {
  const s3 = createS3();
  assertEquals(await codeOf(await send(s3, { path: "/bucket", query: { versions: "" } })), "501 NotImplemented");
  assertEquals(await codeOf(await send(s3, { ...OBJECT, query: { acl: "" } })), "501 NotImplemented");
});

Deno.test("createMemoryS3() remembers requests without their bodies", async () => {
  const s3 = createS3();
  await send(s3, { path: "/bucket/a b", method: "PUT", body: "A", query: { "x-id": "PutObject" } });
  const logged = s3.requests.map(({ headers, ...rest }) => ({ ...rest, signed: "authorization" in headers }));
  assertEquals(logged, [{
    operation: "PutObject",
    method: "PUT",
    path: "/bucket/a%20b",
    query: "x-id=PutObject",
    bucket: "bucket",
    key: "a b",
    accessKeyId: "memory-access-key",
    status: 200,
    signed: true,
  }]);
});

Deno.test("createMemoryS3() rejects for a host that is not its own", async () => {
  for (
    const url of [
      "https://example.com/bucket/a",
      "http://bucket.memory.s3.test/a",
      "http://bucketmemory.s3.test/a",
      "https://bucket.s3.us-east-1.amazonaws.com.example.com/a",
      "https://s3.us-east-1.amazonawsxcom/bucket/a",
    ]
  ) await assertRejects(() => createS3().fetch(url), TypeError, new URL(url).origin);
});

Deno.test("createMemoryS3() ends a body with the signal's reason", async () => {
  const s3 = createS3();
  s3.putObject({ bucket: "bucket", key: "large", body: new Uint8Array(200_000) });
  const controller = new AbortController();
  const abortable: typeof fetch = (input, init) => s3.fetch(input, { ...init, signal: controller.signal });
  const response = await send(s3, { path: "/bucket/large" }, { fetch: abortable });
  const reader = response.body?.getReader();
  assertEquals((await reader?.read())?.value?.byteLength, 65_536);
  controller.abort(new Error("enough"));
  await assertRejects(async () => await reader?.read(), Error, "enough");
});

Deno.test("createMemoryS3() stops reading a body when the signal aborts", async () => {
  const s3 = createS3();
  const controller = new AbortController();
  let cancelled: unknown;
  const body = new ReadableStream({
    pull: () => controller.abort(new Error("enough")),
    cancel: (reason) => {
      cancelled = reason;
    },
  });
  const request = { method: "PUT", body, signal: controller.signal, duplex: "half" };
  const error = await assertRejects(() => s3.fetch("https://memory.s3.test/bucket/a", request), Error, "enough");
  assertEquals(cancelled, error);
});
