import { assertEquals, assertThrows } from "@std/assert";
import { ConfigError, createS3Source, type S3SourceConfig } from "../../mod.ts";
import { readSourceConfig } from "../../src/options/source_config.ts";

const keys = { accessKeyId: "AKID", secretAccessKey: "secret" };

Deno.test("readSourceConfig() fills in the defaults", () => {
  assertEquals(readSourceConfig({ bucket: "media" }), {
    bucket: "media",
    region: "us-east-1",
    prefix: "",
    credentials: { kind: "default" },
    requesterPays: false,
    store: { addressing: "auto", checksums: "auto", equalParts: false, maxParts: 10_000 },
  });
});

Deno.test("readSourceConfig() reads both spellings alike", () => {
  const camel = readSourceConfig({
    bucket: "media",
    endpointUrl: "http://127.0.0.1:8333",
    accessKeyId: "AKID",
    secretAccessKey: "secret",
    sessionToken: "token",
  });
  const snake = readSourceConfig({
    bucket: "media",
    endpoint_url: "http://127.0.0.1:8333",
    access_key_id: "AKID",
    secret_access_key: "secret",
    session_token: "token",
  });
  assertEquals(snake, camel);
});

for (const [prefix, expected] of [["team", "team/"], ["team/", "team/"], ["a/b", "a/b/"], ["", ""]] as const) {
  Deno.test(`readSourceConfig() reads the prefix ${JSON.stringify(prefix)} as ${JSON.stringify(expected)}`, () => {
    assertEquals(readSourceConfig({ bucket: "media", prefix }).prefix, expected);
  });
}

Deno.test("readSourceConfig() prefers a broker over keys, and keys over the default chain", () => {
  const broker = { credentialsUrl: "https://broker.test/", credentialsUrlSecret: "s" };
  assertEquals(readSourceConfig({ bucket: "media", ...keys, ...broker }).credentials.kind, "broker");
  assertEquals(readSourceConfig({ bucket: "media", ...keys }).credentials.kind, "direct");
  assertEquals(readSourceConfig({ bucket: "media" }).credentials.kind, "default");
});

Deno.test("readSourceConfig() takes null for absent, as an empty YAML value is", () => {
  assertEquals(readSourceConfig({ bucket: "media", prefix: null, session_token: null } as never).prefix, "");
});

for (
  const url of ["http://localhost:8002/", "http://127.0.0.1/", "http://[::1]:1/", "https://broker.test/credentials?a=b"]
) {
  Deno.test(`readSourceConfig() accepts the broker URL ${url}`, () => {
    assertEquals(readSourceConfig({ credentialsUrl: url, credentialsUrlSecret: "s" }).credentials.kind, "broker");
  });
}

Deno.test("readSourceConfig() accepts an http: broker on another host only if allowed", () => {
  const config = { credentialsUrl: "http://broker.test/", credentialsUrlSecret: "s" };
  assertThrows(() => readSourceConfig(config), ConfigError, "allowInsecureCredentialsUrl");
  assertEquals(readSourceConfig({ ...config, allowInsecureCredentialsUrl: true }).credentials.kind, "broker");
});

for (const host of ["127.0.0.1.evil.test", "localhost.evil.test", "my-localhost", "10.0.0.1", "[::2]"]) {
  Deno.test(`readSourceConfig() refuses an http: broker on ${host}`, () => {
    const config = { credentialsUrl: `http://${host}/`, credentialsUrlSecret: "s" };
    assertThrows(() => readSourceConfig(config), ConfigError, "http: would send the secret unencrypted");
  });
}

