import { assert, assertEquals, assertRejects } from "@std/assert";
import { PreconditionFailedError, ServiceError } from "../../mod.ts";
import { oddStore, REFUSALS, sentWith } from "../support/odd_store.ts";
import { s3Error, s3Object, type SentRequest } from "../support/stub_fetch.ts";

const MODE = "x-amz-checksum-mode";

/** A store that refuses `x-amz-checksum-mode` in one of the ways. */
const withoutMode = ([status, code, message]: (typeof REFUSALS)[number]) => ({ method, headers }: SentRequest) => {
  if (!headers.has(MODE)) return s3Object("hello");
  return method === "HEAD"
    ? new Response(null, { status })
    : s3Error(status, code, { message: message.replace("NAME", "mode") });
};

for (const refusal of REFUSALS) {
  const [status, code, message] = refusal;
  Deno.test(`read() learns that x-amz-checksum-mode is refused with ${status} ${code} "${message}"`, async () => {
    const { source, requests, warnings } = oddStore(withoutMode(refusal));
    assertEquals(await source.readText("a"), "hello");
    assertEquals(await source.readText("a"), "hello");
    assertEquals((await source.stat("a"))?.size, 5);
    assertEquals(sentWith(requests, MODE), ["GET ENABLED", "GET -", "GET -", "HEAD -"]);
    assertEquals(warnings, [
      "StoreLearned: The store does not take x-amz-checksum-mode, so downloads are verified only if it returns " +
      "checksums unasked; with the option store.checksumMode: false this is known from the start",
    ]);
  });

  Deno.test(`stat() asks GET why HEAD is refused, which says ${status} ${code} "${message}"`, async () => {
    const { source, requests, warnings } = oddStore(withoutMode(refusal));
    assertEquals((await source.stat("a"))?.size, 5);
    assertEquals((await source.folder("b").stat("a"))?.size, 5);
    assertEquals(sentWith(requests, MODE), ["HEAD ENABLED", "GET ENABLED", "HEAD -", "HEAD -"]);
    assertEquals(warnings.length, 1);
  });
}

for (const [status, count] of [[501, 2], [405, 2], [400, 3]] as const) {
  Deno.test(`stat() learns of a header that only HEAD refuses, after ${count} times ${status}`, async () => {
    const { source, requests } = oddStore(
      ({ method, headers }) =>
        method === "HEAD" && headers.has(MODE) ? new Response(null, { status }) : s3Object("hello"),
      {},
      2,
    );
    assertEquals((await source.stat("a"))?.size, 5);
    const asked = Array.from({ length: count }, () => ["HEAD ENABLED", "GET ENABLED"]).flat();
    assertEquals(sentWith(requests, MODE), [...asked, "HEAD -"]);
  });
}

Deno.test("operations that begin at the same time learn the same once", async () => {
  const { source, requests, warnings } = oddStore(withoutMode([400, "InvalidArgument", "x-amz-checksum-mode"]));
  await Promise.all(Array.from({ length: 5 }, (_, index) => source.read(`${index}`)));
  assertEquals([requests.length, warnings.length], [10, 1]);
});

Deno.test("a missing file is missing, and other failures of the second request count, but teach nothing", async () => {
  for (
    const [response, expected] of [
      [s3Error(404, "NoSuchKey"), null],
      [s3Error(403, "AccessDenied"), "AccessDeniedError"],
    ] as const
  ) {
    const { source, warnings } = oddStore(({ method, headers }) => {
      if (!headers.has(MODE)) return response.clone();
      return method === "HEAD" ? new Response(null, { status: 400 }) : s3Error(400, "InvalidArgument");
    });
    assertEquals(await source.stat("a").catch(({ name }) => name), expected);
    assertEquals(warnings, []);
  }
});

Deno.test("a store that refuses every form fails with its first error, and teaches nothing", async () => {
  let count = 0;
  const { source, requests, warnings } = oddStore(() => s3Error(400, "InvalidArgument", { message: `${++count}` }));
  await assertRejects(() => source.read("a"), ServiceError, "(InvalidArgument: 1)");
  assertEquals([requests.length, warnings], [2, []]);
});

