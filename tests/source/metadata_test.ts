import { assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { createS3Source, InvalidArgumentError, type S3Source } from "../../mod.ts";
import { decodeHeaderText, encodeHeaderText } from "../../src/operations/header_text.ts";
import { createMemoryS3 } from "../../src/testing/mod.ts";
import { stubFetch, stubSource } from "../support/stub_fetch.ts";
import { multipartStore, stored } from "../support/stub_uploads.ts";

const METADATA = { title: "Übersicht", snake_case: "ok", city: "東京", odd: "=?utf-8?q?x?=", plain: "a  b" };
const HEADERS = {
  "x-amz-meta-title": "=?UTF-8?B?w5xiZXJzaWNodA==?=",
  "x-amz-meta-snake_case": "ok",
  "x-amz-meta-city": "=?UTF-8?B?5p2x5Lqs?=",
  "x-amz-meta-odd": "=?UTF-8?B?PT91dGYtOD9xP3g/PQ==?=",
  "x-amz-meta-plain": "a  b",
};

/** The UTF-8 of a text, as `fetch` returns it in headers. */
const raw = (text: string) => Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join("");

function metadataHeaders(headers: Iterable<[string, string]>): Record<string, string> {
  return Object.fromEntries([...headers].filter(([name]) => name.startsWith("x-amz-meta-")));
}

function memory(): S3Source {
  const s3 = createMemoryS3({ buckets: ["media"] });
  return createS3Source(s3.config, { fetch: s3.fetch });
}

Deno.test("encodeHeaderText() cuts encoded words between characters, of 75 characters at most", () => {
  const words = encodeHeaderText("東京".repeat(20)).split(" ");
  assertEquals(words.map((word) => word.length), [72, 72, 52]);
  assertEquals(words.map(decodeHeaderText), ["東京".repeat(7) + "東", "京" + "東京".repeat(7), "東京".repeat(5)]);
});

Deno.test("decodeHeaderText() of encodeHeaderText() is the text, which goes out as printable ASCII", () => {
  const text = fc.string({
    unit: fc.constantFrom("ü", "東", "👋", "=", "?", "=?utf-8?b?", "q", "eA==", "?=", " ", "a"),
  });
  fc.assert(fc.property(fc.oneof(text, fc.string({ unit: "grapheme" })), (text) => {
    const encoded = encodeHeaderText(text);
    assertEquals([/^[ -~]*$/.test(encoded), decodeHeaderText(encoded)], [true, text]);
  }));
});

Deno.test("upload(), whole and in parts, and copy() send metadata as encoded words of RFC 2047", async () => {
  const store = multipartStore(({ method }, query) => {
    if (method === "HEAD") return new Response(null, { headers: { etag: '"e"', "content-length": "1" } });
    return method === "PUT" && !query.has("partNumber") ? stored() : undefined;
  });
  const source = stubSource(store);
  const { metadata } = await source.upload("a", "x", { metadata: METADATA });
  assertEquals(metadata, METADATA);
  await source.upload("a", new Uint8Array(9 * 1024 ** 2), { metadata: METADATA });
  const sent = store.requests.filter(({ headers }) => headers.has("x-amz-meta-title"));
  assertEquals(sent.map(({ headers }) => metadataHeaders(headers)).map(sorted), [sorted(HEADERS), sorted(HEADERS)]);
  const copying = stubFetch(
    new Response(null, { headers: { etag: '"e"', "content-length": "1" } }),
    new Response('<R><ETag>"new"</ETag></R>'),
  );
  const copied = await stubSource(copying).copy("a", "b", { metadata: METADATA });
  assertEquals(metadataHeaders(copying.requests[1]?.headers ?? []), sorted(HEADERS));
  assertEquals(sorted(copied.metadata), sorted(METADATA));
});

function sorted(record: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(record).toSorted(([a], [b]) => a < b ? -1 : 1));
}

