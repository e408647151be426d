import { assertEquals, assertRejects } from "@std/assert";
import { createS3Source, CredentialsError, type S3Source } from "../../mod.ts";
import { createMemoryS3, type MemoryS3, type MemoryS3Request } from "../../src/testing/mod.ts";
import { s3Error, stubFetch } from "../support/stub_fetch.ts";

const PREFIX = "team/";

/** A store whose keys are for the prefix or for everything, and a source on it. */
function createWorld(
  { isScoped = true, prefix = PREFIX, denies = () => false }: {
    isScoped?: boolean;
    prefix?: string;
    denies?: (request: { method: string; search: URLSearchParams; isMissing: boolean }) => boolean;
  } = {},
): { store: MemoryS3; source: S3Source } {
  const store = createMemoryS3();
  const { accessKeyId, secretAccessKey } = store.config;
  if (isScoped) store.credentials.set(accessKeyId, { secretAccessKey, bucket: "bucket", prefix });
  const source = createS3Source({ ...store.config, prefix }, {
    async fetch(input, init) {
      const { pathname, searchParams: search } = new URL(String(input));
      const isMissing = store.getObject("bucket", pathname.replace("/bucket/", "")) === null;
      const request = { method: init?.method ?? "GET", search, isMissing };
      return denies(request) ? s3Error(403, "AccessDenied") : await store.fetch(input, init);
    },
  });
  return { store, source };
}

async function outcomesOf(source: S3Source): Promise<Record<string, string>> {
  const { checks } = await source.diagnose();
  return Object.fromEntries(checks.map(({ name, outcome, ok }) => [name, `${outcome}${ok ? "" : "!"}`]));
}

const INSIDE = {
  connect: "allowed",
  list: "allowed",
  read: "allowed",
  write: "allowed",
  ifNoneMatch: "allowed",
  ifMatch: "allowed",
  multipart: "allowed",
  multipartIfNoneMatch: "allowed",
  copyIfNoneMatch: "allowed",
  delete: "allowed",
};
const CLOSED = { listBucketRoot: "denied", listSibling: "denied", readSibling: "denied" };

Deno.test("diagnose() finds everything in order with keys for just the folder, and leaves nothing behind", async () => {
  const { source, store } = createWorld();
  assertEquals(await outcomesOf(source), { ...INSIDE, missingFile: "allowed", ...CLOSED });
  assertEquals((await source.diagnose()).leaks, false);
  assertEquals([store.listKeys("bucket"), store.listUploads("bucket")], [[], []]);
});

Deno.test("diagnose() finds keys that reach beyond the folder", async () => {
  const { source } = createWorld({ isScoped: false });
  const { leaks, connection } = await source.diagnose();
  assertEquals([leaks, connection.prefix], [true, PREFIX]);
  assertEquals(await outcomesOf(source), {
    ...INSIDE,
    missingFile: "allowed",
    listBucketRoot: "allowed!",
    listSibling: "allowed!",
    readSibling: "allowed!",
  });
});

Deno.test("diagnose() finds keys whose prefix lets a sibling in", async () => {
  const { source, store } = createWorld();
  const { accessKeyId, secretAccessKey } = store.config;
  store.credentials.set(accessKeyId, { secretAccessKey, prefix: "team" });
  const outcomes = await outcomesOf(source);
  assertEquals([outcomes.listBucketRoot, outcomes.listSibling, outcomes.readSibling], [
    "denied",
    "allowed!",
    "allowed!",
  ]);
});

Deno.test("diagnose() writes nothing outside the folder", async () => {
  const { source, store } = createWorld({ isScoped: false });
  await source.diagnose();
  const outside = (request: MemoryS3Request) => request.method !== "GET" && !request.key.startsWith(PREFIX);
  assertEquals(store.requests.filter(outside), []);
});

Deno.test("diagnose() of keys that may only read reads a file that is there", async () => {
  const { source, store } = createWorld({ denies: ({ method }) => method !== "GET" && method !== "HEAD" });
  store.putObject({ bucket: "bucket", key: "team/a.txt", body: "A" });
  assertEquals(await outcomesOf(source), {
    connect: "allowed",
    list: "allowed",
    read: "allowed",
    write: "denied!",
    ifNoneMatch: "skipped!",
    ifMatch: "skipped!",
    multipart: "denied!",
    multipartIfNoneMatch: "skipped!",
    copyIfNoneMatch: "skipped!",
    delete: "denied!",
    missingFile: "allowed",
    ...CLOSED,
  });
});

