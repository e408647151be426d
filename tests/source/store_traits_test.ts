import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  ConfigError,
  createS3Source,
  CredentialsError,
  FileTooLargeError,
  IntegrityError,
  InvalidArgumentError,
  type S3SourceConfig,
} from "../../mod.ts";
import { readDatasetteConfig } from "../../src/config/datasette_yaml.ts";
import { createMemoryS3 } from "../../src/testing/memory_s3/memory_s3.ts";
import { multipartStore } from "../support/stub_uploads.ts";
import { KEYS, s3Error, s3Object, stubFetch, stubSource } from "../support/stub_fetch.ts";

for (
  const [name, config, url] of [
    ["path on AWS", { store: { addressing: "path" } }, "https://s3.us-east-1.amazonaws.com/media/"],
    ["auto on AWS", { store: { addressing: "auto" } }, "https://media.s3.us-east-1.amazonaws.com/"],
    [
      "virtual for a bucket with dots",
      { bucket: "a.b", store: { addressing: "virtual" } },
      "https://a.b.s3.us-east-1.amazonaws.com/",
    ],
    [
      "virtual with an endpointUrl",
      { endpointUrl: "https://store.test:8443/s3/", store: { addressing: "virtual" } },
      "https://media.store.test:8443/s3/",
    ],
    ["path with an endpointUrl", { endpointUrl: "http://[::1]:9000" }, "http://[::1]:9000/media/"],
  ] as const
) {
  Deno.test(`addressing ${name} is that of requests, signed URLs and forms`, async () => {
    const store = stubFetch(s3Object("x"));
    const source = createS3Source({ bucket: "media", ...KEYS, ...config }, { fetch: store.fetch });
    await source.read("a.txt");
    assertEquals(store.requests[0]?.url, `${url}a.txt`);
    assertEquals((await source.downloadUrl("a.txt")).url.split("?")[0], `${url}a.txt`);
    assertEquals((await source.prepareUpload("a.txt", { size: 1, method: "POST" })).url, url);
  });
}

for (const endpointUrl of ["http://127.0.0.1:9000", "http://[::1]:9000"]) {
  Deno.test(`addressing "virtual" is refused with ${endpointUrl}`, () => {
    const create = () => createS3Source({ bucket: "media", endpointUrl, store: { addressing: "virtual" } });
    assertThrows(create, ConfigError, "Cannot use the endpointUrl: its host is an IP address");
  });
}

for (
  const [store, message] of [
    [{ addressing: "dns" }, '"store.addressing": it must be "auto", "virtual" or "path"'],
    [{ checksums: "md5" }, '"store.checksums": it must be "auto", "sha256", "crc32" or "none"'],
    [{ equal_part: true }, '"store.equal_part": there is no such option; did you mean "equal_parts"?'],
    [{ equalParts: true, equal_parts: true }, "it is given in both spellings"],
    [{ maxParts: 1 }, '"store.maxParts": it must be a whole number from 2 to 10000'],
    ["r2", '"store": it must be an object, not a string'],
  ] as const
) {
  Deno.test(`createS3Source() refuses store: ${JSON.stringify(store)}`, () => {
    assertThrows(() => createS3Source({ bucket: "media", store: store as never }), ConfigError, message);
  });
}

Deno.test("createS3Source() says what forcePathStyle is called here", () => {
  const create = () => createS3Source({ bucket: "media", forcePathStyle: true } as never);
  assertThrows(create, ConfigError, '"forcePathStyle": there is no such option; did you mean "store.addressing"?');
});

