import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { createS3Source, CredentialsError, type Diagnosis, type S3Source } from "../../mod.ts";
import { createMemoryS3, type MemoryS3 } from "../../src/testing/mod.ts";
import { s3Error, stubFetch } from "../support/stub_fetch.ts";

const RETRY = { maxAttempts: 1 };
const ANONYMOUS = { bucket: "bucket", endpointUrl: createMemoryS3().config.endpointUrl, anonymous: true };

/** Diagnoses a store that gives this answer to everything. */
async function diagnoseWith(
  answer: () => Response,
  config: { prefix?: string } = { prefix: "team" },
): Promise<{ diagnosis: Diagnosis; requestCount: number }> {
  let requestCount = 0;
  const fetch = () => {
    requestCount++;
    return Promise.resolve(answer());
  };
  const source = createS3Source({ ...createMemoryS3().config, ...config }, { fetch, retry: RETRY });
  return { diagnosis: await source.diagnose(), requestCount };
}

function openStore(prefix: string): { store: MemoryS3; source: S3Source } {
  const store = createMemoryS3();
  return { store, source: createS3Source({ ...store.config, prefix }, { fetch: store.fetch }) };
}

const refused = () => {
  throw new TypeError("tcp connect error: Connection refused (os error 111)");
};

for (
  const [what, code, answer] of [
    ["an unknown access key", "InvalidAccessKeyId", () => s3Error(403, "InvalidAccessKeyId")],
    ["a wrong secret key", "SignatureDoesNotMatch", () => s3Error(403, "SignatureDoesNotMatch")],
    ["expired credentials", "ExpiredToken", () => s3Error(400, "ExpiredToken")],
    ["an invalid session token", "InvalidToken", () => s3Error(400, "InvalidToken")],
    ["a bucket that does not exist", "NoSuchBucket", () => s3Error(404, "NoSuchBucket")],
    ["a wrong region", "AuthorizationHeaderMalformed", () => s3Error(400, "AuthorizationHeaderMalformed")],
    ["a suspended account", "AccountProblem", () => s3Error(403, "AccountProblem")],
    ["a wrong clock", "RequestTimeTooSkewed", () => s3Error(403, "RequestTimeTooSkewed")],
    ["an unreachable store", "NetworkError", refused],
    ["a login page", "InvalidResponse", () => new Response("<html>Log in</html>")],
    ["a server without S3", "UnexpectedStatus", () => new Response("Not Found", { status: 404 })],
    ["a gateway without its store", "UnexpectedStatus", () => new Response("Bad Gateway", { status: 502 })],
    ["a redirect", "Redirect", () => new Response(null, { status: 302, headers: { location: "https://a.test/" } })],
  ] as const
) {
  Deno.test(`diagnose() reports ${what} once, after one request, and no check is ok`, async () => {
    const { diagnosis: { checks, leaks, leftBehind }, requestCount } = await diagnoseWith(answer);
    const [connect, ...others] = checks;
    assertEquals([connect?.name, connect?.outcome, connect?.ok, connect?.code], ["connect", "failed", false, code]);
    assertEquals(new Set(others.map(({ outcome, ok }) => `${outcome} ${ok}`)), new Set(["skipped false"]));
    assertEquals([others.length, leaks, leftBehind, requestCount], [13, false, [], 1]);
    assertEquals(connect?.message.startsWith("Cannot"), false);
  });
}

Deno.test("diagnose() names the same checks in the same order, whether the store can be used or not", async () => {
  const { config, fetch } = createMemoryS3();
  const good = await createS3Source({ ...config, prefix: "team" }, { fetch }).diagnose();
  const { diagnosis: bad } = await diagnoseWith(refused);
  assertEquals(bad.checks.map(({ name }) => name), good.checks.map(({ name }) => name));
});

Deno.test("diagnose() of a whole bucket has nothing ok if the store cannot be reached", async () => {
  const { diagnosis: { checks } } = await diagnoseWith(refused, {});
  assertEquals(checks.filter(({ ok }) => ok), []);
});

Deno.test("diagnose() says why a connection failed, and of which host", async () => {
  const { diagnosis: { checks: [connect] } } = await diagnoseWith(refused);
  assertStringIncludes(connect?.message ?? "", "the connection failed: connection refused (memory.s3.test:443)");
});

Deno.test("diagnose() takes a store for unusable that refuses everything with codes nobody knows", async () => {
  const { diagnosis: { checks } } = await diagnoseWith(() => s3Error(403, "TenantLocked"));
  assertEquals(checks.filter(({ ok }) => ok), []);
  assertEquals(checks.filter(({ outcome }) => outcome === "failed").map(({ name, code }) => [name, code]), [
    ["connect", "TenantLocked"],
  ]);
});

Deno.test("diagnose() reports once that everything is denied, with the store's own reason", async () => {
  const answer = () => s3Error(403, "AccessDenied", { message: "Forbidden: No such key: GK12" });
  for (const prefix of ["team", ""]) {
    const { diagnosis: { checks: [connect, ...others], leaks } } = await diagnoseWith(answer, { prefix });
    assertEquals(connect, {
      name: "connect",
      outcome: "denied",
      ok: false,
      message: "everything is denied; are the keys for this store and this folder? " +
        "(AccessDenied: Forbidden: No such key: GK12)",
      code: "AccessDenied",
    });
    assertEquals([new Set(others.map(({ outcome, ok }) => `${outcome} ${ok}`)), leaks], [
      new Set(["skipped false"]),
      false,
    ]);
  }
});

