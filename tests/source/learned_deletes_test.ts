import { assert, assertEquals } from "@std/assert";
import { createHash } from "node:crypto";
import { oddStore, REFUSALS } from "../support/odd_store.ts";
import { s3Error, type SentRequest } from "../support/stub_fetch.ts";

const keysOf = (body: string) => [...body.matchAll(/<Key>team\/([^<]+)/g)].map(([, path = ""]) => path);
const deleted = ({ body }: SentRequest) =>
  new Response(
    `<DeleteResult>${keysOf(body).map((path) => `<Deleted><Key>team/${path}</Key></Deleted>`).join("")}</DeleteResult>`,
  );
const gone = () => new Response(null, { status: 204 });
const linesOf = (requests: readonly SentRequest[]) => requests.map(({ method, url }) => `${method} ${url.slice(25)}`);

for (
  const [status, code, message] of [
    [400, "MissingContentMD5", ""],
    [400, "InvalidRequest", "Missing required header for this request: Content-MD5"],
    [400, "InvalidRequest", ""],
    [400, "InvalidArgument", "Unsupported header 'x-amz-checksum-sha256'"],
    [400, "InvalidArgument", "Content-MD5 is required"],
  ] as const
) {
  Deno.test(`deleteMany() learns that ${status} ${code} "${message}" wants Content-MD5`, async () => {
    const { source, requests, warnings } = oddStore((request) =>
      request.headers.has("content-md5") ? deleted(request) : s3Error(status, code, { message })
    );
    assertEquals(await source.deleteMany(["a", "b"]), { deletedCount: 2, errors: [] });
    assertEquals(await source.deleteMany(["c"]), { deletedCount: 1, errors: [] });
    assertEquals(
      requests.map(({ headers, body }) => [
        headers.get("content-md5") === createHash("md5").update(body).digest("base64"),
        headers.has("x-amz-checksum-sha256"),
      ]),
      [[false, true], [true, false], [true, false]],
    );
    assertEquals(warnings, ["StoreLearned: The store wants Content-MD5 for DeleteObjects, so it is sent"]);
  });
}

for (
  const [status, code, message] of [
    ...REFUSALS,
    [400, "InvalidArgument", "POST object expects Content-Type multipart/form-data"],
    [412, "PreconditionFailed", "Bucket POST must be of the enclosure-type multipart/form-data"],
  ] as const
) {
  Deno.test(`deleteMany() learns from ${status} ${code} "${message}" to delete one by one`, async () => {
    const { source, requests, warnings } = oddStore(({ method }) =>
      method === "POST" ? s3Error(status, code, { message }) : gone()
    );
    assertEquals(await source.deleteMany(["a", "b"]), { deletedCount: 2, errors: [] });
    // Where the digest may be to blame, another one is tried first.
    assertEquals(linesOf(requests).filter((line) => line.startsWith("POST")).length, status === 400 ? 2 : 1);
    const before = requests.length;
    assertEquals(await source.folder("c").deleteMany(["d", "e"]), { deletedCount: 2, errors: [] });
    assertEquals(linesOf(requests.slice(before)).toSorted(), ["DELETE team/c/d", "DELETE team/c/e"]);
    assertEquals(warnings, [
      "StoreLearned: The store has no DeleteObjects, so files are deleted one by one; " +
      "with the option store.bulkDelete: false this is known from the start",
    ]);
  });
}

Deno.test("deleteMany() on a store that refuses everything fails with its first error, after three requests", async () => {
  let count = 0;
  const { source, requests, warnings } = oddStore(() => s3Error(400, "InvalidRequest", { message: `${++count}` }));
  const paths = Array.from({ length: 1000 }, (_, index) => `${index}`);
  const { deletedCount, errors } = await source.deleteMany(paths);
  assertEquals([deletedCount, errors.length, requests.length], [0, 1000, 3]);
  assert(
    errors[7]?.message === 'Cannot delete "7": the store responded with 400 (InvalidRequest: 1)',
    errors[7]?.message,
  );
  assertEquals(warnings, []);
});

Deno.test("deleteMany() has a denial of each file where these are deleted one by one", async () => {
  const { source, warnings } = oddStore(({ method, url }) => {
    if (method === "POST") return s3Error(501, "NotImplemented");
    return url.endsWith("/a") ? s3Error(403, "AccessDenied") : gone();
  });
  const { deletedCount, errors } = await source.deleteMany(["a", "b"]);
  assertEquals([deletedCount, errors.map(({ name, path }) => [name, path])], [1, [["AccessDeniedError", "a"]]]);
  assertEquals(warnings.length, 1);
});

for (const [status, code] of [[403, "AccessDenied"], [400, "MalformedXML"], [404, "NoSuchBucket"]] as const) {
  Deno.test(`deleteMany() takes ${status} ${code} as it is`, async () => {
    const { source, requests } = oddStore(() => s3Error(status, code));
    const { errors } = await source.deleteMany(["a", "b"]);
    assertEquals([errors.map((error) => error.code), requests.length], [[code, code], 1]);
  });
}

Deno.test("bulkDelete: true keeps deleteMany() from deleting one by one", async () => {
  const { source, requests } = oddStore(() => s3Error(501, "NotImplemented"), { store: { bulkDelete: true } });
  const { errors } = await source.deleteMany(["a", "b"]);
  assertEquals([errors.length, linesOf(requests)], [2, ["POST delete="]]);
});

Deno.test('checksums: "none" sends Content-MD5 at once', async () => {
  const { source, requests, warnings } = oddStore(deleted, { store: { checksums: "none" } });
  await source.deleteMany(["a"]);
  assertEquals(requests.map(({ headers }) => headers.has("content-md5")), [true]);
  assertEquals(warnings, []);
});

Deno.test("two deleteMany() at the same time learn once", async () => {
  const { source, warnings } = oddStore(({ method }) => method === "POST" ? s3Error(501, "NotImplemented") : gone());
  const results = await Promise.all([source.deleteMany(["a", "b"]), source.deleteMany(["c", "d"])]);
  assertEquals(results.map(({ deletedCount }) => deletedCount), [2, 2]);
  assertEquals(warnings.length, 1);
});
