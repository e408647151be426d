import { assert, assertEquals, assertFalse, assertRejects, assertThrows } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { createHash, createHmac } from "node:crypto";
import { ConfigError, ServiceError, TimeoutError } from "../../mod.ts";
import { assertR2Allows, createR2Issuer } from "../../src/broker/keys/r2.ts";
import { r2EndpointUrl } from "../../src/options/broker_values.ts";
import { isThrottled } from "../../src/broker/keys/service_call.ts";
import type { KeyRequest, SessionKeys } from "../../src/broker/types.ts";
import type { Permission, R2Config } from "../../src/options/broker_options.ts";
import { hang, type StubFetch, stubFetch } from "../support/stub_fetch.ts";
import { stubObserver } from "../support/stub_sts.ts";

const NOW = Date.parse("2030-01-01T00:00:00.789Z");

const PARENT = { accountId: "0123456789abcdef0123456789abcdef", accessKeyId: "parent-id" };
const LOCAL = { ...PARENT, secretAccessKey: "parent-secret-canary" };
const API = { ...PARENT, apiToken: "api-token-canary" };
const REQUEST: KeyRequest = { tenant: "team", bucket: "media", prefix: "team/", allow: ["read"] };

function issueFrom(
  r2: R2Config,
  request: Partial<KeyRequest> = {},
  { fetch }: StubFetch = stubFetch(),
  observer = stubObserver(),
): Promise<SessionKeys> {
  return createR2Issuer(r2, { fetch, now: () => NOW, observer })({ ...REQUEST, ...request });
}

/** What R2 does with a session token, as Cloudflare documents it. */
function verify({ secretAccessKey, sessionToken }: SessionKeys, parentSecret: string) {
  const plain = atob(sessionToken);
  assert(plain.startsWith("jwt/"));
  const token = plain.slice("jwt/".length);
  const [header = "", claims = "", signature] = token.split(".");
  assertEquals(signature, createHmac("sha256", parentSecret).update(`${header}.${claims}`).digest("base64url"));
  assertEquals(secretAccessKey, createHash("sha256").update(token).digest("hex"));
  const read = (part: string) =>
    JSON.parse(new TextDecoder().decode(Uint8Array.fromBase64(part, { alphabet: "base64url" })));
  return { header: read(header), claims: read(claims) };
}

Deno.test("createR2Issuer() makes keys without a request, whose token R2 can verify", async () => {
  const api = stubFetch();
  const keys = await issueFrom(LOCAL, { prefix: "t {[ü+%&]} $/日本/" }, api);
  const { header, claims } = verify(keys, LOCAL.secretAccessKey);
  assertEquals(header, { alg: "HS256", typ: "JWT" });
  assertEquals(claims, {
    bucket: "media",
    scope: "object-read-only",
    actions: ["GetObject", "HeadObject", "ListObjectsV1", "ListObjectsV2"],
    paths: { prefixPaths: ["t {[ü+%&]} $/日本/"], objectPaths: [] },
    sub: "0123456789abcdef0123456789abcdef",
    iss: "parent-id",
    aud: "0123456789abcdef0123456789abcdef.r2.cloudflarestorage.com",
    iat: 1_893_456_000,
    exp: 1_893_459_600,
  });
  assertEquals(keys.accessKeyId, "parent-id");
  assertEquals([keys.expiration, keys.durationSeconds], [1_893_459_600_000, 3_600]);
  assertEquals(api.requests.length, 0);
});

const READ = ["GetObject", "HeadObject", "ListObjectsV1", "ListObjectsV2"];
const WRITE = [
  "PutObject",
  "CreateMultipartUpload",
  "UploadPart",
  "CompleteMultipartUpload",
  "AbortMultipartUpload",
  "ListParts",
];
const COPY = ["CopyObject", "UploadPartCopy"];
const DELETE = ["DeleteObject", "DeleteObjects"];

