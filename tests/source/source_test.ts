import { assertEquals, assertNotEquals, assertRejects, assertThrows } from "@std/assert";
import {
  createS3Source,
  CredentialsExpiredError,
  InvalidArgumentError,
  InvalidPathError,
  type S3Source,
} from "../../mod.ts";
import { contentDisposition } from "../../src/s3/content_disposition.ts";
import { KEYS, s3Object, stubFetch, stubSource } from "../support/stub_fetch.ts";

const NOW = Date.parse("2030-01-01T00:00:00.900Z");

Deno.test("createS3Source() does no I/O", () => {
  const store = stubFetch();
  stubSource(store);
  assertEquals(store.requests.length, 0);
});

Deno.test("capabilities tell what S3 can do", () => {
  assertEquals(stubSource(stubFetch()).capabilities, {
    canUpload: true,
    canDelete: true,
    canList: true,
    canGenerateSignedUrls: true,
    requiresProxyDownload: false,
    maxFileSizeBytes: 10_000 * 5 * 1024 ** 3,
  });
});

const badPaths = {
  "the empty path": "",
  "an absolute path": "/a",
  "a dot segment": "a/./b",
  "a parent segment": "../a",
  "a parent segment at the end": "a/..",
  "a NUL": "a\u0000b",
  "a line break": "a\nb",
  "a delete character": "a\u007f",
  "half a surrogate pair": "a\ud800",
  "more than 1,024 bytes": "ü".repeat(513),
};
const operations: Record<string, (source: S3Source, path: string) => Promise<unknown>> = {
  stat: (source, path) => source.stat(path),
  read: (source, path) => source.read(path),
  stream: (source, path) => source.stream(path),
  upload: (source, path) => source.upload(path, "x"),
  delete: (source, path) => source.delete(path),
  deleteMany: (source, path) => source.deleteMany(["fine", path]),
  "copy from": (source, path) => source.copy(path, "fine"),
  "copy to": (source, path) => source.copy("fine", path),
  "move from": (source, path) => source.move(path, "fine"),
  "move to": (source, path) => source.move("fine", path),
  downloadUrl: (source, path) => source.downloadUrl(path),
  prepareUpload: (source, path) => source.prepareUpload(path, { size: 1 }),
  prepareMultipartUpload: (source, path) => source.prepareMultipartUpload(path, { size: 1 }),
  "partUrl of resumeMultipartUpload": async (source, path) =>
    await source.resumeMultipartUpload({ path, uploadId: "u", size: 1, partSizeBytes: 5 * 1024 ** 2 }).partUrl(1),
};
for (const [operation, run] of Object.entries(operations)) {
  for (const [name, path] of Object.entries(badPaths)) {
    Deno.test(`${operation}() refuses ${name} and sends nothing`, async () => {
      const store = stubFetch(s3Object("x"));
      await assertRejects(() => run(stubSource(store), path), InvalidPathError, "Cannot use the path");
      assertEquals(store.requests.length, 0);
    });
  }

  Deno.test(`${operation}() refuses a key that is too long only with the prefix`, async () => {
    const store = stubFetch(s3Object("x", { "content-length": "1" }));
    const path = "a".repeat(1021);
    const outcome = await run(stubSource(store, { prefix: "p/q" }), path).then(
      (result) => JSON.stringify(result),
      (error) => String(error),
    );
    assertEquals(/with the source's prefix it has more than 1024 bytes/.test(outcome), true, outcome);
  });
}

for (const [name, path] of Object.entries(badPaths).slice(1)) {
  Deno.test(`list(), walk() and folder() refuse ${name}`, async () => {
    const source = stubSource(stubFetch());
    await assertRejects(() => source.list({ prefix: path }), InvalidPathError);
    assertThrows(() => source.walk({ prefix: path }), InvalidPathError);
    assertThrows(() => source.folder(path), InvalidPathError);
  });
}

for (const limit of [-1, 0, 1.5, NaN, Infinity]) {
  Deno.test(`list() refuses the limit ${limit} and sends nothing`, async () => {
    const store = stubFetch();
    await assertRejects(() => stubSource(store).list({ limit }), InvalidArgumentError, '"limit" must be');
    assertEquals(store.requests.length, 0);
  });
}

for (const cursor of ["", "x", "0123456789abcdef", "0123456789ABCDEF.token"]) {
  Deno.test(`list() refuses the cursor ${JSON.stringify(cursor)} and sends nothing`, async () => {
    const store = stubFetch();
    await assertRejects(() => stubSource(store).list({ cursor }), InvalidArgumentError, "the cursor is not one");
    assertEquals(store.requests.length, 0);
  });
}

for (
  const range of [
    { offset: -1 },
    { offset: 0.5 },
    { offset: 0, length: 0 },
    { offset: 0, length: -1 },
    { offset: NaN },
    { suffixLength: 0 },
    { suffixLength: -5 },
  ]
) {
  Deno.test(`read() and stream() refuse the range ${JSON.stringify(range)} and send nothing`, async () => {
    const store = stubFetch();
    await assertRejects(() => stubSource(store).read("a", { range }), InvalidArgumentError, "Cannot use the range");
    await assertRejects(() => stubSource(store).stream("a", { range }), InvalidArgumentError, "Cannot use the range");
    assertEquals(store.requests.length, 0);
  });
}

Deno.test("read() refuses a maxBytes that is no size", async () => {
  await assertRejects(() => stubSource(stubFetch()).read("a", { maxBytes: -1 }), InvalidArgumentError, '"maxBytes"');
});

Deno.test("deleteMany() refuses a string, which is an iterable of characters", async () => {
  const store = stubFetch();
  await assertRejects(() => stubSource(store).deleteMany("abc"), InvalidArgumentError, "must be a list");
  assertEquals(store.requests.length, 0);
});

for (const operation of ["copy", "move"] as const) {
  Deno.test(`${operation}() of a file to itself is refused, and nothing is deleted`, async () => {
    const store = stubFetch();
    await assertRejects(() => stubSource(store)[operation]("a", "a"), InvalidArgumentError, "to itself");
    assertEquals(store.requests.length, 0);
  });
}

Deno.test("folder() narrows every path, and may be nested", async () => {
  const store = stubFetch(s3Object("x"));
  const folder = stubSource(store).folder("docs").folder("2030/");
  await folder.read("a.txt");
  assertEquals(store.requests[0]?.url, "http://store.test:8333/media/team/docs/2030/a.txt");
  assertEquals((await folder.connect()).prefix, "team/docs/2030/");
});

Deno.test("credentials() returns the configured keys", async () => {
  assertEquals(await stubSource(stubFetch(), { sessionToken: "t" }).credentials(), { ...KEYS, sessionToken: "t" });
});

Deno.test("downloadUrl() signs for 300 seconds, in whole seconds", async () => {
  const { url, expiresAt } = await stubSource(stubFetch(), {}, { now: () => NOW }).downloadUrl("a b.txt");
  const { origin, pathname, searchParams } = new URL(url);
  assertEquals(origin + pathname, "http://store.test:8333/media/team/a%20b.txt");
  assertEquals(searchParams.get("X-Amz-Date"), "20300101T000000Z");
  assertEquals(searchParams.get("X-Amz-Expires"), "300");
  assertEquals(searchParams.get("response-content-disposition"), 'attachment; filename="a b.txt"');
  assertEquals(expiresAt, new Date("2030-01-01T00:05:00Z"));
});

Deno.test("downloadUrl() promises no longer than the credentials live", async () => {
  const source = createS3Source({ bucket: "media" }, {
    now: () => NOW,
    provider: () => Promise.resolve({ credentials: KEYS, expiration: new Date("2030-01-01T00:01:40.500Z") }),
  });
  const { url, expiresAt } = await source.downloadUrl("a", { expiresInSeconds: 3600 });
  assertEquals(new URL(url).searchParams.get("X-Amz-Expires"), "100");
  assertEquals(expiresAt, new Date("2030-01-01T00:01:40Z"));
});

Deno.test("downloadUrl() refreshes first when little is left", async () => {
  let nowMs = Date.parse("2030-01-01T00:00:00Z");
  let grants = 0;
  const source = createS3Source({ bucket: "media" }, {
    now: () => nowMs,
    provider: () => {
      grants++;
      return Promise.resolve({
        credentials: { ...KEYS, accessKeyId: `KEY-${grants}` },
        expiration: new Date(nowMs + 900_000),
      });
    },
  });
  await source.downloadUrl("a", { expiresInSeconds: 600 });
  nowMs += 500_000;
  const { url, expiresAt } = await source.downloadUrl("a", { expiresInSeconds: 600 });
  assertEquals([grants, expiresAt.getTime() - nowMs], [2, 600_000]);
  assertEquals(url.includes("KEY-2"), true);
});

Deno.test("downloadUrl() does not sign with credentials that end within the second", async () => {
  let nowMs = Date.parse("2030-01-01T00:00:00Z");
  const expiration = new Date(nowMs + 900_400);
  const source = createS3Source({ bucket: "media" }, {
    now: () => nowMs,
    provider: () => Promise.resolve({ credentials: KEYS, expiration }),
  });
  await source.connect();
  nowMs += 900_100;
  await assertRejects(() => source.downloadUrl("a"), CredentialsExpiredError, "the credentials end now");
});

for (const expiresInSeconds of [0, -1, 1.5, 604_801, NaN]) {
  Deno.test(`downloadUrl() refuses to sign for ${expiresInSeconds} seconds`, async () => {
    const source = stubSource(stubFetch());
    await assertRejects(
      () => source.downloadUrl("a", { expiresInSeconds }),
      InvalidArgumentError,
      '"expiresInSeconds"',
    );
  });
}

for (
  const [filename, header] of [
    ["a b.txt", 'attachment; filename="a b.txt"'],
    ['say "hi".txt', `attachment; filename="say _hi_.txt"; filename*=UTF-8''say%20%22hi%22.txt`],
    ["a\r\nX-Evil: 1", `attachment; filename="a__X-Evil: 1"; filename*=UTF-8''a%0D%0AX-Evil%3A%201`],
    ["100%.txt", `attachment; filename="100_.txt"; filename*=UTF-8''100%25.txt`],
    ["naïve 文.txt", `attachment; filename="na_ve _.txt"; filename*=UTF-8''na%C3%AFve%20%E6%96%87.txt`],
    ["it's (1)*.txt", 'attachment; filename="it\'s (1)*.txt"'],
  ] as const
) {
  Deno.test(`contentDisposition() carries ${JSON.stringify(filename)}`, () => {
    assertEquals(contentDisposition("attachment", filename), header);
  });
}

Deno.test("contentDisposition() can be inline", () => {
  assertNotEquals(contentDisposition("inline", "a"), contentDisposition("attachment", "a"));
});

Deno.test("deleteMany() tries again when the answer does not speak of every file", async () => {
  const answer = (...names: string[]) =>
    new Response(
      `<DeleteResult>${names.map((name) => `<Deleted><Key>team/${name}</Key></Deleted>`).join("")}</DeleteResult>`,
    );
  const store = stubFetch(answer("a", "x"), answer("a", "b"));
  assertEquals(await stubSource(store).deleteMany(["a", "b"]), { deleted: ["a", "b"], errors: [] });
  assertEquals(store.requests.length, 2);
});
