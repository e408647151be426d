import { assertRejects } from "@std/assert";
import { S3SourceError, ServiceError } from "../../mod.ts";
import { stubFetch, stubSource } from "../support/stub_fetch.ts";

/** A source on a store that responds to every request with this document. */
function sourceOf(xml: string) {
  return stubSource(stubFetch(() => new Response(xml)), {}, { retry: { maxAttempts: 1 } });
}

Deno.test("upload() in parts and prepareMultipartUpload() refuse an upload id that cannot be sent back", async () => {
  const xml = "<InitiateMultipartUploadResult><UploadId>&#xDC00;</UploadId></InitiateMultipartUploadResult>";
  await assertRejects(() => sourceOf(xml).prepareMultipartUpload("a", { size: 10 }), ServiceError);
  await assertRejects(() => sourceOf(xml).upload("a", new Uint8Array(9 * 1024 ** 2)), ServiceError);
});

Deno.test("parts() refuses more than 10,000 parts", async () => {
  const part = "<Part><ETag>a</ETag><Size>1</Size><PartNumber>1</PartNumber></Part>";
  const xml = `<ListPartsResult>${part.repeat(125_000)}</ListPartsResult>`;
  const upload = sourceOf(xml).resumeMultipartUpload({
    path: "a",
    uploadId: "u",
    size: 10,
    partSizeBytes: 5 * 1024 ** 2,
  });
  await assertRejects(() => upload.parts(), S3SourceError, "more than 10000 parts");
});
