import { assertEquals, assertRejects } from "@std/assert";
import { createS3Source, InvalidArgumentError, PreconditionFailedError, ScopeChangedError } from "../../mod.ts";
import { createMemoryS3 } from "../../src/testing/mod.ts";
import { s3Error, s3Object, stubFetch, stubSource } from "../support/stub_fetch.ts";

const CREDENTIALS = { accessKeyId: "A", secretAccessKey: "S" };

/** A source whose credentials move to another folder while a file is copied. */
function movingSource({ formerLives }: { formerLives: boolean }) {
  let nowMs = Date.parse("2030-01-01T00:00:00Z");
  const s3 = createMemoryS3({ buckets: ["media"], credentials: { A: { secretAccessKey: "S" } }, now: () => nowMs });
  for (const folder of ["one", "two"]) s3.putObject({ bucket: "media", key: `${folder}/a`, body: folder });
  let folder = "one";
  const source = createS3Source({ bucket: "media", endpointUrl: s3.config.endpointUrl }, {
    now: () => nowMs,
    credentials: () => Promise.resolve({ ...CREDENTIALS, prefix: folder, expiration: new Date(nowMs + 15 * 60_000) }),
    fetch: async (input, init) => {
      const response = await s3.fetch(input, init);
      if (new Headers(init?.headers).has("x-amz-copy-source")) {
        folder = "two";
        // Within the last minute callers wait for the newer credentials, and the former still work.
        nowMs += (formerLives ? 14.5 : 16) * 60_000;
      }
      return response;
    },
  });
  return { source, keys: () => s3.listKeys("media").toSorted() };
}

Deno.test("move() deletes in the folder it copied in, although the credentials are for another one by then", async () => {
  const { source, keys } = movingSource({ formerLives: true });
  await source.move("a", "b");
  assertEquals(keys(), ["one/b", "two/a"]);
});

Deno.test("move() deletes nothing once only credentials for another folder are left", async () => {
  const { source, keys } = movingSource({ formerLives: false });
  await assertRejects(() => source.move("a", "b"), ScopeChangedError);
  assertEquals(keys(), ["one/a", "one/b", "two/a"]);
});

const COPIED = () => new Response("<CopyObjectResult><ETag>&quot;copy&quot;</ETag></CopyObjectResult>");

Deno.test("move() looks at the original before it deletes it, and deletes the version that it copied", async () => {
  const store = stubFetch(s3Object("x", { etag: '"one"' }), COPIED(), s3Object("x", { etag: '"one"' }), new Response());
  await stubSource(store).move("a", "b");
  assertEquals(store.requests.map(({ method }) => method), ["HEAD", "PUT", "HEAD", "DELETE"]);
  assertEquals(store.requests.at(-1)?.headers.get("if-match"), '"one"');
});

Deno.test("move() keeps an original that was changed before it was deleted, and says where both are", async () => {
  const store = stubFetch(s3Object("x", { etag: '"one"' }), COPIED(), s3Object("x", { etag: '"two"' }));
  await assertRejects(
    () => stubSource(store).move("a", "b"),
    PreconditionFailedError,
    'Cannot move "a" to "b": it changed while it was being copied; both the original and the copy exist',
  );
  assertEquals(store.requests.map(({ method }) => method), ["HEAD", "PUT", "HEAD"]);
});

Deno.test("move() takes a refused condition for success where the original is gone", async () => {
  const gone = () => new Response(null, { status: 404 });
  const store = stubFetch(
    s3Object("x", { etag: '"one"' }),
    COPIED(),
    s3Object("x", { etag: '"one"' }),
    s3Error(412, "PreconditionFailed"),
    gone,
  );
  await stubSource(store).move("a", "b");
  // The first HEAD after DELETE asks whether only the tag's quotes were refused.
  assertEquals(store.requests.map(({ method }) => method), ["HEAD", "PUT", "HEAD", "DELETE", "HEAD", "HEAD"]);
});

Deno.test("move() of a file to itself is refused, and nothing is deleted", async () => {
  const store = stubFetch();
  await assertRejects(
    () => stubSource(store).move("a", "a"),
    InvalidArgumentError,
    'Cannot move "a" to itself: that would change nothing',
  );
  assertEquals(store.requests.length, 0);
});

for (
  const [from, to] of [
    ["a//b", "a/b"],
    ["a/b", "a/b/"],
    ["a/b\\", "a/b"],
    ["a\\b", "a//b"],
    ["\\a", "a"],
  ] as const
) {
  Deno.test(`move() of ${JSON.stringify(from)} to ${JSON.stringify(to)} is refused but on AWS`, async () => {
    const store = stubFetch();
    const reason = "some stores have one file for both, which would be lost; copy it, and see whether both are there";
    await assertRejects(
      () => stubSource(store).move(from, to),
      InvalidArgumentError,
      `Cannot move ${JSON.stringify(from)} to ${JSON.stringify(to)}: ${reason}`,
    );
    assertEquals(store.requests.length, 0);
    const aws = stubFetch(
      new Response(null, { headers: { etag: '"old"', "content-length": "1" } }),
      new Response("<CopyObjectResult><ETag>new</ETag></CopyObjectResult>"),
      new Response(null, { status: 204 }),
    );
    assertEquals((await stubSource(aws, { endpointUrl: undefined }).move(from, to)).path, to);
    assertEquals(aws.requests.map(({ method }) => method), ["HEAD", "PUT", "DELETE"]);
  });
}

Deno.test("move() keeps the original if nothing shows that the file at its target is the copy", async () => {
  const store = stubFetch(
    new Response(null, { headers: { "content-length": "5" } }),
    new TypeError("the connection was reset"),
    s3Error(412, "PreconditionFailed"),
    new Response(null, { headers: { "content-length": "5" } }),
    new Response(null, { status: 204 }),
  );
  await assertRejects(() => stubSource(store).move("a", "b", { ifNoneMatch: "*" }), PreconditionFailedError, '"b"');
  assertEquals(store.requests.map(({ method }) => method), ["HEAD", "PUT", "PUT", "HEAD"]);
});