Deno.test("datasette.yaml and -s have store, anonymous and requester_pays", () => {
  const place = "plugins.datasette-files.sources.media.config";
  const { sources } = readDatasetteConfig({
    yaml: `
plugins: {datasette-files: {sources: {media: {storage: s3, config: {
  bucket: media, region: null, requester_pays: true, store: {equal_parts: false, addressing: path}}}}}}`,
    settings: [
      [`${place}.anonymous`, "true"],
      [`${place}.store.equalParts`, "true"],
      [`${place}.store.bulk_delete`, "false"],
      [`${place}.store.list_v2`, "false"],
      [`${place}.store.encodingType`, "false"],
      [`${place}.store.quoted_etags`, "false"],
      [`${place}.store.conditions`, "false"],
      [`${place}.store.checksum_mode`, "false"],
      [`${place}.store.checksums`, "crc32"],
      [`${place}.store.max_parts`, "1000"],
    ],
  });
  assertEquals(sources.media, {
    bucket: "media",
    requester_pays: true,
    anonymous: true,
    store: {
      ...{ addressing: "path", equalParts: true, bulk_delete: false, list_v2: false, encodingType: false },
      ...{ quoted_etags: false, conditions: false, checksum_mode: false, checksums: "crc32", max_parts: 1_000 },
    },
  });
  createS3Source(sources.media ?? {});
});

Deno.test("maxParts is the most parts of uploads, direct ones too, and of what a source can hold", async () => {
  const store = multipartStore();
  const source = stubSource(store, { store: { max_parts: 2 } });
  assertEquals(source.capabilities.maxFileSizeBytes, 2 * 5 * 1024 ** 3);
  const size = 30 * 1024 ** 2;
  const { state, partCount } = await source.prepareMultipartUpload("a", { size });
  assertEquals([state.partSizeBytes, partCount], [size / 2, 2]);
  await source.upload("b", new Uint8Array(size));
  assertEquals(store.requests.filter(({ url }) => url.includes("partNumber")).length, 2);
  assertThrows(
    () => source.resumeMultipartUpload({ ...state, partSizeBytes: 10 * 1024 ** 2 }),
    InvalidArgumentError,
    "it would have more than 2 parts",
  );
  const tooLarge = () => source.prepareMultipartUpload("a", { size: 10 * 1024 ** 3 + 1 });
  await assertRejects(tooLarge, FileTooLargeError, "it has more than 10737418240 bytes");
  await assertRejects(() => source.upload("a", "x", { size: 10 * 1024 ** 3 + 1 }), IntegrityError);
});

Deno.test("bulkDelete: false deletes files one by one, several at a time, with the same results", async () => {
  let running = 0;
  let most = 0;
  const store = stubFetch(async ({ url }) => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setTimeout(resolve, 1));
    running--;
    if (url.endsWith("/b")) return s3Error(403, "AccessDenied");
    return url.endsWith("/gone") ? s3Error(404, "NoSuchKey") : new Response(null, { status: 204 });
  });
  const source = stubSource(store, { store: { bulkDelete: false } }, { upload: { concurrency: 3 } });
  const { deletedCount, errors } = await source.deleteMany(["a", "b", "gone", "c", "a"]);
  assertEquals(store.requests.map(({ method, url }) => `${method} ${url}`).toSorted(), [
    "DELETE http://store.test:8333/media/team/a",
    "DELETE http://store.test:8333/media/team/b",
    "DELETE http://store.test:8333/media/team/c",
    "DELETE http://store.test:8333/media/team/gone",
  ]);
  assertEquals([deletedCount, most], [3, 3]);
  assertEquals(errors.map(({ name, path }) => [name, path]), [["AccessDeniedError", "b"]]);
});

Deno.test("an anonymous source sends unsigned requests, and asks nobody for credentials", async () => {
  const store = stubFetch(s3Object("x"));
  const source = createS3Source({ bucket: "media", anonymous: true }, { fetch: store.fetch });
  const { canGenerateSignedUrls, requiresProxyDownload } = source.capabilities;
  assertEquals([canGenerateSignedUrls, requiresProxyDownload], [false, true]);
  await source.read("a.txt");
  assertEquals(store.requests.map(({ url, headers }) => [url, [...headers.keys()]]), [
    ["https://media.s3.us-east-1.amazonaws.com/a.txt", ["accept-encoding", "x-amz-checksum-mode"]],
  ]);
  assertEquals((await source.connect()).expiresAt, null);
});

