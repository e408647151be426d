import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import {
  ConfigError,
  createS3Source,
  InvalidArgumentError,
  type S3Source,
  type S3SourceConfig,
  type S3SourceEvent,
} from "../../mod.ts";
import { createMemoryS3, type MemoryS3 } from "../../src/testing/mod.ts";
import { s3Error } from "../support/stub_fetch.ts";

/** Whether a request whose condition fails succeeds. */
type Ignores = (request: { method: string; headers: Headers; search: URLSearchParams }) => boolean;

/** A store that seems to ignore the conditions of some requests, and a source on it. */
function openWorld(ignores: Ignores): { store: MemoryS3; source: S3Source; events: S3SourceEvent[] } {
  const store = createMemoryS3();
  const events: S3SourceEvent[] = [];
  const source = createS3Source({ ...store.config, prefix: "team" }, {
    async fetch(input, init) {
      const response = await store.fetch(input, init);
      const headers = new Headers(init?.headers);
      const { searchParams: search } = new URL(String(input));
      const isIgnored = response.status === 412 && ignores({ method: init?.method ?? "GET", headers, search });
      if (!isIgnored) return response;
      const isPut = init?.method === "PUT" && !headers.has("x-amz-copy-source");
      return new Response(isPut ? "" : "<Done><ETag>x</ETag></Done>", { headers: { etag: '"x"' } });
    },
    onEvent: (event) => void events.push(event),
  });
  return { store, source, events };
}

function openIgnorant(traits: S3SourceConfig["store"] = {}): ReturnType<typeof openWorld> {
  const store = createMemoryS3({ quirks: ["ignoresConditions"] });
  const events: S3SourceEvent[] = [];
  const options = { fetch: store.fetch, onEvent: (event: S3SourceEvent) => void events.push(event) };
  return { store, source: createS3Source({ ...store.config, prefix: "team", store: traits }, options), events };
}

async function conditionsOf(source: S3Source): Promise<Record<string, string>> {
  const { checks } = await source.diagnose();
  const conditions = checks.filter(({ name }) => /Match$/.test(name));
  return Object.fromEntries(conditions.map(({ name, outcome, ok }) => [name, `${outcome}${ok ? "" : "!"}`]));
}

const NAMES = ["ifNoneMatch", "ifMatch", "multipartIfNoneMatch", "copyIfNoneMatch"];
const all = (outcome: string) => Object.fromEntries(NAMES.map((name) => [name, outcome]));
const WRITES: Readonly<Record<string, (source: S3Source) => Promise<unknown>>> = {
  "upload() with ifNoneMatch": (source) => source.upload("a", "new", { ifNoneMatch: "*" }),
  "upload() with ifMatch": (source) => source.upload("a", "new", { ifMatch: '"tag"' }),
  "upload() in parts with ifNoneMatch": (source) =>
    source.upload("a", new Uint8Array(9 * 1024 * 1024), { ifNoneMatch: "*" }),
  "prepareUpload() with ifNoneMatch": (source) => source.prepareUpload("a", { size: 1, ifNoneMatch: "*" }),
  "complete() with ifNoneMatch": (source) =>
    source.resumeMultipartUpload({ path: "a", uploadId: "u", size: 1, partSizeBytes: 5 * 1024 * 1024 }).complete({
      ifNoneMatch: "*",
    }),
};
const COPIES: typeof WRITES = {
  "copy() with ifNoneMatch": (source) => source.copy("b", "a", { ifNoneMatch: "*" }),
  "copy() with ifMatch": (source) => source.copy("b", "a", { ifMatch: '"tag"' }),
  "move() with ifNoneMatch": (source) => source.move("b", "a", { ifNoneMatch: "*" }),
};

async function assertRefused(write: () => Promise<unknown>): Promise<void> {
  const error = await assertRejects(write, InvalidArgumentError);
  assertEquals([error.code, error.path], ["ConditionIgnored", "a"]);
}

Deno.test("diagnose() finds that a store ignores all conditions, and the source remembers it with one warning", async () => {
  const { source, events } = openIgnorant();
  assertEquals(await conditionsOf(source), all("ignored!"));
  const warnings = events.filter(({ type }) => type === "warning");
  assertEquals(warnings, [{
    type: "warning",
    code: "StoreLearned",
    message: "The store ignores If-Match or If-None-Match of writes, so conditional writes are refused; with the " +
      "option store.conditions: false this is known from the start",
  }]);
});

