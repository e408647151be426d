import { assert, assertEquals, assertFalse, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { ConfigError, ServiceError, TimeoutError } from "../../mod.ts";
import { sleep } from "../../src/async/abort.ts";
import { sessionPolicy, type StsConfig } from "../../src/broker/mod.ts";
import { isThrottled } from "../../src/broker/keys/service_call.ts";
import { createStsIssuer, type StsDeps } from "../../src/broker/keys/sts_client.ts";
import type { KeyRequest, SessionKeys } from "../../src/broker/types.ts";
import { hang, KEYS, type StubFetch, stubFetch } from "../support/stub_fetch.ts";
import { stsError, stsReply, stubObserver } from "../support/stub_sts.ts";

const NOW = Date.parse("2030-01-01T00:00:00Z");

const REQUEST: KeyRequest = {
  tenant: "team",
  bucket: "media",
  prefix: "team/",
  allow: ["delete"],
  durationSeconds: 900,
  roleArn: "arn:aws:iam::123456789012:role/files",
};

function assume(
  { fetch }: StubFetch,
  options: Partial<StsConfig & StsDeps> = {},
  request: Partial<KeyRequest> = {},
): Promise<SessionKeys> {
  const { getKeys = () => Promise.resolve(KEYS), observer = stubObserver(), ...sts } = options;
  const issue = createStsIssuer({ region: "eu-west-1", ...sts }, { getKeys, fetch, now: () => NOW, observer });
  return issue({ ...REQUEST, ...request });
}

const formOf = (sts: StubFetch) => new URLSearchParams(sts.requests[0]?.body);

Deno.test("createStsIssuer() sends AssumeRole as a signed form", async () => {
  const sts = stubFetch(stsReply());
  await assume(sts);
  const [request] = sts.requests;
  assertEquals(sts.requests.length, 1);
  assertEquals([request?.method, request?.url], ["POST", "https://sts.eu-west-1.amazonaws.com/"]);
  assertEquals(
    request?.body,
    "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Ffiles&RoleSessionName=team" +
      "&DurationSeconds=900&Policy=%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22" +
      "Allow%22%2C%22Action%22%3A%5B%22s3%3ADeleteObject%22%5D%2C%22Resource%22%3A%5B%22arn%3Aaws%3As3%3A%3A%3Amedia" +
      "%2Fteam%2F*%22%5D%7D%5D%7D",
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

Deno.test("createStsIssuer() returns the keys, their expiration and the request id", async () => {
  assertEquals(await assume(stubFetch(stsReply())), {
    accessKeyId: "ASIAMINTED",
    secretAccessKey: "minted-key-canary",
    sessionToken: "minted-token-canary",
    expiration: NOW + 900_000,
    durationSeconds: 900,
    requestId: "R1",
  });
});

for (
  const [region, endpointUrl, url] of [
    ["us-east-1", undefined, "https://sts.us-east-1.amazonaws.com/"],
    ["cn-north-1", undefined, "https://sts.cn-north-1.amazonaws.com.cn/"],
    ["us-iso-east-1", undefined, "https://sts.us-iso-east-1.c2s.ic.gov/"],
    ["eusc-de-east-1", undefined, "https://sts.eusc-de-east-1.amazonaws.eu/"],
    ["us-east-1", "http://127.0.0.1:8333", "http://127.0.0.1:8333/"],
    ["us-east-1", "https://store.example.com/sts/", "https://store.example.com/sts/"],
  ] as const
) {
  Deno.test(`createStsIssuer() calls ${url}`, async () => {
    const sts = stubFetch(stsReply());
    await assume(sts, { region, ...endpointUrl !== undefined && { endpointUrl } });
    assertEquals(sts.requests[0]?.url, url);
  });
}

Deno.test("createStsIssuer() sends no role if none is configured", async () => {
  const sts = stubFetch(stsReply());
  await assume(sts, { endpointUrl: "http://store.test" }, { roleArn: undefined, durationSeconds: 3_600 });
  assertEquals([formOf(sts).has("RoleArn"), formOf(sts).get("DurationSeconds")], [false, "3600"]);
});

Deno.test("createStsIssuer() sends the external id and the session tags", async () => {
  const sts = stubFetch(stsReply());
  await assume(sts, {}, { externalId: "id & 1", sessionTags: { team: "a=b", cost: "ü" } });
  assertEquals(Array.from(formOf(sts)).slice(6), [
    ["ExternalId", "id & 1"],
    ["Tags.member.1.Key", "team"],
    ["Tags.member.1.Value", "a=b"],
    ["Tags.member.2.Key", "cost"],
    ["Tags.member.2.Value", "ü"],
  ]);
});

Deno.test("createStsIssuer() limits the keys to what is asked for", async () => {
  const sts = stubFetch(stsReply());
  const kmsKeyArns = ["arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"];
  await assume(sts, {}, { prefix: "a?/", allow: ["read"], kmsKeyArns });
  assertEquals(
    formOf(sts).get("Policy"),
    sessionPolicy({ bucket: "media", prefix: "a?/", allow: ["read"], canEscape: true, kmsKeyArns }),
  );
});

Deno.test("createStsIssuer() refuses what no policy can limit, before any request", async () => {
  const sts = stubFetch(stsReply());
  const failure = () => assume(sts, { endpointUrl: "http://store.test" }, { prefix: "a*/" });
  await assertRejects(failure, ConfigError, 'its "*" would also match other folders');
  assertEquals(sts.requests.length, 0);
});

Deno.test("createStsIssuer() reports each request to the observer, with its time", async () => {
  using time = new FakeTime(NOW);
  const observer = stubObserver();
  const { fetch } = stubFetch(
    async () => {
      await sleep(250);
      return stsError(500, "InternalFailure");
    },
    stsReply(),
  );
  const issue = createStsIssuer({}, { getKeys: () => Promise.resolve(KEYS), fetch, now: Date.now, observer });
  const keys = issue(REQUEST);
  await time.tickAsync(250);
  await time.tickAsync(200);
  await keys;
  assertEquals(observer.requests, [{ seconds: 0.25, result: "failed" }, { seconds: 0, result: "ok" }]);
});

Deno.test("createStsIssuer() returns no request id that repeats a key", async () => {
  const secretAccessKey = "R1-is-my-key";
  const reply = (await stsReply({ secretAccessKey }).text()).replace(
    "<RequestId>R1<",
    `<RequestId>${secretAccessKey}<`,
  );
  assertEquals((await assume(stubFetch(new Response(reply)))).requestId, undefined);
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
  Deno.test(`createStsIssuer() names the session of ${JSON.stringify(name)} ${sessionName}`, async () => {
    const sts = stubFetch(stsReply());
    await assume(sts, {}, { tenant: name });
    assertEquals(new URLSearchParams(sts.requests[0]?.body).get("RoleSessionName"), sessionName);
  });
}

Deno.test("createStsIssuer() sends the token of its own keys", async () => {
  const sts = stubFetch(stsReply());
  await assume(sts, { getKeys: () => Promise.resolve({ ...KEYS, sessionToken: "own-token" }) });
  assertEquals(sts.requests[0]?.headers.get("x-amz-security-token"), "own-token");
  assertMatch(sts.requests[0]?.headers.get("authorization") ?? "", /SignedHeaders=[^,]*x-amz-security-token/);
});

Deno.test("createStsIssuer() gets its own keys for each call", async () => {
  const sts = stubFetch(() => stsReply());
  let calls = 0;
  const getKeys = () => Promise.resolve({ ...KEYS, accessKeyId: `AKID${++calls}` });
  const issue = createStsIssuer({}, { getKeys, fetch: sts.fetch, now: () => NOW, observer: stubObserver() });
  await issue(REQUEST);
  await issue(REQUEST);
  const keyIds = sts.requests.map(({ headers }) => /AKID\d/.exec(headers.get("authorization") ?? "")?.[0]);
  assertEquals(keyIds, ["AKID1", "AKID2"]);
});

Deno.test("createStsIssuer() reports STS's message, code, status and request id", async () => {
  const sts = stubFetch(stsError(403, "AccessDenied", "User: arn:aws:iam::1:user/b is not authorized"));
  const error = await assertRejects(() => assume(sts), ServiceError);
  assertEquals(
    error.message,
    "Cannot get keys from STS: it answered 403 (AccessDenied: User: arn:aws:iam::1:user/b is not authorized)",
  );
  assertEquals([error.code, error.status, error.requestId], ["AccessDenied", 403, "R2"]);
  assertEquals(sts.requests.length, 1);
});

Deno.test("createStsIssuer() names the tenant whose packed policy is too large, and what to shorten", async () => {
  const sts = stubFetch(stsError(400, "PackedPolicyTooLarge", "Packed size of session policies is 105 %"));
  const error = await assertRejects(() => assume(sts), ServiceError);
  assertEquals(
    error.message,
    "Cannot get keys from STS: it answered 400 (PackedPolicyTooLarge: Packed size of session policies is 105 %); " +
      `"${REQUEST.tenant}" needs a shorter prefix, or fewer KMS keys or session tags`,
  );
});

Deno.test("createStsIssuer() reads an error in S3's format", async () => {
  const xml = "<Error><Code>SignatureDoesNotMatch</Code><Message>No.</Message><RequestId>R3</RequestId></Error>";
  const error = await assertRejects(() => assume(stubFetch(new Response(xml, { status: 403 }))), ServiceError);
  assertEquals([error.code, error.requestId], ["SignatureDoesNotMatch", "R3"]);
});

Deno.test("createStsIssuer() quotes an error that is not XML", async () => {
  const error = await assertRejects(() => assume(stubFetch(new Response("no", { status: 400 }))), ServiceError);
  assertEquals(error.message, "Cannot get keys from STS: it answered 400 (UnexpectedStatus: no)");
});

for (
  const [name, first] of Object.entries<Response | Error>({
    "a broken connection": new TypeError("connection reset"),
    "a 500": stsError(500, "InternalFailure"),
    "a truncated response": new Response("<AssumeRoleResponse><AssumeRoleResult>"),
  })
) {
  Deno.test(`createStsIssuer() retries after ${name}`, async () => {
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
  Deno.test(`createStsIssuer() does not retry after ${status} ${code}`, async () => {
    const sts = stubFetch(stsError(status, code), stsReply());
    assert(isThrottled(await assertRejects(() => assume(sts), ServiceError, code)));
    assertEquals(sts.requests.length, 1);
  });
}

Deno.test("createStsIssuer() retries only once", async () => {
  using time = new FakeTime(NOW);
  const sts = stubFetch(stsError(500, "InternalFailure"));
  const failure = assertRejects(() => assume(sts), ServiceError, "it answered 500 (InternalFailure)");
  await time.tickAsync(200);
  await failure;
  assertEquals(sts.requests.length, 2);
});

Deno.test("createStsIssuer() gives up after 9 seconds", async () => {
  using time = new FakeTime(NOW);
  const failure = assertRejects(() => assume(stubFetch(hang)), TimeoutError);
  await time.tickAsync(9_000);
  assertEquals((await failure).message, "Cannot get keys from STS: it did not answer within 9000 ms");
});

for (const status of [0, 307]) {
  Deno.test(`createStsIssuer() follows no redirect of status ${status}`, async () => {
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
  Deno.test(`createStsIssuer() refuses a response if ${reason}`, async () => {
    using time = new FakeTime(NOW);
    const expected = reason.endsWith("AccessKeyId") ? "it has no" : reason;
    const failure = assertRejects(() => assume(stubFetch(reply)), ServiceError, expected);
    await time.tickAsync(200);
    await failure;
  });
}

Deno.test("createStsIssuer() hides its own keys when STS quotes the request", async () => {
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

Deno.test("createStsIssuer() hides a key that STS sends as its request id", async () => {
  const xml = `<Error><Code>AccessDenied</Code><RequestId>${KEYS.secretAccessKey}</RequestId></Error>`;
  const error = await assertRejects(() => assume(stubFetch(new Response(xml, { status: 403 }))), ServiceError);
  assertEquals([error.code, error.requestId], ["AccessDenied", undefined]);
});

Deno.test("createStsIssuer() hides a key that STS sends as its code", async () => {
  const sts = stubFetch(stsError(400, KEYS.secretAccessKey, "no"));
  const error = await assertRejects(() => assume(sts), ServiceError);
  assertEquals([error.message, error.code], [
    "Cannot get keys from STS: it answered 400 (UnexpectedStatus: no)",
    "UnexpectedStatus",
  ]);
});
