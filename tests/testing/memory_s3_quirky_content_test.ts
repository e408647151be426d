// Quirks of the in-memory S3 that show in what it returns or assembles.
import { assertEquals } from "@std/assert";
import { gzipSync } from "node:zlib";
import { createMemoryS3, type MemoryS3, type MemoryS3Quirk } from "../../src/testing/mod.ts";
import { answerOf, createQuirkyS3, NOW, send, SHA256, valuesOf } from "../support/quirky_s3.ts";

const PUT = { path: "/bucket/a", method: "PUT", body: "0123456789" };
const HEAD = { path: "/bucket/a", method: "HEAD" };
const V2 = { path: "/bucket", query: { "list-type": "2" } };

const GZIP = Uint8Array.from(gzipSync("hello"));

Deno.test("createMemoryS3() with noEtags has none in listings and copies", async () => {
  const s3 = createQuirkyS3("noEtags");
  const copied = await answerOf(s3, { path: "/bucket/b", method: "PUT", headers: { "x-amz-copy-source": "bucket/a" } });
  const listed = await answerOf(s3, V2);
  assertEquals(valuesOf(listed, "Key"), ["a", "b"]);
  for (const text of [copied, listed]) assertEquals(text.includes("ETag"), false);
  assertEquals((await send(s3, PUT)).headers.get("etag"), null);
});

Deno.test("createMemoryS3() with wholeChecksumOnRange has the object's checksum with a range", async () => {
  for (const [quirks, checksum] of [[[], null], [["wholeChecksumOnRange"], SHA256]] as const) {
    const s3 = createQuirkyS3(...quirks);
    await send(s3, { ...PUT, headers: { "x-amz-checksum-sha256": SHA256 } });
    const response = await send(s3, {
      path: "/bucket/a",
      headers: { range: "bytes=0-0", "x-amz-checksum-mode": "ENABLED" },
    });
    assertEquals([await response.text(), response.headers.get("x-amz-checksum-sha256")], ["0", checksum]);
  }
});

Deno.test("createMemoryS3() with unverifiedChecksums keeps a wrong one", async () => {
  const s3 = createQuirkyS3("unverifiedChecksums");
  await send(s3, { ...PUT, headers: { "x-amz-checksum-crc32": "AAAAAA==" } });
  const { headers } = await send(s3, { ...HEAD, headers: { "x-amz-checksum-mode": "ENABLED" } });
  assertEquals(headers.get("x-amz-checksum-crc32"), "AAAAAA==");
});

for (
  const [quirks, encodingType, key] of [
    [[], ["url"], "100%25+%2B"],
    [["ignoresEncodingType"], [], "100% +"],
    [["claimsEncodingType"], ["url"], "100% +"],
  ] as const
) {
  Deno.test(`createMemoryS3() with ${JSON.stringify(quirks)} lists "100% +" as "${key}" with EncodingType ${encodingType}`, async () => {
    const s3 = createMemoryS3({ now: () => NOW, quirks });
    s3.putObject({ bucket: "bucket", key: "100% +", body: "" });
    for (const version of [{ "list-type": "2" }, {}]) {
      const text = await answerOf(s3, { path: "/bucket", query: { ...version, "encoding-type": "url" } });
      assertEquals([valuesOf(text, "EncodingType"), valuesOf(text, "Key")], [encodingType, [key]]);
    }
  });
}

for (
  const [delimiter, wanted] of [["", "a/1 a/2 b c/1"], ["/", "a/ b c/"]] as const
) {
  Deno.test(`createMemoryS3() lists pages of ListObjects with the delimiter "${delimiter}"`, async () => {
    const s3 = createMemoryS3({ now: () => NOW });
    for (const key of ["a/1", "a/2", "b", "c/1"]) s3.putObject({ bucket: "bucket", key, body: "" });
    const names: string[] = [];
    for (let isTruncated = true; isTruncated && names.length < 9;) {
      const query = {
        "max-keys": "1",
        delimiter,
        marker: names.at(-1) ?? "",
      };
      const text = await answerOf(s3, { path: "/bucket", query });
      const [name = ""] = text.match(/(?<=<Contents><Key>|<CommonPrefixes><Prefix>)[^<]+/) ?? [];
      names.push(name);
      isTruncated = text.includes("<IsTruncated>true<");
      assertEquals(valuesOf(text, "NextMarker"), isTruncated && delimiter !== "" ? [name] : []);
      assertEquals(/KeyCount|Token/.test(text), false);
    }
    assertEquals(names.join(" "), wanted);
    assertEquals(s3.requests[0]?.operation, "ListObjects");
  });
}

Deno.test("createMemoryS3() with ignoresListV2 answers as the first version", async () => {
  const s3 = createQuirkyS3("ignoresListV2");
  s3.putObject({ bucket: "bucket", key: "b", body: "" });
  const query = { "list-type": "2", "max-keys": "1", "start-after": "a", "continuation-token": "1YQ==" };
  const text = await answerOf(s3, { path: "/bucket", query });
  assertEquals([valuesOf(text, "Key"), /KeyCount|Token|StartAfter/.test(text)], [["a"], false]);
  assertEquals(valuesOf(await answerOf(s3, { path: "/bucket", query: { ...query, marker: "a" } }), "Key"), ["b"]);
});

