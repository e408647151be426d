import { assert, assertEquals, assertRejects } from "@std/assert";
import { S3SourceError, type S3SourceEvent, ServiceError } from "../../mod.ts";
import { s3Error, stubFetch, stubSource } from "../support/stub_fetch.ts";

Deno.test("a store's odd codes and ids are not shown", async () => {
  const odd = "\u001b[31mAuthorization: AWS4".repeat(99);
  const headers = { "x-amz-request-id": "id with spaces" };
  const source = stubSource(stubFetch(s3Error(403, odd, { headers })));
  const error = await assertRejects(() => source.read("a.txt"), ServiceError);
  assertEquals([error.code, error.requestId], ["UnexpectedStatus", "R1"]);
  assertEquals(Deno.inspect(error).includes("AWS4"), false);
});

Deno.test("a key that looks like a code or a request id is not shown", async () => {
  const key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
  const store = stubFetch(s3Error(400, key, { headers: { "x-amz-request-id": key } }));
  const events: unknown[] = [];
  const source = stubSource(store, { secretAccessKey: key }, { onEvent: (event) => events.push(event) });
  const error = await assertRejects(() => source.read("a.txt"), S3SourceError);
  assertEquals(error.code, "UnexpectedStatus");
  assert(!`${Deno.inspect(error)} ${error.message} ${error.stack} ${JSON.stringify(events)}`.includes(key));
});

for (const encode of [btoa, (key: string) => `x${btoa(`ab${key}`)}`]) {
  Deno.test(`a code or request id that has a key in Base64 is not shown (${encode("k")})`, async () => {
    const key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    const store = stubFetch(s3Error(400, encode(key), { headers: { "x-amz-request-id": encode(key) } }));
    const error = await assertRejects(() => stubSource(store, { secretAccessKey: key }).read("a.txt"), S3SourceError);
    assertEquals([error.code, error.requestId], ["UnexpectedStatus", "R1"]);
  });
}

for (
  const [name, body, said] of [
    ["a page", "<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><p>x</html>", "502 Bad Gateway"],
    ["a page without a title", "<html><style>p{}</style><body><p>Log\n in</p></body>", "Log in"],
    ["JSON", '{"statusCode":400,"error":{"message":"no such \\"tenant\\""}}', 'no such "tenant"'],
    ["text", "Client sent an HTTP request to an HTTPS server.\n", "Client sent an HTTP request to an HTTPS server."],
    ["other XML", '<?xml version="1.0"?><Fault><Token>canary</Token></Fault>', "<Fault>"],
    ["broken XML", "<Error><StringToSign>canary</StringToSign>", "<Error>"],
    [
      "AWS's other form",
      "<ErrorResponse><Error><Code>Odd</Code><Message>m</Message></Error></ErrorResponse>",
      "Odd: m",
    ],
    ["a long text", "long ".repeat(1_000), `${"long ".repeat(60).slice(0, 299)}…`],
    ["a text with a key", "we saw secret-key-canary", "we saw [secret]"],
  ] as const
) {
  Deno.test(`an error has what ${name} says`, async () => {
    const source = stubSource(stubFetch(new Response(body, { status: 400 })));
    const { message } = await assertRejects(() => source.list(), ServiceError);
    assertEquals(message, `Cannot list the source: the store responded with 400 (${said})`);
  });
}

Deno.test("a store's control characters are escaped in the error", async () => {
  const message = "one\r\n\ttwo \u009b31m \u202etxt \u2028end";
  const store = stubFetch(s3Error(400, "InvalidRequest", { message }));
  const error = await assertRejects(() => stubSource(store).read("a.txt"), S3SourceError);
  assert(error.message.endsWith("(InvalidRequest: one two \\u009b31m \\u202etxt \\u2028end)"), error.message);
});

Deno.test("errors and events contain neither keys nor the request that the store repeats", async () => {
  const extra = "<CanonicalRequest>x-amz-security-token:token-canary</CanonicalRequest>";
  const message = "token-canary and secret-key-canary";
  const events: S3SourceEvent[] = [];
  const store = stubFetch(
    new TypeError("failed: https://store.test/?X-Amz-Signature=query-canary"),
    s3Error(403, "SignatureDoesNotMatch", { message, extra }),
  );
  const source = stubSource(store, { sessionToken: "token-canary" }, { onEvent: (event) => events.push(event) });
  const error = await assertRejects(() => source.read("a.txt"), ServiceError);
  assertEquals(`${Deno.inspect(error)} ${JSON.stringify(events)} ${Deno.inspect(source)}`.match(/\S*canary/g), null);
});
