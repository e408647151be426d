// Each quirk of the in-memory S3, by requests that our own client need not send.
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { createHash } from "node:crypto";
import { createMemoryS3, MEMORY_S3_QUIRKS, type MemoryS3Quirk } from "../../src/testing/mod.ts";
import { answerOf, createQuirkyS3, ETAG, send, SHA256, valuesOf } from "../support/quirky_s3.ts";
import type { SignedRequest } from "../support/signed_fetch.ts";

const PUT = { path: "/bucket/a", method: "PUT", body: "0123456789" };
const HEAD = { path: "/bucket/a", method: "HEAD" };
const V2 = { path: "/bucket", query: { "list-type": "2" } };
const MD5 = (text: string) => ({ "content-md5": createHash("md5").update(text).digest("base64") });
const deletion = (...keys: string[]) => {
  const body = `<Delete>${keys.map((key) => `<Object><Key>${key}</Key></Object>`).join("")}</Delete>`;
  return { path: "/bucket", method: "POST", query: { delete: "" }, body, headers: MD5(body) };
};

/** What a store without the quirk answers, and one with it. */
const ANSWERS: readonly [quirk: MemoryS3Quirk, request: SignedRequest, plain: string, quirky: string][] = [
  ["unquotedEtags", { ...PUT, headers: { "if-match": `"${ETAG}"` } }, "200", "412 PreconditionFailed"],
  ["unquotedEtags", { ...PUT, headers: { "if-match": ETAG } }, "200", "200"],
  [
    "unquotedEtags",
    { path: "/bucket/a", headers: { "if-match": `"${ETAG}"` } },
    "200 0123456789",
    "412 PreconditionFailed",
  ],
  ["weakEtags", { ...PUT, headers: { "if-match": `W/"${ETAG}"` } }, "412 PreconditionFailed", "412 PreconditionFailed"],
  ["ignoresConditions", { ...PUT, headers: { "if-none-match": "*" } }, "412 PreconditionFailed", "200"],
  ["ignoresConditions", { ...PUT, headers: { "if-match": '"other"' } }, "412 PreconditionFailed", "200"],
  [
    "ignoresConditions",
    { path: "/bucket/a", headers: { "if-match": '"other"' } },
    "412 PreconditionFailed",
    "412 PreconditionFailed",
  ],
  [
    "noChecksumMode",
    { path: "/bucket/a", headers: { "x-amz-checksum-mode": "ENABLED" } },
    "200 0123456789",
    "400 InvalidArgument: Unsupported header 'x-amz-checksum-mode' received for this API call.",
  ],
  ["noChecksumMode", { ...HEAD, headers: { "x-amz-checksum-mode": "ENABLED" } }, "200", "400"],
  [
    "noChecksums",
    { ...PUT, headers: { "x-amz-checksum-sha256": SHA256 } },
    "200",
    "400 InvalidArgument: Unsupported header 'x-amz-checksum-sha256' received for this API call.",
  ],
  ["noChecksums", { ...HEAD, headers: { "x-amz-checksum-mode": "ENABLED" } }, "200", "200"],
  [
    "noChecksumType",
    {
      path: "/bucket/b",
      method: "POST",
      query: { uploads: "" },
      headers: { "x-amz-checksum-algorithm": "CRC32", "x-amz-checksum-type": "FULL_OBJECT" },
    },
    "200 <InitiateMultipartUploadResult>",
    "400 InvalidArgument: Unsupported header 'x-amz-checksum-type' received for this API call.",
  ],
  [
    "noSha256",
    { ...PUT, headers: { "x-amz-checksum-sha256": SHA256 } },
    "200",
    `501 NotImplemented: Header 'x-amz-checksum-sha256' with value '${SHA256}' not implemented`,
  ],
  [
    "noSha256",
    { path: "/bucket/b", method: "POST", query: { uploads: "" }, headers: { "x-amz-checksum-algorithm": "SHA256" } },
    "200 <InitiateMultipartUploadResult>",
    "501 NotImplemented: Header 'x-amz-checksum-algorithm' with value 'SHA256' not implemented",
  ],
  ["noSha256", { ...PUT, headers: { "x-amz-checksum-crc32": "poTHxg==" } }, "200", "200"],
  ["unverifiedChecksums", { ...PUT, headers: { "x-amz-checksum-crc32": "AAAAAA==" } }, "400 BadDigest", "200"],
  [
    "noEncodingType",
    { path: "/bucket", query: { "list-type": "2", "encoding-type": "url" } },
    "200 <ListBucketResult>",
    "501 NotImplemented: ListObjectsV2 search parameter encoding-type not implemented",
  ],
  ["noListV2", V2, "200 <ListBucketResult>", "501 NotImplemented: ListObjectsV2 not implemented"],
  ["noListV2", { path: "/bucket" }, "200 <ListBucketResult>", "200 <ListBucketResult>"],
  ["noBulkDelete", deletion("a"), "200 <DeleteResult>", "501 NotImplemented: DeleteObjects not implemented"],
  [
    "requiresContentMd5",
    {
      ...deletion("a"),
      headers: { "x-amz-checksum-sha256": createHash("sha256").update(deletion("a").body).digest("base64") },
    },
    "200 <DeleteResult>",
    "400 MissingContentMD5: Missing required header for this request: Content-MD5",
  ],
  ["requiresContentMd5", deletion("a"), "200 <DeleteResult>", "200 <DeleteResult>"],
  [
    "quietDeletes",
    deletion("a"),
    "200 <DeleteResult><Deleted><Key>a</Key></Deleted></DeleteResult>",
    "200 <DeleteResult></DeleteResult>",
  ],
  ["deleteMissing404", { path: "/bucket/no", method: "DELETE" }, "204", "404 NoSuchKey"],
  [
    "deleteMissing404",
    deletion("no", "a"),
    "200 <DeleteResult><Deleted><Key>no</Key></Deleted><Deleted><Key>a</Key></Deleted></DeleteResult>",
    "200 <DeleteResult><Error><Key>no</Key><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>" +
    "<Deleted><Key>a</Key></Deleted></DeleteResult>",
  ],
  ["ignoresRange", { path: "/bucket/a", headers: { range: "bytes=2-4" } }, "206 234", "200 0123456789"],
  ["ignoresRange", { path: "/bucket/a", headers: { range: "bytes=20-" } }, "416 InvalidRange", "200 0123456789"],
  [
    "noUploadListing",
    { path: "/bucket", query: { uploads: "" } },
    "200 <ListMultipartUploadsResult>",
    "501 NotImplemented: ListMultipartUploads not implemented",
  ],
];