Deno.test("createMemoryS3() lists with ListObjects what follows the marker of the listed folder itself", async () => {
  const s3 = createQuirkyS3("noListV2");
  for (const key of ["d/", "d/e"]) s3.putObject({ bucket: "bucket", key, body: "" });
  const query = { prefix: "d/", delimiter: "/", marker: "d/" };
  assertEquals(valuesOf(await answerOf(s3, { path: "/bucket", query }), "Key"), ["d/e"]);
});

/** A store with an object that is stored compressed. */
function createGzipped(...quirks: MemoryS3Quirk[]): MemoryS3 {
  const s3 = createQuirkyS3(...quirks);
  s3.putObject({ bucket: "bucket", key: "z", body: GZIP, contentEncoding: "gzip" });
  return s3;
}

Deno.test("createMemoryS3() with transcodesGzip decompresses for a client that takes identity", async () => {
  const s3 = createGzipped("transcodesGzip");
  for (const range of [{}, { range: "bytes=1-2" }]) {
    const response = await send(s3, { path: "/bucket/z", headers: { "accept-encoding": "identity", ...range } });
    const { status, headers } = response;
    assertEquals([status, await response.text()], [200, "hello"]);
    assertEquals([headers.get("content-encoding"), headers.get("content-length")], [null, null]);
    assertEquals(headers.get("x-goog-stored-content-length"), String(GZIP.byteLength));
  }
});

Deno.test("createMemoryS3() with transcodesGzip is decoded by fetch otherwise", async () => {
  const s3 = createGzipped("transcodesGzip");
  const query = { "response-content-encoding": "identity" };
  const response = await send(s3, { path: "/bucket/z", query });
  const { headers } = response;
  assertEquals(await response.text(), "hello");
  assertEquals([headers.get("content-encoding"), headers.get("content-length")], ["gzip", String(GZIP.byteLength)]);
  const plain = await send(createGzipped(), { path: "/bucket/z", query });
  assertEquals(new Uint8Array(await plain.arrayBuffer()), GZIP);
});

for (
  const [quirks, sizesMiB, outcome] of [
    [[], [6, 5, 7], "200"],
    [["equalPartsOnly"], [5, 5, 5], "200"],
    [["equalPartsOnly"], [6, 6, 1], "200"],
    [["equalPartsOnly"], [6, 5, 1], "400 InvalidPart: All non-trailing parts must have the same length."],
    [["equalPartsOnly"], [5, 5, 6], "400 InvalidPart: All non-trailing parts must have the same length."],
  ] as const
) {
  Deno.test(`createMemoryS3() with ${JSON.stringify(quirks)} completes parts of ${sizesMiB} MiB with ${outcome}`, async () => {
    const s3 = createQuirkyS3(...quirks);
    const [uploadId = ""] = valuesOf(
      await answerOf(s3, { path: "/bucket/b", method: "POST", query: { uploads: "" } }),
      "UploadId",
    );
    const parts = await Promise.all(sizesMiB.map(async (size, index) => {
      const query = { partNumber: String(index + 1), uploadId };
      const body = new Uint8Array(size * 1024 * 1024);
      const { headers } = await send(s3, { path: "/bucket/b", method: "PUT", query, body });
      return `<Part><PartNumber>${index + 1}</PartNumber><ETag>${headers.get("etag")}</ETag></Part>`;
    }));
    const body = `<CompleteMultipartUpload>${parts.join("")}</CompleteMultipartUpload>`;
    const answer = await answerOf(s3, { path: "/bucket/b", method: "POST", query: { uploadId }, body });
    assertEquals(answer.slice(0, outcome.length), outcome);
  });
}

for (const [partNumber, status] of [["1000", "200"], ["1001", "400 InvalidArgument"]] as const) {
  Deno.test(`createMemoryS3() with maxParts1000 answers ${status} to part ${partNumber}`, async () => {
    const s3 = createQuirkyS3("maxParts1000", "noEtags");
    const [uploadId = ""] = valuesOf(
      await answerOf(s3, { path: "/bucket/b", method: "POST", query: { uploads: "" } }),
      "UploadId",
    );
    const answer = await answerOf(s3, { path: "/bucket/b", method: "PUT", query: { partNumber, uploadId }, body: "A" });
    assertEquals(answer.slice(0, status.length), status);
    assertEquals(s3.requests.at(-1)?.status, Number(status.slice(0, 3)));
  });
}

Deno.test("createMemoryS3() returns how an object is stored", async () => {
  const s3 = createGzipped();
  const headers = { "x-amz-copy-source": "bucket/z" };
  await send(s3, { path: "/bucket/copy", method: "PUT", headers });
  assertEquals(s3.getObject("bucket", "copy"), {
    ...s3.getObject("bucket", "z"),
    bucket: "bucket",
    key: "copy",
    body: GZIP,
  });
  assertEquals(s3.getObject("bucket", "copy")?.contentEncoding, "gzip");
  assertEquals("contentEncoding" in Object(s3.getObject("bucket", "a")), false);
});