for (
  const [allow, scope, actions] of [
    [["read"], "object-read-only", READ],
    [["write"], "object-read-write", WRITE],
    [["delete"], "object-read-write", DELETE],
    [["read", "delete"], "object-read-write", [...READ, ...DELETE]],
    [["read", "write"], "object-read-write", [...READ, ...WRITE, ...COPY]],
    [["read", "write", "delete"], "object-read-write", [...READ, ...WRITE, ...COPY, ...DELETE]],
  ] as const
) {
  Deno.test(`createR2Issuer() makes keys that permit ${allow.join(", ")}`, async () => {
    const { claims } = verify(await issueFrom(LOCAL, { allow }), LOCAL.secretAccessKey);
    assertEquals([claims.scope, claims.actions.sort()], [scope, [...actions].sort()]);
  });
}

Deno.test("createR2Issuer() makes keys of the configured lifetime for a whole bucket", async () => {
  const keys = await issueFrom(LOCAL, { prefix: "", durationSeconds: 604_800 });
  const { claims } = verify(keys, LOCAL.secretAccessKey);
  assertEquals(["paths" in claims, claims.exp - claims.iat, keys.durationSeconds], [false, 604_800, 604_800]);
});

for (
  const [jurisdiction, host] of [
    [undefined, "0123456789abcdef0123456789abcdef.r2.cloudflarestorage.com"],
    ["eu", "0123456789abcdef0123456789abcdef.eu.r2.cloudflarestorage.com"],
    ["fedramp", "0123456789abcdef0123456789abcdef.fedramp.r2.cloudflarestorage.com"],
  ] as const
) {
  Deno.test(`createR2Issuer() makes keys for ${host}`, async () => {
    const { claims } = verify(await issueFrom({ ...LOCAL, jurisdiction }), LOCAL.secretAccessKey);
    assertEquals([claims.aud, r2EndpointUrl({ ...LOCAL, jurisdiction })], [host, `https://${host}`]);
  });
}

const minted = { accessKeyId: "id", secretAccessKey: "minted-key-canary", sessionToken: "minted-token-canary" };
const apiReply = (result: object = minted) =>
  Response.json({ result, errors: [], messages: [], success: true }, { headers: { "cf-ray": "8f1e-FRA" } });
const apiError = (status: number, code: unknown, message: string) =>
  Response.json({ result: null, errors: [{ code, message }], messages: [], success: false }, { status });

Deno.test("createR2Issuer() asks the API, if it has its token", async () => {
  const api = stubFetch(apiReply());
  const observer = stubObserver();
  const keys = await issueFrom(API, { durationSeconds: 900 }, api, observer);
  assertEquals(keys, { ...minted, expiration: NOW + 900_000, durationSeconds: 900, requestId: "8f1e-FRA" });
  const [request] = api.requests;
  assertEquals([request?.method, request?.url, request?.init.redirect], [
    "POST",
    "https://api.cloudflare.com/client/v4/accounts/0123456789abcdef0123456789abcdef/r2/temp-access-credentials",
    "manual",
  ]);
  assertEquals(request?.headers.get("authorization"), "Bearer api-token-canary");
  assertEquals(request?.headers.get("content-type"), "application/json");
  assertEquals(JSON.parse(request?.body ?? ""), {
    bucket: "media",
    parentAccessKeyId: "parent-id",
    permission: "object-read-only",
    ttlSeconds: 900,
    prefixes: ["team/"],
  });
  assertEquals(observer.requests, [{ seconds: 0, result: "ok" }]);
});

Deno.test("createR2Issuer() asks the API for everything in a whole bucket", async () => {
  const api = stubFetch(apiReply());
  await issueFrom(API, { prefix: "", allow: ["read", "write", "delete"] }, api);
  assertEquals(JSON.parse(api.requests[0]?.body ?? ""), {
    bucket: "media",
    parentAccessKeyId: "parent-id",
    permission: "object-read-write",
    ttlSeconds: 3_600,
  });
});

