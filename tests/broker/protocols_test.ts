import { assertEquals, assertMatch } from "@std/assert";
import type { ProtocolName } from "../../src/broker/types.ts";
import {
  askAs,
  askIn,
  assume,
  get,
  post,
  PROTOCOLS,
  SECRET,
  sha256Of,
  stubBroker,
  TEAM,
} from "../support/stub_broker.ts";
import { stubFetch } from "../support/stub_fetch.ts";
import { childElement, childText, readXml } from "../../src/s3/xml/xml.ts";
import { stsError, stsReply } from "../support/stub_sts.ts";

Deno.test("POST /credentials responds with the five fields, to the byte", async () => {
  const response = await stubBroker(stubFetch(stsReply())).broker(askAs(SECRET));
  assertEquals(
    await response.text(),
    '{"AccessKeyId":"ASIAMINTED","SecretAccessKey":"minted-key-canary","SessionToken":"minted-token-canary",' +
      '"Expiration":"2030-01-01T00:15:00.000Z","S3Folder":"s3://media/team/"}',
  );
  assertEquals([response.status, response.headers.get("content-type")], [200, "application/json"]);
  assertEquals(response.headers.get("cache-control"), "no-store");
});

for (
  const authorization of [SECRET, `Bearer ${SECRET}`, `bearer   ${SECRET}`, `  ${SECRET} \t`, ` Bearer\t${SECRET}  `]
) {
  Deno.test(`GET /credentials takes the Authorization ${JSON.stringify(authorization)}`, async () => {
    const response = await stubBroker(stubFetch(stsReply())).broker(get(authorization));
    assertEquals([response.status, response.headers.get("content-type")], [200, "application/json"]);
    assertEquals(response.headers.get("cache-control"), "no-store");
    assertEquals(await response.json(), {
      AccessKeyId: "ASIAMINTED",
      SecretAccessKey: "minted-key-canary",
      Token: "minted-token-canary",
      SessionToken: "minted-token-canary",
      Expiration: "2030-01-01T00:15:00.000Z",
      S3Folder: "s3://media/team/",
    });
  });
}

Deno.test("POST / responds as STS does", async () => {
  const { broker } = stubBroker(stubFetch(stsReply({ sessionToken: "a&lt;b&amp;c" })));
  const response = await broker(assume(`${SECRET}\n`));
  assertEquals([response.status, response.headers.get("content-type")], [200, "text/xml"]);
  assertEquals(response.headers.get("cache-control"), "no-store");
  assertEquals(
    await response.text(),
    `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleWithWebIdentityResult>
    <AssumedRoleUser>
      <Arn>arn:aws:sts::000000000000:assumed-role/s3-source/team</Arn>
      <AssumedRoleId>s3-source:team</AssumedRoleId>
    </AssumedRoleUser>
    <Credentials>
      <AccessKeyId>ASIAMINTED</AccessKeyId>
      <SecretAccessKey>minted-key-canary</SecretAccessKey>
      <SessionToken>a&lt;b&amp;c</SessionToken>
      <Expiration>2030-01-01T00:15:00.000Z</Expiration>
    </Credentials>
  </AssumeRoleWithWebIdentityResult>
  <ResponseMetadata><RequestId>${response.headers.get("x-request-id")}</RequestId></ResponseMetadata>
</AssumeRoleWithWebIdentityResponse>
`,
  );
});

Deno.test("POST / takes its parameters from the query, where object_store puts them", async () => {
  const query = new URLSearchParams(await assume(SECRET, { DurationSeconds: "3600" }).text());
  const request = new Request(`https://broker.test/?${query}`, { method: "POST" });
  assertEquals((await stubBroker(stubFetch(stsReply())).broker(request)).status, 200);
});

/** The same failure in the three protocols. */
async function failures(ask: (protocol: ProtocolName) => Request, sts = stubFetch()) {
  const { broker, log } = stubBroker(sts);
  const responses = [];
  for (const protocol of PROTOCOLS) responses.push(await broker(ask(protocol)));
  const [form, container, xml] = responses;
  const id = xml?.headers.get("x-request-id") ?? "";
  assertMatch(id, /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/);
  return {
    statuses: responses.map(({ status }) => status),
    retryAfter: responses.map(({ headers }) => headers.get("retry-after")),
    form: await form?.json(),
    container: await container?.json(),
    xml: (await xml?.text())?.replace(id, "ID"),
    reasons: log.map(({ type, reason }) => `${type}: ${reason}`),
  };
}