for (
  const [status, code, message] of [
    [400, "InvalidArgument", "Unsupported header 'x-amz-meta-odd'"],
    [403, "AccessDenied", "x-amz-checksum-mode"],
    [403, "SignatureDoesNotMatch", "x-amz-checksum-mode"],
    [400, "UnsupportedSignature", ""],
    [400, "AuthorizationHeaderMalformed", ""],
    [400, "KeyTooLongError", ""],
    [404, "NoSuchKey", ""],
  ] as const
) {
  Deno.test(`${status} ${code} "${message}" is not taken for a header that is unknown`, async () => {
    const { source, requests } = oddStore(() => s3Error(status, code, { message }));
    await assertRejects(() => source.read("a"));
    assertEquals(sentWith(requests, MODE), ["GET ENABLED"]);
  });
}

Deno.test("AWS itself is believed only if it names the header", async () => {
  const aws = { endpointUrl: "https://s3.eu-west-1.amazonaws.com", region: "eu-west-1" };
  const vague = oddStore(() => s3Error(400, "InvalidRequest"), aws);
  await assertRejects(() => vague.source.read("a"));
  assertEquals(vague.requests.length, 1);
});

for (
  const [name, store, header] of [
    ["checksumMode: false", { checksumMode: false }, "-"],
    ["checksums: none", { checksums: "none" }, "-"],
    ["checksumMode: true", { checksumMode: true }, "ENABLED"],
    ["checksums: none, checksumMode: true", { checksums: "none", checksumMode: true }, "ENABLED"],
    ["checksum_mode: false", { checksum_mode: false }, "-"],
  ] as const
) {
  Deno.test(`store: {${name}} is obeyed, whatever the store refuses`, async () => {
    const { source, requests, warnings } = oddStore(() => s3Error(501, "NotImplemented"), { store });
    await assertRejects(() => source.read("a"), ServiceError, "NotImplemented");
    assertEquals([sentWith(requests, MODE), warnings], [[`GET ${header}`], []]);
  });
}

for (const [endpointUrl, isTrusted] of Object.entries(TRUST())) {
  Deno.test(`${endpointUrl} ${isTrusted ? "can" : "cannot"} weaken a check`, async () => {
    const { source, requests, warnings } = oddStore(withoutMode([501, "NotImplemented", ""]), { endpointUrl });
    if (isTrusted) {
      assertEquals(await source.readText("a"), "hello");
      return;
    }
    const error = await assertRejects(() => source.read("a"), ServiceError);
    assertEquals(
      error.message,
      'Cannot read "a": the store responded with 501 (NotImplemented); if the store does not know this, set ' +
        "store.checksumMode: false, which is not found out over http:",
    );
    await assertRejects(() => source.stat("a"), ServiceError, "store.checksumMode: false");
    assert(requests.every(({ headers }) => headers.has(MODE)));
    assertEquals(warnings, []);
  });
}

function TRUST() {
  return {
    "https://store.example.com": true,
    "http://127.0.0.1:9000": true,
    "http://localhost:9000": true,
    "http://store.localhost:9000": true,
    "http://[::1]:9000": true,
    "http://store.example.com": false,
    "http://10.0.0.1:9000": false,
    "http://localhost.example.com": false,
  };
}

/** A store that compares tags as texts, without quotes. */
const unquoted = ({ method, headers }: SentRequest) => {
  const tag = headers.get("if-match");
  if (tag !== null && tag !== "e1") return s3Error(412, "PreconditionFailed");
  return method === "HEAD" ? s3Object("hello", { etag: '"e1"' }) : s3Object("hello", { etag: '"e1"' });
};

Deno.test("stream() with ifMatch learns that the store wants the tag without quotes", async () => {
  const { source, requests, warnings } = oddStore(unquoted);
  for (let i = 0; i < 2; i++) await (await source.stream("a", { ifMatch: '"e1"' })).body.cancel();
  assertEquals(sentWith(requests, "if-match"), ['GET "e1"', "HEAD -", 'GET "e1"', "GET e1", "GET e1"]);
  assertEquals(warnings, [
    "StoreLearned: The store takes the tag of If-Match only without quotes, so it is sent without them; with the " +
    "option store.quotedEtags: false this is known from the start",
  ]);
});

Deno.test("stream() with ifMatch of another version fails after one HEAD, and teaches nothing", async () => {
  const { source, requests, warnings } = oddStore(unquoted);
  await assertRejects(() => source.stream("a", { ifMatch: '"e2"' }), PreconditionFailedError);
  assertEquals(sentWith(requests, "if-match"), ['GET "e2"', "HEAD -"]);
  assertEquals(warnings, []);
});
