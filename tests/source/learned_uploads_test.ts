import { assert, assertEquals, assertRejects } from "@std/assert";
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { PreconditionFailedError, ServiceError } from "../../mod.ts";
import { oddStore, REFUSALS, sentWith } from "../support/odd_store.ts";
import { s3Error, s3Object, type SentRequest } from "../support/stub_fetch.ts";

const sha256 = (text: string, encoding: "hex" | "base64") => createHash("sha256").update(text).digest(encoding);
const crc = (text: string) => {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, crc32(text));
  return btoa(String.fromCharCode(...bytes));
};

/** What was sent of checksums, except in the signature. */
function checksums({ headers }: SentRequest): Record<string, string> {
  return Object.fromEntries([...headers].filter(([name]) => /^x-amz-(?:checksum-|meta-)/.test(name)));
}

/** A store that refuses some of the checksum headers. */
const refusing = (names: RegExp, [status, code, message]: (typeof REFUSALS)[number]) => ({ headers }: SentRequest) => {
  const refused = [...headers.keys()].find((name) => names.test(name));
  return refused === undefined
    ? new Response(null, { headers: { etag: '"e"' } })
    : s3Error(status, code, { message: message.replace("x-amz-checksum-NAME", refused) });
};

for (const refusal of REFUSALS) {
  Deno.test(`upload() learns that checksums are refused with ${refusal[0]} ${refusal[1]} "${refusal[2]}"`, async () => {
    const { source, requests, warnings } = oddStore(refusing(/^x-amz-checksum-/, refusal));
    const { contentHash } = await source.upload("a.txt", "hello");
    assertEquals(contentHash, `sha256:${sha256("hello", "hex")}`);
    await source.folder("b").upload("b.txt", "more");
    assertEquals(requests.map(checksums), [
      { "x-amz-checksum-sha256": sha256("hello", "base64") },
      { "x-amz-checksum-crc32": crc("hello"), "x-amz-meta-sha256": sha256("hello", "hex") },
      { "x-amz-meta-sha256": sha256("hello", "hex") },
      { "x-amz-meta-sha256": sha256("more", "hex") },
    ]);
    // Whatever else is sent, the signature covers the bytes.
    assertEquals(requests.map(({ body, headers }) => headers.get("x-amz-content-sha256") === sha256(body, "hex")), [
      ...[true, true, true, true],
    ]);
    assertEquals(warnings, [
      "StoreLearned: The store does not take x-amz-checksum-sha256, so uploads are sent with another checksum or none; " +
      'with the option store.checksums: "none" this is known from the start',
    ]);
  });
}

Deno.test("upload() learns that a store takes only CRC-32", async () => {
  const { source, requests, warnings } = oddStore(refusing(/^x-amz-checksum-sha256/, [501, "NotImplemented", ""]));
  await source.upload("a.txt", "hello", { metadata: { sha256: sha256("hello", "hex").toUpperCase() } });
  await source.upload("b.txt", "more");
  assertEquals(requests.map(checksums).slice(1), [
    { "x-amz-checksum-crc32": crc("hello"), "x-amz-meta-sha256": sha256("hello", "hex").toUpperCase() },
    { "x-amz-checksum-crc32": crc("more"), "x-amz-meta-sha256": sha256("more", "hex") },
  ]);
  assert(warnings[0]?.includes('store.checksums: "crc32"'), warnings[0]);
});

Deno.test('checksums: "crc32" is sent at once, and nothing else is tried', async () => {
  const { source, requests } = oddStore(() => s3Error(501, "NotImplemented"), { store: { checksums: "crc32" } });
  await assertRejects(() => source.upload("a.txt", "hello"), ServiceError);
  assertEquals(requests.map(checksums), [
    { "x-amz-checksum-crc32": crc("hello"), "x-amz-meta-sha256": sha256("hello", "hex") },
  ]);
});

Deno.test("an upload that every form fails has the store's first error, after three requests", async () => {
  let count = 0;
  const { source, requests, warnings } = oddStore(() => s3Error(501, "NotImplemented", { message: `${++count}` }));
  await assertRejects(() => source.upload("a", "x"), ServiceError, "(NotImplemented: 1)");
  assertEquals([requests.length, warnings], [3, []]);
});

Deno.test("uploads that begin at the same time are sent, and learn once", async () => {
  const { source, warnings } = oddStore(refusing(/^x-amz-checksum-/, [400, "InvalidArgument", ""]));
  await Promise.all(Array.from({ length: 6 }, (_, index) => source.upload(`${index}`, "x")));
  assertEquals(warnings.length, 1);
});

Deno.test("over http: an upload stays without what weakens it, and names the option", async () => {
  const { source, requests } = oddStore(refusing(/^x-amz-checksum-/, [400, "InvalidArgument", "x-amz-checksum-NAME"]), {
    endpointUrl: "http://store.example.com",
  });
  const error = await assertRejects(() => source.upload("a", "x"), ServiceError);
  assert(error.message.endsWith('set store.checksums: "none", which is not found out over http:'), error.message);
  assertEquals(requests.map(checksums), [{ "x-amz-checksum-sha256": sha256("x", "base64") }]);
});

