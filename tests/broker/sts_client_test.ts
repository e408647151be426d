import { assert, assertEquals, assertFalse, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { ServiceError, TimeoutError } from "../../mod.ts";
import { createStsClient, isThrottled, type SessionKeys, type StsClientOptions } from "../../src/broker/sts_client.ts";
import { hang, KEYS, type StubFetch, stubFetch } from "../support/stub_fetch.ts";
import { stsError, stsReply } from "../support/stub_sts.ts";

const NOW = Date.parse("2030-01-01T00:00:00Z");

const SESSION = { name: "team", policy: '{"Version":"2012-10-17"}' };

function assume(
  { fetch }: StubFetch,
  options: Partial<StsClientOptions> = {},
  session = SESSION,
): Promise<SessionKeys> {
  return createStsClient({
    region: "eu-west-1",
    roleArn: "arn:aws:iam::123456789012:role/files",
    durationSeconds: 900,
    getKeys: () => Promise.resolve(KEYS),
    fetch,
    now: () => NOW,
    ...options,
  })(session);
}

Deno.test("createStsClient() sends AssumeRole as a signed form", async () => {
  const sts = stubFetch(stsReply());
  await assume(sts);
  const [request] = sts.requests;
  assertEquals(sts.requests.length, 1);
  assertEquals([request?.method, request?.url], ["POST", "https://sts.eu-west-1.amazonaws.com/"]);
  assertEquals(
    request?.body,
    "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Ffiles&RoleSessionName=team" +
      "&DurationSeconds=900&Policy=%7B%22Version%22%3A%222012-10-17%22%7D",
  );
  assertEquals(request?.headers.get("content-type"), "application/x-www-form-urlencoded");
  assertEquals(request?.headers.get("x-amz-date"), "20300101T000000Z");
  assertEquals(
    request?.headers.get("authorization"),
    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20300101/eu-west-1/sts/aws4_request, " +
      `SignedHeaders=content-type;host;x-amz-date, Signature=${await signatureOf(request?.body ?? "")}`,
  );
  assertEquals(request?.init.redirect, "manual");
});

Deno.test("createStsClient() returns the keys and their expiration", async () => {
  assertEquals(await assume(stubFetch(stsReply())), {
    accessKeyId: "ASIAMINTED",
    secretAccessKey: "minted-key-canary",
    sessionToken: "minted-token-canary",
    expiration: NOW + 900_000,
  });
});

for (
  const [region, endpointUrl, url] of [
    ["us-east-1", undefined, "https://sts.us-east-1.amazonaws.com/"],
    ["cn-north-1", undefined, "https://sts.cn-north-1.amazonaws.com.cn/"],
    ["us-east-1", "http://127.0.0.1:8333", "http://127.0.0.1:8333/"],
    ["us-east-1", "https://store.example.com/sts/", "https://store.example.com/sts/"],
  ] as const
) {
  Deno.test(`createStsClient() calls ${url}`, async () => {
    const sts = stubFetch(stsReply());
    await assume(sts, { region, ...endpointUrl !== undefined && { endpointUrl } });
    assertEquals(sts.requests[0]?.url, url);
  });
}

Deno.test("createStsClient() sends no role if none is configured", async () => {
  const sts = stubFetch(stsReply());
  const getKeys = () => Promise.resolve(KEYS);
  const options = { region: "us-east-1", endpointUrl: "http://store.test", durationSeconds: 3600, getKeys };
  await createStsClient({ ...options, fetch: sts.fetch, now: () => NOW })(SESSION);
  const form = new URLSearchParams(sts.requests[0]?.body);
  assertEquals([form.has("RoleArn"), form.get("DurationSeconds")], [false, "3600"]);
});

for (
  const [name, sessionName] of [
    ["team", "team"],
    ["a", "a-"],
    ["Ünïcode team/1", "-n-code-team-1"],
    ["x".repeat(70), "x".repeat(64)],
    ["a+b=c,d.e@f-g_h", "a+b=c,d.e@f-g_h"],
  ] as const
) {
  Deno.test(`createStsClient() names the session of ${JSON.stringify(name)} ${sessionName}`, async () => {
    const sts = stubFetch(stsReply());
    await assume(sts, {}, { ...SESSION, name });
    assertEquals(new URLSearchParams(sts.requests[0]?.body).get("RoleSessionName"), sessionName);
  });
}

Deno.test("createStsClient() sends the token of its own keys", async () => {
  const sts = stubFetch(stsReply());
  await assume(sts, { getKeys: () => Promise.resolve({ ...KEYS, sessionToken: "own-token" }) });
  assertEquals(sts.requests[0]?.headers.get("x-amz-security-token"), "own-token");
  assertMatch(sts.requests[0]?.headers.get("authorization") ?? "", /SignedHeaders=[^,]*x-amz-security-token/);
});

Deno.test("createStsClient() gets its own keys for each call", async () => {
  const sts = stubFetch(() => stsReply());
  let calls = 0;
  const assumeRole = createStsClient({
    region: "eu-west-1",
    durationSeconds: 900,
    getKeys: () => Promise.resolve({ ...KEYS, accessKeyId: `AKID${++calls}` }),
    fetch: sts.fetch,
    now: () => NOW,
  });
  await assumeRole(SESSION);
  await assumeRole(SESSION);
  const keyIds = sts.requests.map(({ headers }) => /AKID\d/.exec(headers.get("authorization") ?? "")?.[0]);
  assertEquals(keyIds, ["AKID1", "AKID2"]);
});

Deno.test("createStsClient() reports STS's message, code, status and request id", async () => {
  const sts = stubFetch(stsError(403, "AccessDenied", "User: arn:aws:iam::1:user/b is not authorized"));
  const error = await assertRejects(() => assume(sts), ServiceError);
  assertEquals(
    error.message,
    "Cannot get keys from STS: it answered 403 (AccessDenied: User: arn:aws:iam::1:user/b is not authorized)",
  );
  assertEquals([error.code, error.status, error.requestId], ["AccessDenied", 403, "R2"]);
  assertEquals(sts.requests.length, 1);
});

Deno.test("createStsClient() reads an error in S3's format", async () => {
  const xml = "<Error><Code>SignatureDoesNotMatch</Code><Message>No.</Message><RequestId>R3</RequestId></Error>";
  const error = await assertRejects(() => assume(stubFetch(new Response(xml, { status: 403 }))), ServiceError);
  assertEquals([error.code, error.requestId], ["SignatureDoesNotMatch", "R3"]);
});

Deno.test("createStsClient() reads an error that is not XML", async () => {
  const error = await assertRejects(() => assume(stubFetch(new Response("no", { status: 400 }))), ServiceError);
  assertEquals(error.message, "Cannot get keys from STS: it answered 400 (UnexpectedStatus)");
});

for (
  const [name, first] of Object.entries<Response | Error>({
    "a broken connection": new TypeError("connection reset"),
    "a 500": stsError(500, "InternalFailure"),
    "a truncated response": new Response("<AssumeRoleResponse><AssumeRoleResult>"),
  })
) {
  Deno.test(`createStsClient() retries after ${name}`, async () => {
    using time = new FakeTime(NOW);
    const sts = stubFetch(first, stsReply());
    const keys = assume(sts);
    await time.tickAsync(200);
    assertEquals((await keys).accessKeyId, "ASIAMINTED");
    assertEquals(sts.requests.length, 2);
  });
}

for (
  const [status, code] of [
    [400, "Throttling"],
    [400, "ThrottlingException"],
    [400, "TooManyRequestsException"],
    [400, "RequestLimitExceeded"],
    [429, "Busy"],
    [503, "ServiceUnavailable"],
  ] as const
) {
  Deno.test(`createStsClient() does not retry after ${status} ${code}`, async () => {
    const sts = stubFetch(stsError(status, code), stsReply());
    assert(isThrottled(await assertRejects(() => assume(sts), ServiceError, code)));
    assertEquals(sts.requests.length, 1);
  });
}

Deno.test("createStsClient() retries only once", async () => {
  using time = new FakeTime(NOW);
  const sts = stubFetch(stsError(500, "InternalFailure"));
  const failure = assertRejects(() => assume(sts), ServiceError, "it answered 500 (InternalFailure)");
  await time.tickAsync(200);
  await failure;
  assertEquals(sts.requests.length, 2);
});

Deno.test("createStsClient() gives up after 9 seconds", async () => {
  using time = new FakeTime(NOW);
  const failure = assertRejects(() => assume(stubFetch(hang)), TimeoutError);
  await time.tickAsync(9_000);
  assertEquals((await failure).message, "Cannot get keys from STS: it did not answer within 9000 ms");
});

for (const status of [0, 307]) {
  Deno.test(`createStsClient() follows no redirect of status ${status}`, async () => {
    const response = new Response(null, { headers: { location: "http://attacker.test/" } });
    const sts = stubFetch(() => Object.defineProperty(response, "status", { value: status }));
    const error = await assertRejects(() => assume(sts), ServiceError, "it redirects, which is not followed");
    assertEquals([error.code, sts.requests.length], ["Redirect", 1]);
  });
}

for (
  const [reason, reply] of Object.entries({
    "it has no SessionToken": stsReply({ sessionToken: "" }),
    "it has no AccessKeyId": new Response("<AssumeRoleResponse/>"),
    "its Expiration is not a time": stsReply({ expiration: "soon" }),
    "its keys have already expired": stsReply({ expiration: "2030-01-01T00:00:00Z" }),
    "it is larger than 64 KiB": new Response("x".repeat(64 * 1024 + 1)),
  })
) {
  Deno.test(`createStsClient() refuses a response if ${reason}`, async () => {
    using time = new FakeTime(NOW);
    const expected = reason.endsWith("AccessKeyId") ? "it has no" : reason;
    const failure = assertRejects(() => assume(stubFetch(reply)), ServiceError, expected);
    await time.tickAsync(200);
    await failure;
  });
}

Deno.test("createStsClient() hides its own keys when STS quotes the request", async () => {
  const token = "own-token-canary".repeat(30);
  const said = `${token} ${KEYS.secretAccessKey} The Canonical String for this request should have been x:${token}`;
  const sts = stubFetch(stsError(403, "SignatureDoesNotMatch", said));
  const getKeys = () => Promise.resolve({ ...KEYS, sessionToken: token });
  const error = await assertRejects(() => assume(sts, { getKeys }), ServiceError);
  assertStringIncludes(error.message, "it answered 403 (SignatureDoesNotMatch: [secret] [secret])");
  assertFalse(/canary/.test(Deno.inspect(error)));
  assert(error.message.length < 400);
});

/** SigV4 again, straight from the specification and with WebCrypto. */
async function signatureOf(body: string): Promise<string> {
  const encoder = new TextEncoder();
  const hex = (bytes: ArrayBuffer) =>
    Array.from(new Uint8Array(bytes), (b) => b.toString(16).padStart(2, "0")).join("");
  const hash = async (text: string) => hex(await crypto.subtle.digest("SHA-256", encoder.encode(text)));
  const hmac = async (key: BufferSource, text: string) => {
    const algorithm = { name: "HMAC", hash: "SHA-256" };
    const imported = await crypto.subtle.importKey("raw", key, algorithm, false, ["sign"]);
    return await crypto.subtle.sign("HMAC", imported, encoder.encode(text));
  };
  const canonical = [
    "POST",
    "/",
    "",
    "content-type:application/x-www-form-urlencoded",
    "host:sts.eu-west-1.amazonaws.com",
    "x-amz-date:20300101T000000Z",
    "",
    "content-type;host;x-amz-date",
    await hash(body),
  ].join("\n");
  const scope = "20300101/eu-west-1/sts/aws4_request";
  let key: BufferSource = encoder.encode(`AWS4${KEYS.secretAccessKey}`);
  for (const step of scope.split("/")) key = await hmac(key, step);
  return hex(await hmac(key, `AWS4-HMAC-SHA256\n20300101T000000Z\n${scope}\n${await hash(canonical)}`));
}

Deno.test("createStsClient() hides a key that STS sends as its request id", async () => {
  const xml = `<Error><Code>AccessDenied</Code><RequestId>${KEYS.secretAccessKey}</RequestId></Error>`;
  const error = await assertRejects(() => assume(stubFetch(new Response(xml, { status: 403 }))), ServiceError);
  assertEquals([error.code, error.requestId], ["AccessDenied", undefined]);
});

Deno.test("createStsClient() hides a key that STS sends as its code", async () => {
  const sts = stubFetch(stsError(400, KEYS.secretAccessKey, "no"));
  const error = await assertRejects(() => assume(sts), ServiceError);
  assertEquals([error.message, error.code], [
    "Cannot get keys from STS: it answered 400 (UnexpectedStatus: no)",
    "UnexpectedStatus",
  ]);
});