const containerError = (code: string, message: string) => ({ code, message, Code: code, Message: message });

const xmlError = (type: string, code: string, message: string) =>
  `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <Error>
    <Type>${type}</Type>
    <Code>${code}</Code>
    <Message>${message}</Message>
  </Error>
  <RequestId>ID</RequestId>
</ErrorResponse>
`;

Deno.test("createBroker() refuses a wrong secret in each protocol's form", async () => {
  assertEquals(await failures(askIn("wrong")), {
    statuses: [403, 403, 403],
    retryAfter: [null, null, null],
    form: { error: "Forbidden" },
    container: containerError("AccessDenied", "the secret is wrong"),
    xml: xmlError("Sender", "AccessDenied", "the secret is wrong"),
    reasons: Array(3).fill("refused: a wrong secret"),
  });
});

Deno.test("createBroker() says in each protocol's form that STS refuses it, and not what STS says", async () => {
  const sts = stubFetch(() => stsError(403, "AccessDenied", "arn-canary may not"));
  assertEquals(await failures(askIn(SECRET), sts), {
    statuses: [502, 502, 502],
    retryAfter: ["2", "2", "2"],
    form: { error: "No credentials are available at the moment" },
    container: containerError("ServiceUnavailable", "no credentials available: STS refuses the broker"),
    xml: xmlError("Receiver", "ServiceUnavailable", "no credentials available: STS refuses the broker"),
    reasons: Array(3).fill("failed: Cannot get keys from STS: it answered 403 (AccessDenied: arn-canary may not)"),
  });
});

Deno.test("createBroker() says in each protocol's form which part of a request is too much", async () => {
  const message = 'the prefix "b/" is outside of "team/"';
  assertEquals(await failures(askIn(SECRET, { prefix: "b" })), {
    statuses: [403, 403, 403],
    retryAfter: [null, null, null],
    form: { error: message },
    container: containerError("AccessDenied", message),
    xml: xmlError("Sender", "AccessDenied", message),
    reasons: Array(3).fill(`refused: ${message}`),
  });
});

Deno.test("createBroker() says in each protocol's form that a parameter is malformed", async () => {
  const message = "899 seconds are less than 900";
  const { form, container, xml, statuses } = await failures(askIn(SECRET, { duration_seconds: "899" }));
  assertEquals(statuses, [400, 400, 400]);
  assertEquals(form, { error: message });
  assertEquals(container, containerError("ValidationError", message));
  assertEquals(xml, xmlError("Sender", "ValidationError", message));
});

Deno.test("createBroker() answers 429 in each protocol's form after too many failures in any of them", async () => {
  const { broker } = stubBroker(stubFetch(), { addressOf: () => "192.0.2.1", maxFailuresPerMinute: 3 });
  for (const protocol of PROTOCOLS) assertEquals((await broker(askIn("wrong")(protocol))).status, 403);
  const responses = [];
  for (const protocol of PROTOCOLS) responses.push(await broker(askIn("wrong")(protocol)));
  assertEquals(
    responses.map(({ status, headers }) => [status, headers.get("retry-after")]),
    Array(3).fill([429, "60"]),
  );
  const [form, container, xml] = responses;
  const message = "too many wrong secrets or tokens; wait before you try again";
  assertEquals(await form?.json(), { error: "Too many failures" });
  assertEquals(await container?.json(), containerError("TooManyFailures", message));
  const id = xml?.headers.get("x-request-id") ?? "";
  assertEquals((await xml?.text())?.replace(id, "ID"), xmlError("Sender", "TooManyFailures", message));
});