for (
  const [name, run] of [
    ["sign a URL", (source: ReturnType<typeof createS3Source>) => source.downloadUrl("a")],
    ["prepare the upload", (source: ReturnType<typeof createS3Source>) => source.prepareUpload("a", { size: 1 })],
    ["return credentials", (source: ReturnType<typeof createS3Source>) => source.credentials()],
  ] as const
) {
  Deno.test(`an anonymous source cannot ${name}`, async () => {
    const source = createS3Source({ bucket: "media", anonymous: true });
    const error = await assertRejects(() => run(source) as Promise<unknown>, CredentialsError, `Cannot ${name}`);
    assertEquals(error.code, "Anonymous");
    assert(
      error.message.endsWith(
        "the source is anonymous and has no keys; configure keys, a broker or `credentials` instead",
      ),
    );
  });
}

for (
  const [name, config, options] of [
    ["accessKeyId", KEYS, {}],
    ["credentialsUrl", { credentialsUrl: "https://broker.test", credentialsUrlSecret: "s" }, {}],
    ["credentials", {}, { credentials: () => Promise.resolve(KEYS) }],
  ] as const
) {
  Deno.test(`anonymous contradicts ${name}`, () => {
    const create = () => createS3Source({ bucket: "media", anonymous: true, ...config }, options);
    assertThrows(create, ConfigError, `"anonymous": it contradicts "${name}"`);
  });
}

Deno.test("download.partSizeBytes and download.concurrency are those of read()", async () => {
  const memory = createMemoryS3();
  memory.putObject({ bucket: "bucket", key: "a", body: new Uint8Array(200_000).fill(7) });
  const ranges: (string | null)[] = [];
  const source = createS3Source(memory.config, {
    fetch: (input, init) => {
      ranges.push(new Headers(init?.headers).get("range"));
      return memory.fetch(input, init);
    },
    download: { partSizeBytes: 65_536, concurrency: 1 },
  });
  assertEquals(await source.read("a"), new Uint8Array(200_000).fill(7));
  assertEquals(ranges, [null, "bytes=65536-131071", "bytes=131072-196607", "bytes=196608-199999"]);
});

Deno.test("createS3Source() takes undefined for every option as it takes none", async () => {
  const store = stubFetch(s3Object("x"));
  const config: Required<{ [Name in keyof S3SourceConfig]: S3SourceConfig[Name] }> = {
    ...{ bucket: "media", prefix: undefined, region: undefined, endpointUrl: undefined, endpoint_url: undefined },
    ...{ publicEndpointUrl: undefined, public_endpoint_url: undefined },
    ...{ accessKeyId: "AKID", secretAccessKey: "secret", sessionToken: undefined, session_token: undefined },
    ...{ access_key_id: undefined, secret_access_key: undefined, anonymous: undefined, store: undefined },
    ...{ credentialsUrl: undefined, credentialsUrlSecret: undefined, allowInsecureCredentialsUrl: undefined },
    ...{ credentials_url: undefined, credentials_url_secret: undefined, allow_insecure_credentials_url: undefined },
    ...{ requesterPays: undefined, requester_pays: undefined },
  };
  const source = createS3Source(config, {
    credentials: undefined,
    fetch: store.fetch,
    now: undefined,
    retry: { maxAttempts: undefined, baseDelayMs: undefined, maxDelayMs: undefined },
    timeouts: { headersMs: undefined, idleMs: undefined, totalMs: undefined },
    upload: { partSizeBytes: undefined, concurrency: undefined, encryption: undefined, storageClass: undefined },
    download: { partSizeBytes: undefined, concurrency: undefined },
    onEvent: undefined,
  });
  await source.read("a.txt");
  assertEquals(store.requests.map(({ url }) => url), ["https://media.s3.us-east-1.amazonaws.com/a.txt"]);
});