/** A store with multipart uploads that refuses some of the checksum headers. */
const parted = (names: RegExp) => ({ method, url, headers }: SentRequest) => {
  const refused = [...headers].find(([name, value]) => names.test(`${name}: ${value}`));
  if (refused !== undefined) return s3Error(400, "InvalidArgument", { message: `Unsupported header '${refused[0]}'` });
  if (method === "PUT") {
    return new Response(null, { headers: { etag: `"${new URL(url).searchParams.get("partNumber")}"` } });
  }
  if (url.includes("uploads=")) return new Response("<R><UploadId>u</UploadId></R>");
  return new Response('<R><ETag>"whole"</ETag></R>');
};
const MIB = 1024 ** 2;

for (
  const [name, names, expected] of [
    ["of parts only", /^x-amz-checksum-type/, "ChecksumCRC32"],
    ["of no kind", /^x-amz-checksum-algorithm/, undefined],
    ["of files only", /^x-amz-checksum-(?:sha256|crc32)/, undefined],
  ] as const
) {
  Deno.test(`an upload in parts learns of checksums ${name}`, async () => {
    const { source, requests, warnings } = oddStore(parted(names));
    const bytes = new Uint8Array(9 * MIB);
    for (let round = 0; round < 2; round++) {
      const before = requests.length;
      assertEquals((await source.upload("a", bytes)).etag, '"whole"');
      const complete = requests.at(-1)?.body ?? "";
      assertEquals(/<(Checksum\w+)>/.exec(complete)?.[1], expected);
      if (round === 1) assertEquals(requests.length - before, 4);
    }
    assertEquals(warnings.length, 1);
  });
}

Deno.test("parts of CRC-32 are announced, sent and completed with it", async () => {
  const { source, requests } = oddStore(parted(/^$/), { store: { checksums: "crc32" } });
  await source.upload("a", new Uint8Array(9 * MIB));
  const [create, first, second, complete] = requests;
  assertEquals(create?.headers.get("x-amz-checksum-algorithm"), "CRC32");
  const sent = [first, second].map((part) => part?.headers.get("x-amz-checksum-crc32") ?? "");
  const completed = [...complete?.body.matchAll(/<ChecksumCRC32>([^<]+)/g) ?? []].map(([, checksum]) => checksum ?? "");
  assertEquals(completed, [crc("\0".repeat(8 * MIB)), crc("\0".repeat(MIB))]);
  assertEquals(sent.toSorted(), completed.toSorted());
});

/** A store that compares tags as texts, without quotes. */
const unquoted = (etag = '"e1"') => ({ method, headers }: SentRequest) => {
  const wanted = headers.get("if-match") ?? headers.get("x-amz-copy-source-if-match");
  if (method === "HEAD") return s3Object("hello", { etag });
  if (wanted !== null && wanted !== "e1") return s3Error(412, "PreconditionFailed");
  return headers.has("x-amz-copy-source")
    ? new Response("<CopyObjectResult><ETag>e2</ETag></CopyObjectResult>")
    : new Response(null, { headers: { etag } });
};

Deno.test("upload() with ifMatch learns that the store wants the tag without quotes", async () => {
  const { source, requests, warnings } = oddStore(unquoted());
  for (let i = 0; i < 2; i++) await source.upload("a", "x", { ifMatch: '"e1"' });
  assertEquals(sentWith(requests, "if-match"), ['PUT "e1"', "HEAD -", 'PUT "e1"', "PUT e1", "PUT e1"]);
  assertEquals(warnings.length, 1);
});

Deno.test("upload() of a file that has changed is refused without another try", async () => {
  const { source, requests, warnings } = oddStore(unquoted('"other"'));
  await assertRejects(() => source.upload("a", "x", { ifMatch: '"e1"' }), PreconditionFailedError);
  assertEquals(sentWith(requests, "if-match"), ['PUT "e1"', "HEAD -"]);
  assertEquals(warnings, []);
});

Deno.test("upload() to a store that refuses the tag in both forms fails, and teaches nothing", async () => {
  const { source, requests, warnings } = oddStore(({ method }) =>
    method === "HEAD" ? s3Object("hello", { etag: '"e1"' }) : s3Error(412, "PreconditionFailed")
  );
  await assertRejects(() => source.upload("a", "x", { ifMatch: '"e1"' }), PreconditionFailedError);
  assertEquals(sentWith(requests, "if-match"), ['PUT "e1"', "HEAD -", 'PUT "e1"', "PUT e1"]);
  assertEquals(warnings, []);
});