for (const [quirk, request, plain, quirky] of ANSWERS) {
  const { path, method = "GET", headers = {} } = request;
  const name = `${method} ${path} ${JSON.stringify(headers)}`.slice(0, 90);
  Deno.test(`createMemoryS3() with ${quirk} answers ${quirky.slice(0, 30)} to ${name}`, async () => {
    const answers = [await answerOf(createQuirkyS3(), request), await answerOf(createQuirkyS3(quirk), request)];
    for (const [index, wanted] of [plain, quirky].entries()) {
      assertEquals(answers[index]?.slice(0, wanted.length), wanted);
    }
  });
}

/** Headers of HEAD and GET: those named, without the quirk and with it. */
const HEADERS: readonly [
  quirk: MemoryS3Quirk,
  sent: Record<string, string>,
  plain: Record<string, string | null>,
  quirky: Record<string, string | null>,
][] = [
  ["weakEtags", {}, { etag: `"${ETAG}"` }, { etag: `W/"${ETAG}"` }],
  ["noEtags", {}, { etag: `"${ETAG}"` }, { etag: null }],
  ["noContentLength", { "accept-encoding": "identity" }, { "content-length": "10" }, { "content-length": null }],
  [
    "compresses",
    {},
    { "content-length": "10", etag: `"${ETAG}"`, "content-encoding": null },
    { "content-length": null, etag: `W/"${ETAG}"`, "content-encoding": "gzip" },
  ],
  [
    "compresses",
    { "accept-encoding": "identity" },
    { "content-length": "10", etag: `"${ETAG}"` },
    { "content-length": "10", etag: `"${ETAG}"`, "content-encoding": null },
  ],
  [
    "compresses",
    { range: "bytes=0-0" },
    { "content-range": "bytes 0-0/10" },
    { "content-range": "bytes 0-0/10", "content-length": "1", "content-encoding": null, etag: `"${ETAG}"` },
  ],
];

for (const [quirk, headers, plain, quirky] of HEADERS) {
  Deno.test(`createMemoryS3() with ${quirk} returns ${JSON.stringify(quirky)} for ${JSON.stringify(headers)}`, async () => {
    for (const method of ["HEAD", "GET"]) {
      for (const [s3, wanted] of [[createQuirkyS3(), plain], [createQuirkyS3(quirk), quirky]] as const) {
        const response = await send(s3, { path: "/bucket/a", method, headers });
        assertEquals(Object.fromEntries(Object.keys(wanted).map((name) => [name, response.headers.get(name)])), wanted);
        if (method === "GET") assertEquals((await response.text()).slice(0, 1), "0");
      }
    }
  });
}

Deno.test("createMemoryS3() has several quirks at once", async () => {
  const s3 = createQuirkyS3(...MEMORY_S3_QUIRKS.filter((quirk) => !quirk.includes("ListV2")), "noListV2");
  assertEquals((await answerOf(s3, V2)).slice(0, 18), "501 NotImplemented");
  assertEquals(valuesOf(await answerOf(s3, { path: "/bucket" }), "Key"), ["a"]);
  const { headers } = await send(s3, HEAD);
  assertEquals([headers.get("etag"), headers.get("content-length")], [null, null]);
});

for (
  const [name, hint] of [
    ["noListv2", 'did you mean "noListV2"?'],
    ["weakEtag", 'did you mean "weakEtags"?'],
    ["ignoreConditions", 'did you mean "ignoresConditions"?'],
    ["no_bulk_delete", 'did you mean "noBulkDelete"?'],
    ["slow", `known are ${MEMORY_S3_QUIRKS.join(", ")}`],
  ] as const
) {
  Deno.test(`createMemoryS3() refuses the quirk "${name}"`, () => {
    const quirks = [name] as unknown as MemoryS3Quirk[];
    const { message } = assertThrows(() => createMemoryS3({ quirks }), TypeError);
    assertEquals(message, `Cannot create an in-memory S3: unknown quirk "${name}"; ${hint}`);
  });
}

Deno.test("docs/testing_failures.md names every quirk", async () => {
  const text = await Deno.readTextFile(new URL("../../docs/testing_failures.md", import.meta.url));
  for (const quirk of MEMORY_S3_QUIRKS) assertStringIncludes(text, `\`${quirk}\``);
});