Deno.test("diagnose() of keys that may only read an empty folder has nothing to read", async () => {
  const { source } = createWorld({ denies: ({ method }) => method !== "GET" && method !== "HEAD" });
  assertEquals((await outcomesOf(source)).read, "skipped!");
});

Deno.test("diagnose() of keys that may write but not delete names what it left behind", async () => {
  const { source, store } = createWorld({ denies: ({ method }) => method === "DELETE" });
  const { checks, leftBehind } = await source.diagnose();
  const deleting = checks.find(({ name }) => name === "delete");
  assertEquals(deleting?.outcome, "denied");
  assertEquals(store.listKeys("bucket").map((key) => key.slice(PREFIX.length)), [...leftBehind]);
  assertEquals(deleting?.message, `files cannot be deleted; left behind: ${leftBehind.join(", ")}`);
  assertEquals(leftBehind.length, 2);
});

Deno.test("diagnose() reports that a missing file looks like a forbidden one where listing is denied", async () => {
  const { source } = createWorld({
    denies: ({ method, search, isMissing }) => search.has("list-type") || (isMissing && /GET|HEAD/.test(method)),
  });
  const { checks } = await source.diagnose();
  assertEquals(
    checks.find(({ name }) => name === "missingFile")?.message,
    "a missing file looks like a forbidden one (403)",
  );
});

Deno.test("diagnose() of a whole bucket has nothing outside to try", async () => {
  const outcomes = await outcomesOf(createWorld({ prefix: "" }).source);
  assertEquals([outcomes.listBucketRoot, outcomes.listSibling, outcomes.readSibling], [
    "skipped",
    "skipped",
    "skipped",
  ]);
});

Deno.test("diagnose() rejects without credentials to try", async () => {
  const { fetch } = stubFetch(new Response("", { status: 403 }));
  const source = createS3Source({ credentialsUrl: "https://broker.test", credentialsUrlSecret: "s" }, { fetch });
  await assertRejects(() => source.diagnose(), CredentialsError);
});

Deno.test("diagnose() removes its files also when it is aborted", async () => {
  const controller = new AbortController();
  const { source, store } = createWorld({
    denies({ method, search }) {
      if (method === "POST" && search.has("uploads")) controller.abort(new RangeError("enough"));
      return false;
    },
  });
  await assertRejects(() => source.diagnose({ signal: controller.signal }), RangeError, "enough");
  assertEquals([store.listKeys("bucket"), store.listUploads("bucket")], [[], []]);
});

Deno.test("diagnose() of a folder lists the root of the bucket and a sibling of the granted folder", async () => {
  const { source, store } = createWorld({ isScoped: false });
  await source.folder("sub").diagnose();
  const listed = store.requests.filter(({ operation }) => operation === "ListObjectsV2").map(({ query }) => query);
  const prefixes = listed.map((query) => new URLSearchParams(query).get("prefix"));
  assertEquals(prefixes, ["team/sub/", null, "team-sibling-of-it/"]);
});

Deno.test("diagnose() does not take a listed file that is gone for one that can be read", async () => {
  const { source, store } = createWorld({
    denies: ({ method, search }) => method === "PUT" || (method === "POST" && search.has("uploads")),
  });
  store.putObject({ bucket: "bucket", key: "team/a", body: "a" });
  const list = createS3Source({ ...store.config, prefix: PREFIX }, {
    async fetch(input, init) {
      const isListing = new URL(String(input)).searchParams.has("list-type");
      const response = await store.fetch(input, init);
      if (isListing) return response;
      return init?.method === "GET" || init?.method === undefined
        ? s3Error(404, "NoSuchKey")
        : s3Error(403, "AccessDenied");
    },
  });
  const { read } = await outcomesOf(list);
  assertEquals([read, (await outcomesOf(source)).read], ["failed!", "allowed"]);
});