for (const allow of [["write"], ["read", "delete"], ["delete"]] satisfies Permission[][]) {
  Deno.test(`createR2Issuer() refuses ${allow.join(", ")} where the API cannot tell it apart`, async () => {
    const api = stubFetch(apiReply());
    const listed = allow.map((permission) => `"${permission}"`).join(", ");
    const message = `Cannot get keys from R2 that permit only ${listed}: its API permits reading or everything; ` +
      'use the parent\'s "secret_access_key" instead of "api_token"';
    assertThrows(() => assertR2Allows(API, allow), ConfigError, message);
    await assertRejects(() => issueFrom(API, { allow }, api), ConfigError, message);
    assertEquals(api.requests.length, 0);
    assertR2Allows(LOCAL, allow);
  });
}

Deno.test("createR2Issuer() reports the API's message, code, status and ray, without the token", async () => {
  const refusal = apiError(403, 10_000, "Authentication error of Bearer api-token-canary");
  refusal.headers.set("cf-ray", "8f1e-FRA");
  const error = await assertRejects(() => issueFrom(API, {}, stubFetch(refusal)), ServiceError);
  assertEquals(
    error.message,
    "Cannot get keys from R2: it answered 403 (10000: Authentication error of Bearer [secret])",
  );
  assertEquals([error.code, error.status, error.requestId], ["10000", 403, "8f1e-FRA"]);
  assertFalse(Deno.inspect(error).includes("canary"));
});

Deno.test("createR2Issuer() hides a token that the API sends as its code", async () => {
  const error = await assertRejects(
    () => issueFrom(API, {}, stubFetch(apiError(400, API.apiToken, "no"))),
    ServiceError,
  );
  assertEquals(error.message, "Cannot get keys from R2: it answered 400 (UnexpectedStatus: no)");
  assertEquals(error.code, "UnexpectedStatus");
});

for (
  const [name, reply, message] of [
    ["is not JSON", new Response("<html>"), "its response cannot be used: it has no accessKeyId"],
    ["has no token", apiReply({ ...minted, sessionToken: "" }), "its response cannot be used: it has no sessionToken"],
    ["has no result", Response.json({ success: true }), "its response cannot be used: it has no accessKeyId"],
    ["is too large", new Response("x".repeat(64 * 1024 + 1)), "its response cannot be used: it is larger than 64 KiB"],
    ["is a failure with 200", apiError(200, 1, "no"), "it answered 200 (1: no)"],
    ["is an error page", new Response("no", { status: 400 }), "it answered 400 (UnexpectedStatus)"],
  ] as const
) {
  Deno.test(`createR2Issuer() refuses a reply that ${name}`, async () => {
    using time = new FakeTime(NOW);
    const failure = assertRejects(() => issueFrom(API, {}, stubFetch(reply)), ServiceError);
    await time.tickAsync(200);
    assertEquals((await failure).message, `Cannot get keys from R2: ${message}`);
  });
}

Deno.test("createR2Issuer() follows no redirect with the token", async () => {
  const api = stubFetch(new Response(null, { status: 307, headers: { location: "http://attacker.test/" } }));
  const error = await assertRejects(() => issueFrom(API, {}, api), ServiceError);
  assertEquals(error.message, "Cannot get keys from R2: it redirects, which is not followed");
  assertEquals(api.requests.length, 1);
});

Deno.test("createR2Issuer() asks the API once more after a transient failure", async () => {
  using time = new FakeTime(NOW);
  const api = stubFetch(new TypeError("connection reset"), apiReply());
  const observer = stubObserver();
  const keys = issueFrom(API, {}, api, observer);
  await time.tickAsync(200);
  assertEquals((await keys).accessKeyId, "id");
  assertEquals(observer.requests.map(({ result }) => result), ["failed", "ok"]);
});

Deno.test("createR2Issuer() does not ask an API again that throttles it", async () => {
  const api = stubFetch(apiError(429, 971, "slow down"), apiReply());
  assert(isThrottled(await assertRejects(() => issueFrom(API, {}, api), ServiceError, "429 (971: slow down)")));
  assertEquals(api.requests.length, 1);
});

Deno.test("createR2Issuer() gives up after 9 seconds", async () => {
  using time = new FakeTime(NOW);
  const failure = assertRejects(() => issueFrom(API, {}, stubFetch(hang)), TimeoutError);
  await time.tickAsync(9_000);
  assertEquals((await failure).message, "Cannot get keys from R2: it did not answer within 9000 ms");
});
