import { assert, assertEquals, assertRejects } from "@std/assert";
import { createS3Source, CredentialsError, type S3Source } from "../../mod.ts";
import { readDatasetteConfig } from "../../src/config/datasette_yaml.ts";
import { createMemoryS3 } from "../../src/testing/mod.ts";
import { send } from "../conformance/plain_requests.ts";
import { type SentRequest, stubFetch } from "../support/stub_fetch.ts";

/** A store that takes everything. */
function answer({ method, url }: SentRequest): Response {
  if (method === "HEAD") return new Response(null, { headers: { etag: '"e"', "content-length": "1" } });
  if (url.includes("uploads=")) return new Response("<R><UploadId>u</UploadId></R>");
  if (url.includes("list-type=2")) return new Response("<ListBucketResult/>");
  if (method === "GET") return new Response("x", { headers: { etag: '"e"', "content-length": "1" } });
  return new Response('<R><ETag>"e"</ETag></R>', { headers: { etag: '"e"' } });
}

/** A source of a YAML file with these lines below `config`, and what it sends. */
function fromYaml(lines: string, settings: readonly (readonly [string, string])[] = []) {
  const yaml = `plugins: {datasette-files: {sources: {media: {storage: s3, config: {
    bucket: media, access_key_id: AK, secret_access_key: SK, ${lines}}}}}}`;
  const place = "plugins.datasette-files.sources.media.config.";
  const { sources } = readDatasetteConfig({ yaml, settings: settings.map(([key, value]) => [place + key, value]) });
  const store = stubFetch(answer);
  return { source: createS3Source(sources.media ?? {}, { fetch: store.fetch, retry: { maxAttempts: 1 } }), ...store };
}

/** Where everything that a source signs for others leads, by what it is. */
async function signedUrls(source: S3Source): Promise<Record<string, URL>> {
  const multipart = await source.prepareMultipartUpload("p/ü", { size: 1 });
  const urls = {
    download: (await source.downloadUrl("p/ü")).url,
    put: (await source.prepareUpload("p/ü", { size: 1, method: "PUT" })).url,
    post: (await source.prepareUpload("p/ü", { size: 1, method: "POST" })).url,
    part: (await multipart.partUrl(1)).url,
  };
  return Object.fromEntries(Object.entries(urls).map(([name, url]) => [name, new URL(url)]));
}

const PLACES: readonly (readonly [name: string, lines: string, settings: [string, string][], base: string])[] = [
  [
    "virtual",
    "endpoint_url: 'https://oss.example.com:8443/s3', store: {addressing: virtual}",
    [],
    "https://media.oss.example.com:8443/s3",
  ],
  [
    "virtual by -s",
    "endpoint_url: 'https://oss.example.com'",
    [["store.addressing", "virtual"]],
    "https://media.oss.example.com",
  ],
  ["path", "region: eu-west-1, store: {addressing: path}", [], "https://s3.eu-west-1.amazonaws.com/media"],
  ["auto on AWS", "region: eu-west-1", [], "https://media.s3.eu-west-1.amazonaws.com"],
  ["auto elsewhere", "endpoint_url: 'http://127.0.0.1:8333/'", [], "http://127.0.0.1:8333/media"],
];
for (const [name, lines, settings, base] of PLACES) {
  Deno.test(`addressing ${name} of a YAML file is that of requests, copies, diagnose(), signed URLs and forms`, async () => {
    const { source, requests } = fromYaml(lines, settings);
    const file = `${base}/p/%C3%BC`;
    const urls = Object.entries(await signedUrls(source)).map(([what, { href }]) => [what, href.split("?")[0]]);
    assertEquals(urls, [["download", file], ["put", file], ["post", `${base}/`], ["part", file]]);
    await source.copy("p/ü", "q");
    const copied = requests.at(-1);
    // The source of a copy never has the host.
    assertEquals([copied?.url, copied?.headers.get("x-amz-copy-source")], [`${base}/q`, "/media/p/%C3%BC"]);
    await source.diagnose();
    assertEquals(requests.filter(({ url }) => !url.startsWith(`${base}/`) && !url.startsWith(`${base}?`)), []);
  });
}

Deno.test("requesterPays is signed: a header of each request, a parameter of signed URLs, a field of forms", async () => {
  const { source, requests } = fromYaml("requester_pays: true");
  const { post, ...urls } = await signedUrls(source);
  for (const [name, url] of Object.entries(urls)) {
    assertEquals(url.searchParams.get("x-amz-request-payer"), "requester", name);
  }
  assertEquals(post?.search, "");
  const { fields, headers } = await source.prepareUpload("a", { size: 1, method: "POST" });
  assertEquals([fields["x-amz-request-payer"], headers], ["requester", { "x-amz-request-payer": "requester" }]);
  assert(atob(fields.policy ?? "").includes('{"x-amz-request-payer":"requester"}'));
  await source.copy("a", "b");
  await source.diagnose();
  const unpaid = requests.filter(({ headers }) =>
    headers.get("x-amz-request-payer") !== "requester" ||
    !/SignedHeaders=[^,]*;x-amz-request-payer[;,]/.test(headers.get("authorization") ?? "")
  );
  assertEquals([requests.length > 10, unpaid], [true, []]);
});

Deno.test("a form of a source with requesterPays is taken", async () => {
  const s3 = createMemoryS3({ buckets: ["media"] });
  const source = createS3Source({ ...s3.config, requesterPays: true }, { fetch: s3.fetch });
  for (const method of ["PUT", "POST"] as const) {
    assertEquals(await send(s3, await source.prepareUpload("a", { size: 5, method }), "hello"), "stored");
  }
});

Deno.test("an anonymous source signs nothing, and says so before any request", async () => {
  const store = stubFetch(answer);
  const source = createS3Source({ bucket: "media", anonymous: true }, { fetch: store.fetch });
  const resumed = source.resumeMultipartUpload({ path: "a", uploadId: "u", size: 1, partSizeBytes: 5 * 1024 ** 2 });
  for (
    const [action, run] of [
      ["sign a URL for", () => source.downloadUrl("a")],
      ["sign a URL for", () => source.folder("b").downloadUrl("a")],
      ["prepare the upload of", () => source.prepareUpload("a", { size: 1, method: "PUT" })],
      ["prepare the upload of", () => source.prepareUpload("a", { size: 1, method: "POST" })],
      ["begin the upload of", () => source.prepareMultipartUpload("a", { size: 1 })],
      ["sign a part of the upload of", () => resumed.partUrl(1)],
    ] as const
  ) {
    const error = await assertRejects<CredentialsError>(run, CredentialsError, `Cannot ${action} "a": the source is `);
    assertEquals(error.code, "Anonymous");
  }
  await assertRejects(
    () => source.credentials(),
    CredentialsError,
    "Cannot return credentials: the source is anonymous",
  );
  assertEquals(store.requests, []);
});

Deno.test("diagnose() of an anonymous source sends unsigned requests", async () => {
  const store = stubFetch(answer);
  const { connection, checks } = await createS3Source({ bucket: "media", anonymous: true }, {
    fetch: store.fetch,
    retry: { maxAttempts: 1 },
  }).diagnose();
  assertEquals([connection?.bucket, checks.find(({ name }) => name === "list")], [
    "media",
    { name: "list", outcome: "allowed", ok: true, message: "files can be listed" },
  ]);
  assertEquals(store.requests.filter(({ headers }) => headers.has("authorization")), []);
});
