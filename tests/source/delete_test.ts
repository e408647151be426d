import { assert, assertEquals, assertRejects } from "@std/assert";
import { createHash } from "node:crypto";
import { createS3Source, InvalidArgumentError, InvalidPathError, ServiceError } from "../../mod.ts";
import { KEYS, s3Error, type SentRequest, stubFetch, stubSource } from "../support/stub_fetch.ts";

Deno.test("deleteMany() refuses a string, which is an iterable of characters", async () => {
  const store = stubFetch();
  await assertRejects(() => stubSource(store).deleteMany("abc"), InvalidArgumentError, "must be a list");
  assertEquals(store.requests.length, 0);
});

Deno.test("deleteMany() tries again when the response does not mention every file", async () => {
  const answer = (...names: string[]) =>
    new Response(
      `<DeleteResult>${names.map((name) => `<Deleted><Key>team/${name}</Key></Deleted>`).join("")}</DeleteResult>`,
    );
  const store = stubFetch(answer("a", "x"), answer("a", "b"));
  assertEquals(await stubSource(store).deleteMany(["a", "b"]), { deleted: ["a", "b"], errors: [] });
  assertEquals(store.requests.length, 2);
});

/** The keys that a DeleteObjects names. */
function keysIn({ body }: SentRequest): string[] {
  return Array.from(body.matchAll(/<Key>(.*?)<\/Key>/g), ([, key = ""]) => key);
}

/** DeleteObjects' answer: all are deleted. */
function allDeleted(request: SentRequest): Response {
  const deleted = keysIn(request).map((key) => `<Deleted><Key>${key}</Key></Deleted>`);
  return new Response(`<DeleteResult>${deleted.join("")}</DeleteResult>`);
}

const names = (count: number) => Array.from({ length: count }, (_, index) => `${index}`);

Deno.test("deleteMany() sends 1,000 keys a request, each once", async () => {
  const store = stubFetch(allDeleted);
  const { deleted } = await stubSource(store).deleteMany([...names(1_001), "0"]);
  assertEquals(deleted, names(1_001));
  assertEquals(store.requests.map((request) => keysIn(request).length), [1_000, 1]);
});

Deno.test("deleteMany() deletes nothing in another folder when newer keys are for that", async () => {
  let folder = "one";
  const store = stubFetch((request) => {
    if (store.requests.length !== 2) return allDeleted(request);
    folder = "two";
    return s3Error(403, "InvalidAccessKeyId");
  });
  const source = createS3Source({ bucket: "media", endpointUrl: "http://store.test" }, {
    fetch: store.fetch,
    credentials: () => Promise.resolve({ ...KEYS, accessKeyId: `KEY-${folder}`, prefix: folder }),
  });
  const { deleted, errors } = await source.deleteMany(names(1_001));
  assertEquals([deleted.length, errors.map(({ path, code }) => [path, code])], [1_000, [["1000", "ScopeChanged"]]]);
  assert(store.requests.flatMap(keysIn).every((key) => key.startsWith("one/")));
});

Deno.test("deleteMany() deletes a file by a request of its own if XML cannot have its name", async () => {
  const store = stubFetch((request) =>
    request.method === "DELETE" ? new Response(null, { status: 204 }) : allDeleted(request)
  );
  assertEquals(await stubSource(store).deleteMany(["a", "\uffff"]), { deleted: ["\uffff", "a"], errors: [] });
  assertEquals(store.requests.map(({ method, url }) => `${method} ${new URL(url).pathname}`), [
    "DELETE /media/team/%EF%BF%BF",
    "POST /media",
  ]);
});

Deno.test("deleteMany() reports the files of a request that failed, and deletes the others", async () => {
  const store = stubFetch((request) =>
    keysIn(request).length === 1_000 ? s3Error(403, "AccessDenied") : allDeleted(request)
  );
  const { deleted, errors } = await stubSource(store).deleteMany(names(1_001));
  assertEquals([deleted, errors.length, errors[0]?.code], [["1000"], 1_000, "AccessDenied"]);
});

for (const reason of [new RangeError("enough"), new ServiceError("enough")]) {
  Deno.test(`deleteMany() that is aborted rejects with the reason, a ${reason.name}, and sends no more`, async () => {
    const controller = new AbortController();
    const store = stubFetch((request) => {
      controller.abort(reason);
      return allDeleted(request);
    });
    const deleting = stubSource(store).deleteMany(names(2_001), { signal: controller.signal });
    assertEquals(await deleting.catch((error) => error), reason);
    assertEquals(store.requests.length, 1);
  });
}

Deno.test("deleteMany() sends nothing if one of the keys is too long", async () => {
  const store = stubFetch(allDeleted);
  const deleting = stubSource(store).deleteMany(["fine", "a".repeat(1_021)]);
  await assertRejects(() => deleting, InvalidPathError, "with the source's prefix");
  assertEquals(store.requests.length, 0);
});

Deno.test("deleteMany() sends the MD5 in place of a checksum to stores that reject checksums", async () => {
  const store = stubFetch(allDeleted);
  await stubSource(store, {}, { upload: { sendChecksums: false } }).deleteMany(["a"]);
  const { headers, body } = store.requests[0] ?? {};
  assertEquals(headers?.get("content-md5"), createHash("md5").update(body ?? "").digest("base64"));
  assertEquals(headers?.has("x-amz-checksum-sha256"), false);
});

Deno.test("deleteMany() takes a file for one with an error if the response has both", async () => {
  const key = "<Key>team/a</Key>";
  const both = `<Error>${key}<Code>InternalError</Code></Error><Deleted>${key}</Deleted>`;
  const { deleted, errors } = await stubSource(stubFetch(new Response(`<DeleteResult>${both}</DeleteResult>`)))
    .deleteMany(["a"]);
  assertEquals([deleted, errors.map(({ code }) => code)], [[], ["InternalError"]]);
});

Deno.test("delete() sends one DELETE, and takes a missing file for deleted", async () => {
  const store = stubFetch(new Response(null, { status: 204 }));
  await stubSource(store).delete("a b");
  assertEquals(store.requests.map(({ method, url }) => `${method} ${url}`), [
    "DELETE http://store.test:8333/media/team/a%20b",
  ]);
});

Deno.test("deleteMany() does not show a code in which the store repeats the secret key", async () => {
  const error = `<Error><Key>team/a</Key><Code>${KEYS.secretAccessKey}</Code></Error>`;
  const store = stubFetch(new Response(`<DeleteResult>${error}</DeleteResult>`));
  const { errors } = await stubSource(store).deleteMany(["a"]);
  assertEquals(errors, [{ path: "a", code: "UnknownError", message: "" }]);
});