for (const [what, write] of Object.entries({ ...WRITES, ...COPIES })) {
  Deno.test(`${what} is refused before any request, once the store is known to ignore conditions`, async () => {
    const { source, store } = openIgnorant();
    await source.diagnose();
    store.putObject({ bucket: "bucket", key: "team/a", body: "old" });
    store.requests.length = 0;
    await assertRefused(() => write(source));
    await assertRefused(() => write(source.folder("sub")));
    assertEquals(store.requests, []);
  });

  Deno.test(`${what} is refused before any request, with store.conditions: false`, async () => {
    const { source, store } = openIgnorant({ conditions: false });
    await assertRefused(() => write(source));
    assertEquals(store.requests, []);
  });
}

Deno.test("upload() says what to do where conditions are ignored, and leaves the body untouched", async () => {
  const { source, store } = openIgnorant({ conditions: false });
  const body = new Blob(["new"]).stream();
  const error = await assertRejects(() => source.upload("a", body, { ifNoneMatch: "*" }));
  assertEquals(
    String(error),
    'InvalidArgumentError: Cannot upload "a": the store ignores "ifNoneMatch" and would replace a file regardless; ' +
      "leave it out, and check with stat() first, which does not protect against others who write at the same moment",
  );
  await source.upload("a", body);
  assertEquals(store.listKeys("bucket"), ["team/a"]);
});

Deno.test("diagnose() does not try what store.conditions: false says, and finds nothing wrong with it", async () => {
  const { source, events } = openIgnorant({ conditions: false });
  assertEquals(await conditionsOf(source), all("skipped"));
  assertEquals(events.filter(({ type }) => type === "warning"), []);
});

Deno.test("diagnose() tries what store.conditions: true says, which stays", async () => {
  const { source, store } = openIgnorant({ conditions: true });
  assertEquals(await conditionsOf(source), all("ignored!"));
  await source.upload("a", "1", { ifNoneMatch: "*" });
  assertEquals(store.listKeys("bucket"), ["team/a"]);
});

Deno.test("diagnose() finds that a store ignores the conditions of copies only: then only copies are refused", async () => {
  const { source, store, events } = openWorld(({ headers }) => headers.has("x-amz-copy-source"));
  assertEquals(await conditionsOf(source), { ...all("allowed"), copyIfNoneMatch: "ignored!" });
  const [warning] = events.filter(({ type }) => type === "warning");
  assertStringIncludes(warning?.type === "warning" ? warning.message : "", 'store.conditions: "uploads"');
  store.putObject({ bucket: "bucket", key: "team/b", body: "b" });
  for (const copy of Object.values(COPIES)) await assertRefused(() => copy(source));
  await source.upload("a", "1", { ifNoneMatch: "*" });
  assertEquals([...store.listKeys("bucket")].toSorted(), ["team/a", "team/b"]);
});

Deno.test("createS3Source() refuses another value of store.conditions", () => {
  const config = { ...createMemoryS3().config, store: { conditions: "copies" } };
  const create = () => createS3Source(config as never);
  assertThrows(create, ConfigError, 'Cannot use the option "store.conditions": it must be true, false or "uploads"');
});

Deno.test('a source with store.conditions: "uploads" refuses conditional copies, and diagnose() does not try them', async () => {
  const { source, store } = openIgnorant({ conditions: "uploads" });
  for (const copy of Object.values(COPIES)) await assertRefused(() => copy(source));
  assertEquals(store.requests, []);
  assertEquals(await conditionsOf(source), { ...all("ignored!"), copyIfNoneMatch: "skipped" });
});

for (
  const [name, ignores] of [
    ["ifNoneMatch", ({ method, headers }) => method === "PUT" && headers.has("if-none-match")],
    ["ifMatch", ({ headers }) => headers.has("if-match")],
    ["multipartIfNoneMatch", ({ search }) => search.has("uploadId")],
  ] as const satisfies readonly (readonly [string, Ignores])[]
) {
  Deno.test(`diagnose() finds that a store ignores ${name}, and then every condition is refused`, async () => {
    const { source, store } = openWorld(ignores);
    const found = await conditionsOf(source);
    assertEquals([found[name], found.ifNoneMatch === found.ifMatch], ["ignored!", name === "multipartIfNoneMatch"]);
    for (const write of Object.values({ ...WRITES, ...COPIES })) await assertRefused(() => write(source));
    assertEquals([store.listKeys("bucket"), store.listUploads("bucket")], [[], []]);
  });
}