Deno.test("over http: the quotes stay, and the error names the option", async () => {
  const { source, requests } = oddStore(unquoted(), { endpointUrl: "http://store.example.com" });
  const upload = () => source.upload("a", "x", { ifMatch: '"e1"' });
  const error = await assertRejects(upload, PreconditionFailedError, "store.quotedEtags: false");
  assertEquals(error.code, "PreconditionFailed");
  assertEquals(sentWith(requests, "if-match"), ['PUT "e1"', "HEAD -"]);
});

Deno.test("quotedEtags: false is obeyed at once, by upload() and copy()", async () => {
  const { source, requests } = oddStore(unquoted(), { store: { quotedEtags: false } });
  await source.upload("a", "x", { ifMatch: '"e1"' });
  await source.copy("a", "b", { ifMatch: '"e1"' });
  assertEquals(sentWith(requests, "if-match"), ["PUT e1", "HEAD -", "PUT e1"]);
  assertEquals(requests[2]?.headers.get("x-amz-copy-source-if-match"), "e1");
});

Deno.test("copy() learns of quotes by the original, also with ifNoneMatch", async () => {
  const { source, requests, warnings } = oddStore((request) => {
    if (request.method === "HEAD" && request.url.endsWith("/b")) return new Response(null, { status: 404 });
    return unquoted()(request);
  });
  assertEquals((await source.copy("a", "b", { ifNoneMatch: "*" })).etag, '"e2"');
  assertEquals(requests.map(({ method, url }) => `${method} ${url.at(-1)}`), [
    ...["HEAD a", "PUT b", "HEAD b", "HEAD a", "PUT b", "PUT b"],
  ]);
  assertEquals(warnings.length, 1);
});

for (const ifMatch of ['W/"e1"', '"e1"']) {
  Deno.test(`a tag that a proxy has weakened is sent as the store's own: ${ifMatch}`, async () => {
    const { source, requests } = oddStore(({ method, headers }) => {
      if (method === "HEAD") return s3Object("hello", { etag: 'W/"e1"' });
      const tag = headers.get("x-amz-copy-source-if-match") ?? headers.get("if-match");
      if (tag !== '"e1"') return s3Error(412, "PreconditionFailed");
      if (method === "PUT" && headers.has("x-amz-copy-source")) return new Response("<R><ETag>e2</ETag></R>");
      return method === "GET" ? s3Object("x", { etag: '"e1"' }) : new Response(null, { headers: { etag: '"e2"' } });
    });
    await source.copy("a", "b");
    await source.upload("a", "x", { ifMatch });
    await source.read("a", { ifMatch });
    await source.move("a", "b").catch(() => {});
    const sent = requests.flatMap(({ headers }) =>
      headers.get("if-match") ?? headers.get("x-amz-copy-source-if-match") ?? []
    );
    assertEquals(new Set(sent), new Set(['"e1"']));
    assertEquals(sent.length, 5);
  });
}

Deno.test("a store with several differences is learned in one operation", async () => {
  const { source, requests, warnings } = oddStore((request) =>
    [...request.headers.keys()].some((name) => name.startsWith("x-amz-checksum-"))
      ? s3Error(400, "InvalidArgument", { message: "Unsupported header" })
      : unquoted()(request)
  );
  await source.upload("a", "x", { ifMatch: '"e1"' });
  assertEquals(requests.length, 6);
  await source.upload("a", "x", { ifMatch: '"e1"' });
  assertEquals([requests.length, warnings.length], [7, 2]);
});

/** Jetty, on which s3proxy runs, has this type in a form of its own before the signature is verified. */
const jetty = ({ headers }: SentRequest) =>
  /charset=utf-8$/.test(headers.get("content-type") ?? "")
    ? s3Error(403, "SignatureDoesNotMatch")
    : new Response("<R><UploadId>u</UploadId></R>", { headers: { etag: '"e"' } });

for (const endpointUrl of ["https://store.test", "http://store.test"]) {
  Deno.test(`uploads learn that signatures are verified with the charset in upper case, on ${endpointUrl}`, async () => {
    const { source, requests, warnings } = oddStore(jetty, { endpointUrl });
    await source.prepareMultipartUpload("a.txt", { size: 1 });
    await source.prepareMultipartUpload("b.html", { size: 1 });
    await source.prepareMultipartUpload("c", { size: 1, contentType: "text/plain;charset=utf-8" });
    assertEquals(requests.map(({ headers }) => headers.get("content-type")), [
      "text/plain; charset=utf-8",
      "text/plain; charset=UTF-8",
      "text/html; charset=UTF-8",
      "text/plain;charset=UTF-8",
    ]);
    assertEquals(warnings, [
      "StoreLearned: The store verifies signatures with the charset in upper case, so it is sent like that",
    ]);
  });
}

Deno.test("upload() with a wrong secret key has the store's error, after one request or, with a charset, two", async () => {
  const { source, requests, warnings } = oddStore(() => s3Error(403, "SignatureDoesNotMatch"));
  for (const path of ["a.png", "a.txt"]) {
    await assertRejects(() => source.upload(path, "x"), ServiceError, "is the secret access key correct?");
  }
  assertEquals([requests.length, warnings], [3, []]);
});