Deno.test("prepareUpload() has metadata as encoded words in headers and fields, which browsers can send", async () => {
  const source = memory();
  for (const method of ["PUT", "POST"] as const) {
    const { headers, fields } = await source.prepareUpload("a", { size: 1, method, metadata: METADATA });
    assertEquals(metadataHeaders(Object.entries(method === "PUT" ? headers : fields)), HEADERS);
  }
});

Deno.test("stat() returns the metadata that was stored, whatever its characters", async () => {
  const source = memory();
  await source.upload("a", "x", { metadata: METADATA });
  assertEquals((await source.stat("a"))?.metadata, sorted(METADATA));
  await source.copy("a", "b", { cacheControl: "no-store" });
  assertEquals((await source.stat("b"))?.metadata, sorted(METADATA));
});

Deno.test("copy() with another attribute sends UTF-8 that the store has returned as it was, and signs its bytes", async () => {
  const s3 = createMemoryS3({ buckets: ["media"] });
  // Another client has stored raw UTF-8; its last byte is a no-break space in Latin-1.
  const headers = { "x-amz-meta-name": raw("voilà"), "content-disposition": raw('inline; filename="ü.txt"') };
  const original = new Response(null, { headers: { etag: '"e"', "content-length": "5", ...headers } });
  const sent: Headers[] = [];
  const source = createS3Source(s3.config, {
    async fetch(input, init) {
      if (init?.method === "HEAD") return original;
      sent.push(new Headers(init?.headers));
      return await s3.fetch(input, init);
    },
  });
  await source.upload("a", "hello");
  const { etag } = (await createS3Source(s3.config, { fetch: s3.fetch }).stat("a")) ?? {};
  original.headers.set("etag", etag ?? "");
  const info = await source.copy("a", "b", { cacheControl: "no-store" });
  assertEquals(info.metadata, { name: "voilà" });
  assertEquals(sent[1]?.get("x-amz-meta-name"), raw("voilà"));
  assertEquals(sent[1]?.get("content-disposition"), raw('inline; filename="ü.txt"'));
  assertEquals((await createS3Source(s3.config, { fetch: s3.fetch }).stat("b"))?.metadata, { name: "voilà" });
});

Deno.test("copy() that has to send the metadata again refuses to lose what headers cannot have", async () => {
  const hidden = { etag: '"e"', "content-length": "5", "x-amz-missing-meta": "1" };
  const store = stubFetch(({ method }) =>
    method === "HEAD" ? new Response(null, { headers: hidden }) : new Response('<R><ETag>"new"</ETag></R>')
  );
  const copying = () => stubSource(store).copy("a", "b", { cacheControl: "no-store" });
  await assertRejects(copying, InvalidArgumentError, "some of its metadata cannot be read, and would be lost");
  assertEquals(store.requests.length, 1);
  await stubSource(store).copy("a", "b");
  await stubSource(store).copy("a", "b", { metadata: { a: "b" } });
});

for (
  const [metadata, reason] of [
    [{ a: "b\nc" }, "the value of x-amz-meta-a has a control character or half of a surrogate pair"],
    [{ a: "\ud800" }, "the value of x-amz-meta-a has a control character or half of a surrogate pair"],
    [{ "a.b": "c" }, 'the metadata name "a.b" may only have A-Z, a-z, 0-9, - and _'],
    [{ "ü": "c" }, 'the metadata name "ü" may only have A-Z, a-z, 0-9, - and _'],
    [{ a: "ü".repeat(1_024) }, "the metadata has 2049 bytes, more than 2048"],
  ] as const
) {
  Deno.test(`upload() refuses the metadata ${JSON.stringify(metadata).slice(0, 20)}, before any request`, async () => {
    const store = stubFetch();
    await assertRejects(() => stubSource(store).upload("a", "x", { metadata }), InvalidArgumentError, reason);
    assertEquals(store.requests.length, 0);
  });
}
