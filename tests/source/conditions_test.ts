import { assertEquals, assertRejects } from "@std/assert";
import { createS3Source, InvalidArgumentError, PreconditionFailedError, type S3Source } from "../../mod.ts";
import { copy } from "../../src/operations/copy.ts";
import { createMemoryS3 } from "../../src/testing/mod.ts";
import { s3Error, stubContext, stubFetch, stubSource } from "../support/stub_fetch.ts";

const STATE = { path: "a", uploadId: "u", size: 1, partSizeBytes: 5 * 1024 ** 2 };

const WRITES: Readonly<Record<string, (source: S3Source, conditions: never) => Promise<unknown>>> = {
  upload: (source, conditions) => source.upload("a", "x", conditions),
  copy: (source, conditions) => source.copy("a", "b", conditions),
  move: (source, conditions) => source.move("a", "b", conditions),
  complete: (source, conditions) => source.resumeMultipartUpload(STATE).complete(conditions),
};
const READS: typeof WRITES = {
  read: (source, conditions) => source.read("a", conditions),
  stream: (source, conditions) => source.stream("a", conditions),
};

/** What is refused, with the reason; each would be no condition at some store. */
const REFUSED: readonly (readonly [condition: object, reason: string])[] = [
  [{ ifMatch: null }, '"ifMatch": it must be a string, not null'],
  [{ ifMatch: 1 }, '"ifMatch": it must be a string, not a number'],
  [{ ifMatch: "" }, '"ifMatch": it must not be empty'],
  [{ ifMatch: ['"e"'] }, '"ifMatch": it must be a string, not a list'],
];
const REFUSED_BY_WRITES: typeof REFUSED = [
  [{ ifNoneMatch: null }, '"ifNoneMatch": it must be "*", not null'],
  [{ ifNoneMatch: true }, '"ifNoneMatch": it must be "*", not a boolean'],
  [{ ifNoneMatch: "abc" }, '"ifNoneMatch": it must be "*"'],
  [{ ifNoneMatch: "" }, '"ifNoneMatch": it must be "*"'],
  [{ ifNoneMatch: "*", ifMatch: '"e"' }, '"ifNoneMatch" and "ifMatch" exclude each other'],
];

for (const [name, call] of Object.entries({ ...WRITES, ...READS })) {
  for (const [condition, reason] of name in WRITES ? [...REFUSED, ...REFUSED_BY_WRITES] : REFUSED) {
    Deno.test(`${name}() refuses ${JSON.stringify(condition)} and sends nothing`, async () => {
      const store = stubFetch();
      await assertRejects(() => call(stubSource(store), condition as never), InvalidArgumentError, reason);
      assertEquals(store.requests.length, 0);
    });
  }
}

Deno.test("prepareUpload() refuses an ifNoneMatch other than *", async () => {
  for (const ifNoneMatch of [null, true, "abc", ""] as never[]) {
    const prepare = () => stubSource(stubFetch()).prepareUpload("a", { size: 1, ifNoneMatch });
    await assertRejects(prepare, InvalidArgumentError, '"ifNoneMatch": it must be "*"');
  }
});

Deno.test("every write takes undefined for no condition", async () => {
  const s3 = createMemoryS3({ buckets: ["media"] });
  const source = createS3Source(s3.config, { fetch: s3.fetch });
  const conditions = { ifMatch: undefined, ifNoneMatch: undefined };
  await source.upload("a", "x", conditions);
  await source.copy("a", "b", conditions);
  await source.move("a", "b", conditions);
  const upload = await source.prepareMultipartUpload("b", { size: 1 });
  await upload.uploadPart(1, new Uint8Array(1));
  await upload.complete(conditions);
  const names = s3.requests.flatMap(({ method, headers }) => method === "DELETE" ? [] : Object.keys(headers));
  assertEquals(names.filter((name) => /^if-/i.test(name)), []);
});

for (const operation of ["copy", "move"] as const) {
  for (const [name, value] of Object.entries({ ifMatch: '"there"', ifNoneMatch: "*" })) {
    Deno.test(`${operation}() sends ${name} for its target, beside the original's etag`, async () => {
      const store = stubFetch(({ method }) => {
        const headers = { etag: '"old"', "content-length": "5" };
        if (method === "DELETE") return new Response(null, { status: 204 });
        return method === "HEAD" ? new Response(null, { headers }) : new Response('<R><ETag>"new"</ETag></R>');
      });
      await stubSource(store)[operation]("a", "b", { [name]: value });
      const { headers } = store.requests.find(({ method }) => method === "PUT") ?? {};
      const header = name === "ifMatch" ? "if-match" : "if-none-match";
      assertEquals([headers?.get(header), headers?.get("x-amz-copy-source-if-match")], [value, '"old"']);
    });
  }

  Deno.test(`${operation}() names its target if that is not as expected, and keeps both files`, async () => {
    const s3 = createMemoryS3({ buckets: ["media"] });
    const source = createS3Source(s3.config, { fetch: s3.fetch });
    for (const path of ["a", "b"]) await source.upload(path, path);
    for (const conditions of [{ ifNoneMatch: "*" } as const, { ifMatch: '"other"' }]) {
      const error = await assertRejects(() => source[operation]("a", "b", conditions), PreconditionFailedError);
      assertEquals(error.path, "b");
    }
    const texts = await Promise.all(["a", "b"].map((path) => source.read(path)));
    assertEquals(texts.map((bytes) => new TextDecoder().decode(bytes)), ["a", "b"]);
  });
}

Deno.test("copy() in parts sends its condition with the request that makes the file", async () => {
  const store = stubFetch(({ method, url }) => {
    if (method === "HEAD") return new Response(null, { headers: { etag: '"old"', "content-length": "5" } });
    if (url.includes("uploads=")) return new Response("<R><UploadId>u</UploadId></R>");
    return new Response('<R><ETag>"new"</ETag></R>');
  });
  await copy(stubContext(store), "a", "b", { ifNoneMatch: "*", maxCopyBytes: 4, partSizeBytes: 4 });
  const sent = store.requests.map(({ method, headers }) => `${method} ${headers.get("if-none-match")}`);
  assertEquals(sent, ["HEAD null", "POST null", "PUT null", "PUT null", "POST *"]);
});

for (
  const [name, { etag, isOurs }] of Object.entries({
    "has made it": { etag: '"old"', isOurs: true },
    "has not": { etag: '"other"', isOurs: false },
  })
) {
  Deno.test(`copy() with ifNoneMatch after a lost response, which ${name}`, async () => {
    const headers = (etag: string) => ({ etag, "content-length": "5" });
    const store = stubFetch(
      new Response(null, { headers: headers('"old"') }),
      new TypeError("the connection was reset"),
      s3Error(412, "PreconditionFailed"),
      new Response(null, { headers: headers(etag) }),
    );
    const copying = stubSource(store).copy("a", "b", { ifNoneMatch: "*" });
    if (isOurs) assertEquals((await copying).etag, '"old"');
    else await assertRejects(() => copying, PreconditionFailedError);
    // Of the last two, one asks whether the condition explains the refusal, one whether the file is the copy.
    assertEquals(store.requests.map(({ method }) => method), ["HEAD", "PUT", "PUT", "HEAD", "HEAD"]);
  });
}