Deno.test("diagnose() finds parts working on a store that forgets an upload which fails its condition", async () => {
  const store = createMemoryS3();
  const forgotten = new Set<string>();
  const source = createS3Source({ ...store.config, prefix: "team" }, {
    async fetch(input, init) {
      const uploadId = new URL(String(input)).searchParams.get("uploadId") ?? "";
      if (forgotten.has(uploadId)) return s3Error(404, "NoSuchUpload");
      const response = await store.fetch(input, init);
      if (uploadId !== "" && response.status === 412) forgotten.add(uploadId);
      return response;
    },
  });
  const { checks } = await source.diagnose();
  assertEquals(checks.filter(({ name }) => /^multipart/.test(name)).map(({ outcome }) => outcome), [
    "allowed",
    "allowed",
  ]);
  assertEquals(store.listKeys("bucket"), []);
});

Deno.test("diagnose() finds parts working where an ignored condition completes the upload, unrecognizably", async () => {
  const store = createMemoryS3({ quirks: ["ignoresConditions"] });
  const source = createS3Source({ ...store.config, prefix: "team" }, {
    async fetch(input, init) {
      const response = await store.fetch(input, init);
      if (init?.method === "HEAD") response.headers.set("etag", '"other"');
      return response;
    },
  });
  const { checks } = await source.diagnose();
  assertEquals(checks.filter(({ name }) => /^multipart/.test(name)).map(({ outcome }) => outcome), [
    "allowed",
    "ignored",
  ]);
  assertEquals([store.listKeys("bucket"), store.listUploads("bucket")], [[], []]);
});

for (const [status, code] of [[404, "NoSuchUpload"], [404, "NoSuchKey"], [500, "InternalError"]] as const) {
  Deno.test(`diagnose() finds parts working if an upload that was completed regardless is ${status} ${code}`, async () => {
    const store = createMemoryS3({ quirks: ["ignoresConditions"] });
    const completed = new Set<string>();
    const source = createS3Source({ ...store.config, prefix: "team" }, {
      async fetch(input, init) {
        const uploadId = new URL(String(input)).searchParams.get("uploadId") ?? "";
        if (completed.has(uploadId)) return s3Error(status, code);
        const response = await store.fetch(input, init);
        if (uploadId !== "" && init?.method === "POST") completed.add(uploadId);
        if (init?.method === "HEAD") response.headers.set("etag", '"other"');
        return response;
      },
      retry: { maxAttempts: 1 },
    });
    const { checks } = await source.diagnose();
    assertEquals(checks.filter(({ name }) => /^multipart/.test(name)).map(({ outcome }) => outcome), [
      "allowed",
      "ignored",
    ]);
    assertEquals(store.listKeys("bucket"), []);
  });
}

Deno.test("diagnose() says that a store makes files without their parts, and not that the upload is gone then", async () => {
  const store = createMemoryS3();
  let isDone = false;
  const source = createS3Source({ ...store.config, prefix: "team" }, {
    fetch(input, init) {
      const isCompletion = init?.method === "POST" && new URL(String(input)).searchParams.has("uploadId");
      if (!isCompletion) return store.fetch(input, init);
      if (isDone) return Promise.resolve(s3Error(404, "NoSuchUpload"));
      isDone = true;
      return Promise.resolve(new Response('<R><ETag>"d41d8cd98f00b204e9800998ecf8427e-0"</ETag></R>'));
    },
  });
  const { checks } = await source.diagnose();
  const multipart = checks.find(({ name }) => name === "multipart");
  assertEquals([multipart?.outcome, multipart?.code], ["failed", "PartsMissing"]);
  assertStringIncludes(multipart?.message ?? "", "made a file of 0 parts instead of 1; if it does not know");
});

Deno.test("diagnose() does not take a store that refuses conditions for one that ignores them", async () => {
  const store = createMemoryS3();
  const source = createS3Source({ ...store.config, prefix: "team" }, {
    fetch: (input, init) =>
      /if-none-match|if-match/.test(Object.keys(init?.headers ?? {}).join())
        ? Promise.resolve(s3Error(501, "NotImplemented"))
        : store.fetch(input, init),
    retry: { maxAttempts: 1 },
  });
  assertEquals(await conditionsOf(source), all("failed!"));
  await assertRejects(() => source.upload("a", "1", { ifNoneMatch: "*" }), "NotImplemented");
});