for (
  const [name, request, message] of [
    ["no Authorization", get(undefined), "the secret is missing"],
    ["an empty Authorization", get("  "), "the secret is missing"],
    ["Bearer alone", get("Bearer"), "the secret is wrong"],
    ["Basic", get(`Basic ${btoa(`:${SECRET}`)}`), "the secret is wrong"],
    ["two secrets", get(`${SECRET}, ${SECRET}`), "the secret is wrong"],
    ["the secret in the query", get(undefined, `?secret=${SECRET}`), 'there is no parameter "secret"'],
    ["a misspelt parameter", get(SECRET, "?prefx=team/a"), 'there is no parameter "prefx"; did you mean "prefix"?'],
    ["a parameter twice", get(SECRET, "?prefix=team/a&prefix=team/b"), '"prefix" is given twice'],
  ] as const
) {
  Deno.test(`GET /credentials refuses ${name}`, async () => {
    const response = await stubBroker(stubFetch()).broker(request);
    const isMalformed = /parameter|twice/.test(message);
    assertEquals([response.status, (await response.json()).message], [isMalformed ? 400 : 403, message]);
  });
}

for (
  const [name, request, status, code, message] of [
    ["no action", post("WebIdentityToken=x", { path: "/" }), 400, "MissingAction", "the parameter Action is missing"],
    [
      "another action",
      assume(SECRET, { Action: "AssumeRole" }),
      400,
      "InvalidAction",
      "the only Action is AssumeRoleWithWebIdentity",
    ],
    [
      "a policy",
      assume(SECRET, { Policy: "{}" }),
      400,
      "ValidationError",
      'Policy is not supported; ask for less with "prefix" and "allow"',
    ],
    [
      "the ARN of a policy",
      assume(SECRET, { "PolicyArns.member.1.arn": "arn:aws:iam::aws:policy/Read" }),
      400,
      "ValidationError",
      'PolicyArns.member.1.arn is not supported; ask for less with "prefix" and "allow"',
    ],
    [
      "a duration in both spellings",
      assume(SECRET, { DurationSeconds: "900", duration_seconds: "900" }),
      400,
      "ValidationError",
      'give "DurationSeconds" or "duration_seconds", not both',
    ],
    ["no token", assume(""), 403, "AccessDenied", "the secret is missing"],
    ["JSON", post("{}", { path: "/", type: "application/json" }), 415, "UnsupportedMediaType", /^Send a form: /],
    ["more than 32 KiB", assume("x".repeat(33_000)), 413, "RequestTooLarge", "Send at most 32 KiB"],
  ] as const
) {
  Deno.test(`POST / refuses ${name}`, async () => {
    const response = await stubBroker(stubFetch()).broker(request);
    const error = childElement(readXml(await response.text()), "Error");
    assertEquals(response.headers.get("content-type"), "text/xml");
    assertEquals([response.status, error && childText(error, "Code")], [status, code]);
    assertMatch(error && childText(error, "Message") || "", typeof message === "string" ? exactly(message) : message);
  });
}

function exactly(text: string): RegExp {
  return new RegExp(`^${text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}$`);
}

Deno.test("createBroker() accepts a token of 16 KiB in each protocol", async () => {
  const secret = "s".repeat(16 * 1024);
  const tenants = { team: { ...TEAM, secretSha256: await sha256Of(secret) } };
  const { broker } = stubBroker(stubFetch(stsReply()), { tenants });
  for (const protocol of PROTOCOLS) assertEquals((await broker(askIn(secret)(protocol))).status, 200);
});

Deno.test("createBroker() escapes what it quotes in XML", async () => {
  const response = await stubBroker(stubFetch()).broker(assume(SECRET, { prefix: "<b>&'\"" }));
  const error = childElement(readXml(await response.text()), "Error");
  assertEquals(error && childText(error, "Message"), 'the prefix "<b>&\'\\"/" is outside of "team/"');
});

Deno.test("createBroker() sends an id with every response, the one in its log", async () => {
  const { broker, audit } = stubBroker(stubFetch(stsReply()));
  const paths = ["/", "/credentials", "/healthz", "/readyz", "/metrics", "/nothing"];
  const responses = await Promise.all(paths.map((path) => broker(new Request(`https://broker.test${path}`))));
  const ids = responses.map(({ headers }) => headers.get("x-request-id"));
  assertEquals(new Set(ids).size, 6);
  assertEquals(ids.filter((id) => /^[\da-f-]{36}$/.test(id ?? "")).length, 6);
  const response = await broker(get(SECRET));
  assertEquals(audit.at(-1)?.requestId, response.headers.get("x-request-id") ?? "none");
});
