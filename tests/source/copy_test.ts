import { assertEquals, assertRejects } from "@std/assert";
import { IntegrityError, ServiceError } from "../../mod.ts";
import { copy } from "../../src/operations/copy.ts";
import { s3Error, stubContext, stubFetch, stubSource } from "../support/stub_fetch.ts";

const MIB = 1024 ** 2;

const FACTS = {
  "cache-control": "no-cache",
  "content-disposition": "inline",
  "content-encoding": "x-test",
  "content-language": "de",
  "content-type": "text/x-test",
  expires: "Thu, 01 Jan 2032 00:00:00 GMT",
};

for (const [name, value] of Object.entries(FACTS)) {
  Deno.test(`copy() in parts keeps ${name}`, async () => {
    const store = stubFetch(({ method, url }) => {
      const headers = { ...FACTS, etag: '"old"', "content-length": "25" };
      if (method === "HEAD") return new Response(null, { headers });
      if (url.includes("uploads=")) return new Response("<R><UploadId>u</UploadId></R>");
      return new Response('<R><ETag>"new"</ETag></R>');
    });
    await copy(stubContext(store), "from", "to", { maxCopyBytes: 20, partSizeBytes: 10 });
    const begun = store.requests.find(({ url }) => url.includes("uploads="));
    assertEquals(begun?.headers.get(name), value);
  });
}

for (const code of ["BadDigest", "InvalidDigest", "XAmzContentSHA256Mismatch"]) {
  Deno.test(`upload() rejects with an IntegrityError for ${code}`, async () => {
    const source = stubSource(stubFetch(() => s3Error(400, code)), {}, { retry: { maxAttempts: 1 } });
    const error = await assertRejects(() => source.upload("a", "A"), IntegrityError, "other bytes arrived");
    assertEquals(error.code, code);
  });
}

Deno.test("a status of 400 without a code of S3 is no redirect", async () => {
  const source = stubSource(stubFetch(() => new Response("", { status: 400 })), {}, { retry: { maxAttempts: 1 } });
  const error = await assertRejects(() => source.read("a"), ServiceError);
  assertEquals([error.status, error.code], [400, "UnexpectedStatus"]);
});

for (
  const [facts, size, etag, isOurs] of [
    ["its size and number of parts", 9 * MIB, '"t-2"', true],
    ["another size", 9 * MIB - 1, '"t-2"', false],
    ["another number of parts", 9 * MIB, '"t-3"', false],
  ] as const
) {
  const verb = isOurs ? "takes" : "does not take";
  Deno.test(`upload() whose last answer was lost ${verb} a file of ${facts} for its own`, async () => {
    let completions = 0;
    const store = stubFetch(({ method, url }) => {
      if (method === "HEAD") return new Response(null, { headers: { etag, "content-length": `${size}` } });
      if (url.includes("uploads=")) return new Response("<R><UploadId>u</UploadId></R>");
      if (method === "PUT") return new Response(null, { headers: { etag: '"part"' } });
      if (method === "DELETE") return new Response(null, { status: 204 });
      if (completions++ === 0) throw new TypeError("connection reset");
      return s3Error(404, "NoSuchUpload");
    });
    const uploaded = stubSource(store).upload("a", new Uint8Array(9 * MIB));
    if (isOurs) assertEquals((await uploaded).etag, etag);
    else await assertRejects(() => uploaded, ServiceError);
  });
}
