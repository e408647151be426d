import { assertEquals, assertMatch } from "@std/assert";
import { askAs, post, SECRET, stubBroker } from "../support/stub_broker.ts";
import { stubFetch } from "../support/stub_fetch.ts";
import { stsError, stsReply } from "../support/stub_sts.ts";

/** What an AWS SDK sends if it has a URL for container credentials. */
export function get(authorization: string | undefined, query = ""): Request {
  const headers: HeadersInit = authorization === undefined ? {} : { authorization };
  return new Request(`https://broker.test/credentials${query}`, { headers });
}

/** What an AWS SDK sends to STS if it has a token file. */
export function assume(token: string, fields: Record<string, string> = {}): Request {
  const form = {
    Action: "AssumeRoleWithWebIdentity",
    Version: "2011-06-15",
    RoleArn: "arn:aws:iam::123456789012:role/files",
    RoleSessionName: "session",
    WebIdentityToken: token,
    ...fields,
  };
  return post(new URLSearchParams(form).toString(), { path: "/" });
}

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
async function failures(ask: (protocol: "form" | "container" | "web_identity") => Request, sts = stubFetch()) {
  const { broker, log } = stubBroker(sts);
  const responses = [];
  for (const protocol of ["form", "container", "web_identity"] as const) responses.push(await broker(ask(protocol)));
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

const askIn = (secret: string, fields: Record<string, string> = {}) => (protocol: string) => {
  if (protocol === "form") return post(new URLSearchParams({ secret, ...fields }).toString());
  if (protocol === "web_identity") return assume(secret, fields);
  return get(secret, Object.keys(fields).length === 0 ? "" : `?${new URLSearchParams(fields)}`);
};

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