Deno.test("diagnose() of an anonymous source says that there are no keys", async () => {
  const { fetch } = createMemoryS3();
  const config = { ...ANONYMOUS, prefix: "team" };
  const { checks } = await createS3Source(config, { fetch, retry: RETRY }).diagnose();
  assertEquals([checks[0]?.outcome, checks.some(({ ok }) => ok)], ["denied", false]);
  const readable = createS3Source(config, {
    fetch: (input, init) =>
      String(input).includes("max-keys=")
        ? Promise.resolve(new Response("<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>"))
        : fetch(input, init),
    retry: RETRY,
  });
  const { checks: [connect] } = await readable.diagnose();
  assertEquals([connect?.outcome, connect?.message], ["allowed", "the store answers; there are no keys"]);
});

Deno.test("diagnose() of keys for another folder shows each check, as they are valid", async () => {
  const { source, store } = openStore("team");
  const { accessKeyId, secretAccessKey } = store.config;
  store.credentials.set(accessKeyId, { secretAccessKey, prefix: "team-sibling-of-it/" });
  const { checks, leaks } = await source.diagnose();
  assertEquals([checks[0]?.outcome, checks[1]?.outcome, leaks], ["allowed", "denied", true]);
});

Deno.test("diagnose() goes on if only lists fail", async () => {
  const store = createMemoryS3();
  const source = createS3Source({ ...store.config, prefix: "team" }, {
    fetch: (input, init) =>
      String(input).includes("max-keys=") ? Promise.resolve(s3Error(500, "InternalError")) : store.fetch(input, init),
    retry: RETRY,
  });
  const { checks } = await source.diagnose();
  const outcomes = Object.fromEntries(checks.map(({ name, outcome }) => [name, outcome]));
  assertEquals([outcomes.connect, outcomes.list, outcomes.write], ["allowed", "failed", "allowed"]);
});

Deno.test("diagnose() gets other keys once if the store rejects the first ones", async () => {
  const store = createMemoryS3();
  const { accessKeyId, secretAccessKey, bucket } = store.config;
  let count = 0;
  const credentials = () =>
    Promise.resolve({
      accessKeyId: count++ === 0 ? "AKIAGONE" : accessKeyId,
      secretAccessKey,
      bucket,
      prefix: "team",
      expiration: new Date(Date.now() + 3_600_000),
    });
  const { endpointUrl } = store.config;
  const { checks } = await createS3Source({ endpointUrl }, { fetch: store.fetch, credentials }).diagnose();
  assertEquals([checks[0]?.outcome, checks[1]?.outcome, count], ["allowed", "allowed", 2]);
});

for (
  const [code, answer] of [
    ["BrokerUnreachable", refused],
    ["BrokerRefused", () => new Response("", { status: 403 })],
    ["BrokerFailed", () => new Response("", { status: 500 })],
  ] as const
) {
  Deno.test(`diagnose() rejects with ${code}, not as if it were the store`, async () => {
    const { fetch } = stubFetch(answer);
    const config = { credentialsUrl: "https://broker.test/credentials", credentialsUrlSecret: "s" };
    const error = await assertRejects(() => createS3Source(config, { fetch }).diagnose(), CredentialsError);
    assertEquals(error.code, code);
    assertStringIncludes(error.message, "broker.test");
  });
}

Deno.test("diagnose() does not take a server for a store that has every file", async () => {
  const store = createMemoryS3();
  const source = createS3Source({ ...store.config, prefix: "team" }, {
    async fetch(input, init) {
      const response = await store.fetch(input, init);
      return init?.method === "HEAD" && response.status === 404
        ? new Response(null, { headers: { "content-length": "1" } })
        : response;
    },
    retry: RETRY,
  });
  const { checks } = await source.diagnose();
  const missing = checks.find(({ name }) => name === "missingFile");
  assertEquals([missing?.outcome, missing?.ok, missing?.code], ["failed", false, "InvalidResponse"]);
});

Deno.test("diagnose() removes the folder that a store with folders has made for it", async () => {
  const store = createMemoryS3();
  const source = createS3Source({ ...store.config, prefix: "team" }, {
    async fetch(input, init) {
      const response = await store.fetch(input, init);
      const { pathname } = new URL(String(input));
      if (init?.method === "PUT" && response.ok && pathname.startsWith("/bucket/team/")) {
        store.putObject({ bucket: "bucket", key: "team/", body: "" });
      }
      return response;
    },
  });
  await source.diagnose();
  assertEquals(store.listKeys("bucket"), []);
  store.putObject({ bucket: "bucket", key: "team/", body: "" });
  await source.diagnose();
  assertEquals(store.listKeys("bucket"), ["team/"]);
});

Deno.test("diagnose() leaves the folder of files alone, and one that came without files", async () => {
  const store = createMemoryS3();
  const source = createS3Source({ ...store.config, prefix: "team" }, { fetch: store.fetch });
  store.putObject({ bucket: "bucket", key: "team/a", body: "a" });
  store.requests.length = 0;
  await source.diagnose();
  assertEquals(store.requests.filter(({ key }) => key === "team/"), []);
});