const refused: [name: string, config: unknown, message: string][] = [
  ["neither bucket nor broker", {}, 'it needs a "bucket", or a "credentialsUrl"'],
  ["no object", "media", "the configuration is not an object"],
  ["an array", ["media"], "the configuration is not an object"],
  [
    "an unknown option",
    { bucket: "media", endpointURL: "x" },
    'option "endpointURL": there is no such option; did you mean "endpointUrl"?',
  ],
  ["a mistyped option", { buckt: "media" }, 'did you mean "bucket"?'],
  ["a mistyped snake_case option", { bucket: "media", acess_key_id: "x" }, 'did you mean "access_key_id"?'],
  ["an option of another type", { bucket: 5 }, 'option "bucket": it must be a string, not a number'],
  ["a mapping for an option", { bucket: { name: "media" } }, "it must be a string, not a mapping"],
  [
    "a boolean option as text",
    { bucket: "media", allow_insecure_credentials_url: "yes" },
    "it must be true or false, not a string",
  ],
  ["an empty option", { bucket: "" }, 'option "bucket": it must not be empty'],
  [
    "both spellings of an option",
    { bucket: "media", endpointUrl: "http://a.test", endpoint_url: "http://b.test" },
    "both spellings",
  ],
  ["a bucket no store has", { bucket: "Media/../x" }, "is not a valid bucket name"],
  ["a bucket that only other stores have", { bucket: "my_bucket" }, 'option "bucket": "my_bucket" is not a valid'],
  ["an S3 Express bucket", { bucket: "data--usw2-az1--x-s3" }, "a directory bucket of S3 Express"],
  [
    "an S3 Express bucket at a URL of AWS",
    { bucket: "data--usw2-az1--x-s3", endpointUrl: "https://s3.us-west-2.amazonaws.com" },
    "a directory bucket of S3 Express",
  ],
  ["a Multi-Region Access Point", { bucket: "mfzwi23gnjvgw.mrap" }, "write the name of one of its buckets"],
  ["an ARN", { bucket: "arn:aws:s3:::media", endpointUrl: "https://s.test" }, 'but an ARN; write "media"'],
  ["a folder for a bucket", { bucket: "s3://media/team" }, 'write "media", and the rest as the "prefix"'],
  [
    "a bucket that no host can have, in the host",
    { bucket: "my_bucket", endpointUrl: "https://s.test", store: { addressing: "virtual" } },
    '"my_bucket" cannot be in a host name; "store.addressing" must be "path"',
  ],
  ["a region that only other stores have", { bucket: "media", region: "RegionOne" }, "not the name of a region of AWS"],
  [
    "an endpoint with the bucket in its path",
    { bucket: "media", endpointUrl: "https://account.store.test/media/" },
    'option "endpointUrl": it has the bucket in it; write "https://account.store.test", or',
  ],
  [
    "an endpoint with the bucket in its host",
    { bucket: "media", endpointUrl: "https://media.fra1.store.test" },
    'it has the bucket in it; write "https://fra1.store.test", or',
  ],
  [
    "an endpoint with the bucket in its host, and again in addresses",
    { bucket: "media", endpointUrl: "https://media.fra1.store.test:444", store: { addressing: "virtual" } },
    'write "https://fra1.store.test:444", or',
  ],
  ["a secret key with a line end", { bucket: "media", ...keys, secretAccessKey: "abc\n" }, "ends with a line break"],
  ["a secret key with a NUL", { bucket: "media", ...keys, secretAccessKey: "a\0c" }, "a control character"],
  ["a region no host can have", { bucket: "media", region: "evil.test/" }, "is not the name of a region"],
  [
    "a prefix with dot segments",
    { bucket: "media", prefix: "a/../b" },
    'option "prefix": it has a "." or ".." segment',
  ],
  ["an absolute prefix", { bucket: "media", prefix: "/a" }, 'option "prefix": it starts with "/"'],
  [
    "an endpoint that is not a URL",
    { bucket: "media", endpointUrl: "localhost:8333" },
    '"endpointUrl": it is not an http: or https: URL',
  ],
  [
    "an endpoint with a user",
    { bucket: "media", endpointUrl: "http://a:b@c.test" },
    '"endpointUrl": it has a user name',
  ],
  ["an endpoint with a query", { bucket: "media", endpointUrl: "http://c.test/?x" }, '"endpointUrl": it has a query'],
  [
    "a key id with a line end",
    { bucket: "media", accessKeyId: "AKID\n", secretAccessKey: "s" },
    "perhaps it ends with a line break",
  ],
  ["a token with a line end", { bucket: "media", ...keys, sessionToken: "t\n" }, 'option "sessionToken"'],
  [
    "half a key pair",
    { bucket: "media", accessKeyId: "AKID" },
    'option "accessKeyId": it needs "secretAccessKey" too',
  ],
  [
    "the other half",
    { bucket: "media", secretAccessKey: "s" },
    'option "secretAccessKey": it needs "accessKeyId" too',
  ],
  ["a session token alone", { bucket: "media", sessionToken: "t" }, 'option "sessionToken": it needs "accessKeyId"'],
  [
    "a broker without its secret",
    { credentialsUrl: "https://b.test" },
    'option "credentialsUrl": it needs "credentialsUrlSecret"',
  ],
  [
    "a secret without its broker",
    { bucket: "media", credentialsUrlSecret: "s" },
    'it needs "credentialsUrl" too',
  ],
  ["a broker with a user", { credentialsUrl: "https://a:b@b.test", credentialsUrlSecret: "s" }, "it has a user name"],
  ["a broker with a password", { credentialsUrl: "https://:b@b.test", credentialsUrlSecret: "s" }, "or a password"],
  [
    "a broker that is not a web address",
    { credentialsUrl: "ftp://b.test", credentialsUrlSecret: "s" },
    "it is not an https: URL",
  ],
];
for (const [name, config, message] of refused) {
  Deno.test(`createS3Source() refuses ${name}`, () => {
    assertThrows(() => createS3Source(config as S3SourceConfig), ConfigError, message);
  });
}

