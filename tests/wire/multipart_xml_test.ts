import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { InvalidArgumentError, S3SourceError, ServiceError } from "../../mod.ts";
import { readXml } from "../../src/s3/xml/xml.ts";
import { stubFetch, stubSource } from "../support/stub_fetch.ts";

const CONTENTS = "<Contents><Key>team/a</Key><Size>1</Size></Contents>";

/** A source on a store that answers every request with this document. */
function answering(xml: string) {
  const store = stubFetch(() => new Response(xml, { headers: { "content-type": "application/xml" } }));
  return { source: stubSource(store, {}, { retry: { maxAttempts: 1 } }), ...store };
}

const partsOf = ({ source }: ReturnType<typeof answering>) =>
  source.resumeMultipartUpload({ path: "a", uploadId: "u", size: 10, partSizeBytes: 5 * 1024 ** 2 }).parts();

Deno.test("readXml() reads 64 levels and refuses more, as soon as it meets them", () => {
  const nested = (depth: number) => "<a>".repeat(depth) + "x" + "</a>".repeat(depth);
  assertEquals(readXml(nested(64)).name, "a");
  assertThrows(() => readXml(nested(66)), ServiceError, "nested more than 64 levels deep");
  assertThrows(() => readXml("<a>".repeat(2_700_000)), ServiceError, "nested more than 64 levels deep");
});

for (const entity of ["&#xD800;", "&#xdfff;", "&#56320;", "&#x110000;"]) {
  Deno.test(`readXml() refuses ${entity}, which is no character`, () => {
    assertThrows(() => readXml(`<a>${entity}</a>`), ServiceError, "an unknown entity");
  });
}

Deno.test("list() refuses a token that cannot be sent back", async () => {
  const { source, requests } = answering(
    `<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>&#xD800;</NextContinuationToken></ListBucketResult>`,
  );
  await assertRejects(() => source.list(), ServiceError, "an unknown entity");
  assertEquals(requests.length, 1);
});

Deno.test("list() refuses a made-up cursor that cannot be sent", async () => {
  const { source } = answering(
    `<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>${CONTENTS}</ListBucketResult>`,
  );
  const { cursor } = await source.list({ limit: 1 });
  await assertRejects(() => source.list({ cursor: `${cursor}\ud800` }), InvalidArgumentError, "the cursor");
});

Deno.test("upload() in parts and prepareMultipartUpload() refuse an upload id that cannot be sent back", async () => {
  const xml = "<InitiateMultipartUploadResult><UploadId>&#xDC00;</UploadId></InitiateMultipartUploadResult>";
  await assertRejects(() => answering(xml).source.prepareMultipartUpload("a", { size: 10 }), ServiceError);
  await assertRejects(() => answering(xml).source.upload("a", new Uint8Array(9 * 1024 ** 2)), ServiceError);
});

for (const filler of [" ", "<a></a>", "<a/>"]) {
  Deno.test(`list() reads a listing that begins with 7 MB of "${filler}"`, async () => {
    const head = filler.repeat(Math.floor(7_000_000 / filler.length));
    const { files } = await answering(`<ListBucketResult>${head}${CONTENTS}</ListBucketResult>`).source.list();
    assertEquals(files.map(({ path }) => path), ["a"]);
  });
}

Deno.test("parts() refuses more parts than there can be", async () => {
  const part = "<Part><ETag>a</ETag><Size>1</Size><PartNumber>1</PartNumber></Part>";
  const xml = `<ListPartsResult>${part.repeat(125_000)}</ListPartsResult>`;
  await assertRejects(() => partsOf(answering(xml)), S3SourceError, "more than 10000 parts");
});

Deno.test("deleteMany() reports of the files that it was to delete, and of no others", async () => {
  const failed = (key: string) => `<Error><Key>${key}</Key><Code>AccessDenied</Code><Message>no</Message></Error>`;
  const others = ["other/secret.txt", "team/z", ""].map(failed).join("");
  const deleted = ["a", "b"].map((path) => `<Deleted><Key>team/${path}</Key></Deleted>`).join("");
  const xml = `<DeleteResult>${deleted}${others}${failed("team/b")}${failed("team/b")}</DeleteResult>`;
  assertEquals(await answering(xml).source.deleteMany(["a", "b"]), {
    deleted: ["a"],
    errors: [{ path: "b", code: "AccessDenied", message: "no" }],
  });
});

Deno.test("deleteMany() takes an answer with a million errors, and holds up nobody for long", async () => {
  const xml = `<DeleteResult><Deleted><Key>team/a</Key></Deleted>${"<Error/>".repeat(1_000_000)}</DeleteResult>`;
  const startedMs = performance.now();
  assertEquals(await answering(xml).source.deleteMany(["a"]), { deleted: ["a"], errors: [] });
  // It took 21 s.
  assert(performance.now() - startedMs < 10_000);
});
