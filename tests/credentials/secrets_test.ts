import { assert, assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { createS3Source, type S3SourceConfig, type S3SourceEvent, type S3SourceOptions } from "../../mod.ts";
import { printFigures } from "../support/figures.ts";
import { brokerReply, hang, s3Error, s3Object, type SentRequest, stubFetch } from "../support/stub_fetch.ts";

const CANARIES = {
  secretKey: "canary+secret/key",
  sessionToken: "canary/session+token==",
  brokerSecret: "canary broker&secret",
} as const;
const BROKER = "https://broker.test/credentials?token=canary-broker-url";

const UPLOAD = { path: "a", uploadId: "u", size: 1, partSizeBytes: 5 * 1024 ** 2 };

/** All texts that a value can be turned into. */
function everything(value: unknown): string {
  const texts = [String(value), Deno.inspect(value, { depth: 100, showHidden: true }), JSON.stringify(value)];
  for (let error = value; error instanceof Error; error = error.cause) {
    texts.push(error.message, error.stack ?? "", JSON.stringify(error), JSON.stringify(Object.entries(error)));
  }
  return texts.join("\n");
}

/** The secrets in the requests: headers and queries as they were sent. */
function secretsOf(requests: readonly SentRequest[]): string[] {
  const secrets = requests.flatMap(({ url, headers }) => {
    const authorization = headers.get("authorization") ?? "";
    return [
      authorization,
      /Signature=\w+/.exec(authorization)?.[0] ?? "",
      new URL(url).search.includes("X-Amz") ? url : "",
    ];
  });
  return [...new Set(secrets)].filter((secret) => secret !== "");
}

const grant = () => brokerReply({ SecretAccessKey: CANARIES.secretKey, SessionToken: CANARIES.sessionToken });

/** A store or broker that repeats everything it receives. */
const gossip = (status: number, code: string) => ({ url, headers, body }: SentRequest): Response => {
  const told = `${url} ${JSON.stringify([...headers])} ${body} ${CANARIES.secretKey} ${CANARIES.sessionToken}`;
  const message = told.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return s3Error(status, code, {
    message,
    extra: `<StringToSign>${message}</StringToSign><CanonicalRequest>${message}</CanonicalRequest>`,
  });
};
const brokenConnection = ({ url, headers, body }: SentRequest): never => {
  const told = `error sending request for url (${url})`;
  throw new TypeError(told, { cause: new Error(`${told} ${url}`, { cause: `${[...headers]} ${body}` }) });
};

const brokerAnswers: Record<string, (request: SentRequest) => Response | Promise<Response>> = {
  "a broken connection": brokenConnection,
  "no answer": hang,
  "a 403 that repeats the secret": ({ body }) => new Response(body, { status: 403 }),
  "a 500 that repeats the secret": ({ body }) =>
    new Response(body, { status: 500, statusText: "canary broker secret" }),
  "a redirect": () =>
    new Response("", { status: 302, headers: { location: `https://evil.test/?${CANARIES.sessionToken}` } }),
  "keys that are not JSON": () => new Response(`{"SecretAccessKey": "${CANARIES.secretKey}"`),
  "keys in other fields": () =>
    Response.json({ secretAccessKey: CANARIES.secretKey, SessionToken: CANARIES.sessionToken }),
  "a field that is not a string": () => brokerReply({ SecretAccessKey: [CANARIES.secretKey] }),
  "an Expiration that is the token": () => brokerReply({ Expiration: CANARIES.sessionToken }),
  "expired keys": () => brokerReply({ SecretAccessKey: CANARIES.secretKey, Expiration: "2001-01-01T00:00:00Z" }),
  "an S3Folder with a password": () =>
    brokerReply({ S3Folder: `s3://user:${encodeURIComponent(CANARIES.secretKey)}@b/` }),
  "an oversized reply": () => new Response(CANARIES.sessionToken.repeat(10_000)),
};
const storeAnswers: Record<string, (request: SentRequest) => Response | Promise<Response>> = {
  "a broken connection": brokenConnection,
  "no answer": hang,
  "a body that breaks off": () =>
    new Response(
      new ReadableStream({
        pull: (controller) =>
          controller.error(new TypeError(`GET https://x.test/?X-Amz-Signature=${CANARIES.sessionToken}`)),
      }),
      { headers: { "content-length": "5", etag: '"t"' } },
    ),
  "HTML": () => new Response(`<html>${CANARIES.sessionToken}`, { status: 500 }),
  "an error within a 200": gossip(200, "AccessDenied"),
  "a redirect": () =>
    new Response("", { status: 307, headers: { location: `https://evil.test/?${CANARIES.sessionToken}` } }),
  ...Object.fromEntries(
    ([
      [400, "ExpiredToken"],
      [400, "InvalidToken"],
      [403, "InvalidAccessKeyId"],
      [403, "SignatureDoesNotMatch"],
      [403, "AccessDenied"],
      [
        403,
        "RequestTimeTooSkewed",
      ],
      [404, "NoSuchKey"],
      [404, "NoSuchBucket"],
      [404, "NoSuchUpload"],
      [409, "ConditionalRequestConflict"],
      [412, "PreconditionFailed"],
      [
        416,
        "InvalidRange",
      ],
      [400, "BadDigest"],
      [400, "EntityTooLarge"],
      [400, "RequestTimeout"],
      [500, "InternalError"],
      [503, "SlowDown"],
      [501, "NotImplemented"],
      [
        301,
        "PermanentRedirect",
      ],
    ] as const).map(([status, code]) => [`${status} ${code}`, gossip(status, code)]),
  ),
};
const operations: Record<string, (source: ReturnType<typeof createS3Source>) => Promise<unknown>> = {
  stat: (source) => source.stat("a"),
  read: (source) => source.read("a"),
  readText: (source) => source.readText("a"),
  readJson: (source) => source.readJson("a"),
  serveFile: async (source) => {
    const { headers, body } = await source.serveFile(new Request("http://host.test/"), "a");
    await body?.cancel();
    return [...headers];
  },
  stream: async (source) => await new Response((await source.stream("a")).body).text(),
  list: (source) => source.list(),
  upload: (source) => source.upload("a", "hello"),
  "upload in parts": (source) => source.upload("a", new Uint8Array(9 * 1024 * 1024)),
  delete: (source) => source.delete("a"),
  deleteMany: (source) => source.deleteMany(["a", "b"]),
  deleteFolder: (source) => source.deleteFolder("a"),
  copy: (source) => source.copy("a", "b"),
  prepareMultipartUpload: (source) => source.prepareMultipartUpload("a", { size: 1 }),
  complete: (source) => source.resumeMultipartUpload(UPLOAD).complete(),
  abort: (source) => source.resumeMultipartUpload(UPLOAD).abort(),
  abortStaleUploads: (source) => source.abortStaleUploads({ olderThanSeconds: 0 }),
};

const READS = new Set(["read", "readText", "stream"]);

/** Runs an operation against these answers, and returns everything that it shows. */
async function observe(
  operation: (source: ReturnType<typeof createS3Source>) => Promise<unknown>,
  { broker = grant, store = () => s3Object("hello") }: {
    broker?: (request: SentRequest) => Response | Promise<Response>;
    store?: (request: SentRequest) => Response | Promise<Response>;
  },
): Promise<{ seen: string; secrets: string[] }> {
  using time = new FakeTime("2029-12-31T23:59:00Z");
  const events: S3SourceEvent[] = [];
  const stub = stubFetch((request) => request.url === BROKER ? broker(request) : store(request));
  const config: S3SourceConfig = { credentialsUrl: BROKER, credentialsUrlSecret: CANARIES.brokerSecret };
  const options: S3SourceOptions = {
    fetch: stub.fetch,
    onEvent: (event) => events.push(event),
    retry: { maxAttempts: 2, baseDelayMs: 0 },
  };
  const source = createS3Source(config, options);
  const running = operation(source).catch((error) => error);
  let isRunning = true;
  running.finally(() => isRunning = false);
  while (isRunning) await time.tickAsync(1_000);
  return {
    seen: `${everything(await running)}\n${everything(events)}\n${everything(source)}`,
    secrets: secretsOf(stub.requests),
  };
}

const totals = { "error paths": 0, "that revealed a secret": 0 };

function assertNoSecret({ seen, secrets }: { seen: string; secrets: readonly string[] }): void {
  totals["error paths"]++;
  const forms = Object.values(CANARIES).flatMap((canary) => [
    canary,
    encodeURIComponent(canary),
    new URLSearchParams({ canary }).toString().slice("canary=".length),
    JSON.stringify(canary).slice(1, -1),
  ]);
  const told = [...forms, ...secrets, "canary-broker-url", "canary"].filter((secret) => seen.includes(secret));
  if (told.length > 0) totals["that revealed a secret"]++;
  assertEquals(told, [], `in:\n${seen.slice(0, 5_000)}`);
}

for (const [name, broker] of Object.entries(brokerAnswers)) {
  Deno.test(`connect() reveals no secret when the broker returns ${name}`, async () => {
    assertNoSecret(await observe((source) => source.connect(), { broker }));
  });
}

for (const [name, store] of Object.entries(storeAnswers)) {
  Deno.test(`no operation reveals a secret when the store returns ${name}`, async () => {
    let errors = 0;
    for (const [operationName, operation] of Object.entries(operations)) {
      // The bytes of a 200 are the file.
      if (name === "an error within a 200" && READS.has(operationName)) continue;
      const observed = await observe(operation, { store });
      assertNoSecret(observed);
      if (observed.seen.includes("Cannot ")) errors++;
    }
    assertEquals(errors > 0, true);
  });
}

Deno.test("no configuration error reveals a secret", () => {
  const secret = CANARIES.secretKey;
  const configs: Record<string, unknown>[] = [
    { bucket: "media", secretAccessKey: secret },
    { bucket: "media", sessionToken: secret },
    { bucket: "media", accessKeyId: "A", secretAccessKey: [secret] },
    { bucket: "media", accessKeyId: "A", secretAccessKey: secret, secret_access_key: secret },
    { credentialsUrl: `https://user:${secret}@broker.test/`, credentialsUrlSecret: secret },
    { credentialsUrl: `http://broker.test/?${secret}`, credentialsUrlSecret: secret },
    { credentialsUrl: `nonsense ${secret}`, credentialsUrlSecret: secret },
    { bucket: "media", endpointUrl: `http://user:${secret}@store.test/` },
    { bucket: "media", endpointUrl: `http://store.test/?${secret}` },
    { credentialsUrlSecret: secret },
  ];
  for (const config of configs) {
    let error: unknown;
    try {
      createS3Source(config);
    } catch (thrown) {
      error = thrown;
    }
    assert(error instanceof Error);
    assertNoSecret({ seen: everything(error), secrets: [] });
  }
});

Deno.test.afterAll(() => printFigures("Secrets", { canaries: 5, ...totals }));