for (
  const [name, config, url] of [
    ["a bucket with _", { bucket: "my_bucket" }, "https://storage.store.test/my_bucket/k"],
    ["a bucket in upper case", { bucket: "Media" }, "https://storage.store.test/Media/k"],
    ["its own region", { bucket: "media", region: "RegionOne" }, "https://storage.store.test/media/k"],
    ["a bucket of its own name", { bucket: "storage" }, "https://storage.store.test/storage/k"],
    [
      "a longer host of the bucket's name, if it says so",
      { bucket: "files", endpointUrl: "https://files.eu.corp.test", store: { addressing: "path" } },
      "https://files.eu.corp.test/files/k",
    ],
    [
      "a secret key that someone chose",
      { bucket: "media", secretAccessKey: "pass wörd" },
      "https://storage.store.test/media/k",
    ],
    [
      "an address that begins like the bucket",
      { bucket: "127", endpointUrl: "http://127.0.0.1:9000" },
      "http://127.0.0.1:9000/127/k",
    ],
  ] as const
) {
  Deno.test(`createS3Source() accepts a store with ${name}`, async () => {
    const source = createS3Source({ endpointUrl: "https://storage.store.test", ...keys, ...config });
    assertEquals((await source.downloadUrl("k")).url.split("?")[0], url);
  });
}

Deno.test("createS3Source() needs no bucket with credentials of the application, which may name one", () => {
  createS3Source({}, { credentials: () => Promise.reject(new Error("not called")) });
});

for (
  const [name, options, message] of [
    ["an unknown option", { retries: 3 }, '"retries": there is no such option; did you mean "retry"?'],
    [
      "an unknown option of a group",
      { retry: { attempts: 3 } },
      '"retry.attempts": there is no such option; did you mean "maxAttempts"?',
    ],
    ["a part size below S3's", { upload: { partSizeBytes: 1024 } }, '"upload.partSizeBytes"'],
    ["a concurrency of zero", { upload: { concurrency: 0 } }, '"upload.concurrency"'],
    ["a negative delay", { retry: { baseDelayMs: -1 } }, '"retry.baseDelayMs"'],
    ["no attempts", { retry: { maxAttempts: 0 } }, '"retry.maxAttempts"'],
    ["an endless timeout", { timeouts: { headersMs: Infinity } }, '"timeouts.headersMs"'],
    ["text for a number", { download: { concurrency: "4" } }, '"download.concurrency": it must be a whole number'],
    ["a number for a group", { retry: 5 }, '"retry": it must be an object'],
    ["null", null, "the options are not an object"],
    ["a delay no timer has", { retry: { maxDelayMs: 1e13 } }, '"retry.maxDelayMs"'],
    ["a fetch that is not a function", { fetch: "fetch" }, '"fetch": it must be a function'],
  ] as const
) {
  Deno.test(`createS3Source() refuses ${name} among its options`, () => {
    assertThrows(() => createS3Source({ bucket: "media" }, options as never), ConfigError, message);
  });
}
